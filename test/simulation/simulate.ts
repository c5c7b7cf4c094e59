/**
 * `npm run simulate`: `-- --seed N` runs one seed and says what it found; `-- --minutes M` runs seeds until the time is over;
 * `-- --durable` takes the seeds with durable channels, `-- --living` those whose backs come and go; `-- --mutants` breaks the system on
 * purpose, in many ways, and says which breaks were found. It ends with 1 where anything is not as it should be. To look for a cause: `--seed N --log`, `--seed N --trace client-3`.
 */
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import type { LogSink } from '../../src/testing/simulated-process.js'
import type { Profile } from './profiles.js'
import { type DurableRunResult, runDurableSeed } from './run-durable-seed.js'
import { runLivingSeed } from './run-living-seed.js'
import { runMutants } from './run-mutants.js'
import { type RunResult, runSeed } from './run-seed.js'

/** How often a long run says how far it is, in milliseconds. */
const TELL_EVERY_MS = 60_000
/** After so many seeds each fault has happened, or is none, and each check has had something before it. */
const SEEDS_FOR_ALL = 40
/** Of a seed with durable channels. */
const FINDINGS_TOLD = 12

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    /** Of several seeds: the first, and how many at most. */
    from: { type: 'string', default: '1' },
    count: { type: 'string' },
    minutes: { type: 'string' },
    /** Ends with the first seed that finds something. */
    first: { type: 'boolean', default: false },
    /** What all seeds have in common, as JSON: see `profiles.ts`. */
    profile: { type: 'string', default: '{}' },
    /** Seeds with durable channels: `run-durable-seed.ts`. */
    durable: { type: 'boolean', default: false },
    /** Seeds whose backs come and go: `run-living-seed.ts`. */
    living: { type: 'boolean', default: false },
    mutants: { type: 'boolean', default: false },
    /** Of the mutants, those whose names contain this. */
    only: { type: 'string' },
    log: { type: 'boolean', default: false },
    trace: { type: 'string' },
  },
})

const profile = JSON.parse(values.profile) as Partial<Profile>
const printed: LogSink = ({ atMs, process, event, fields }) =>
  console.log(`${(atMs / 1_000).toFixed(4)} ${process} ${event} ${JSON.stringify(fields)}`)

let good = true
if (values.durable) good = await durable(values.seed, runDurableSeed)
else if (values.living)
  good = await durable(values.seed, (seed) => runLivingSeed(seed, values.log ? printed : undefined))
else if (values.mutants) good = await runMutants(values.only)
else if (values.seed !== undefined) good = await one(values.seed)
else good = await many()
if (!good) process.exitCode = 1

/** One seed, or several until one finds something. */
async function durable(only: string | undefined, run: (seed: string) => Promise<DurableRunResult>): Promise<boolean> {
  const until = performance.now() + Number(values.minutes ?? 60) * 60_000
  const first = Number(only ?? values.from)
  const count = only === undefined ? Number(values.count ?? 10) : 1
  const failed: number[] = []
  for (let seed = first; seed < first + count && performance.now() < until; seed++) {
    const { findings, counts } = await run(String(seed))
    console.log(`seed ${seed}: ${findings.length === 0 ? 'clean' : `${findings.length} findings`}, ${listed(counts)}`)
    for (const finding of findings.slice(0, FINDINGS_TOLD)) console.log(`  ${finding}`)
    if (findings.length > 0) failed.push(seed)
    if (failed.length > 0 && values.first) break
  }
  return failed.length === 0
}

async function one(seed: string): Promise<boolean> {
  const begun = performance.now()
  const result = await runSeed(seed, {
    profile,
    ...(values.log ? { log: printed } : {}),
    ...(values.trace === undefined ? {} : { trace: values.trace }),
  })
  tell(result, performance.now() - begun)
  console.log(`done: ${listed(result.counts)}`)
  console.log(`faults: ${listed(result.faults)}`)
  return result.findings.length === 0
}

async function many(): Promise<boolean> {
  const minutes = Number(values.minutes ?? (values.count === undefined ? 2 : Infinity))
  const until = performance.now() + minutes * 60_000
  const count = Number(values.count ?? Infinity)
  const begun = performance.now()
  const faults: Record<string, number> = {}
  const seen: Record<string, number> = {}
  const failed: string[] = []
  let seeds = 0
  let simulatedMs = 0
  let told = begun
  const progress = (): void => {
    const realMs = performance.now() - begun
    const hours = (simulatedMs / 3_600_000).toFixed(2)
    const real = `${(realMs / 60_000).toFixed(1)} minutes, ${(simulatedMs / realMs).toFixed(0)} times real time`
    console.log(
      `${seeds} seeds, ${hours} simulated hours (${real}), ${failed.length} failed${failed.length > 0 ? `: ${failed.join(' ')}` : ''}`,
    )
  }
  for (let seed = Number(values.from); seeds < count && performance.now() < until; seed++) {
    const start = performance.now()
    const result = await runSeed(String(seed), { profile })
    seeds++
    simulatedMs += result.simulatedMs
    for (const [name, times] of Object.entries(result.faults)) faults[name] = (faults[name] ?? 0) + times
    for (const [name, times] of Object.entries(result.seen)) seen[name] = (seen[name] ?? 0) + times
    if (result.findings.length > 0) {
      failed.push(result.seed)
      tell(result, performance.now() - start)
      if (values.first) break
    }
    if (performance.now() - told < TELL_EVERY_MS) continue
    told = performance.now()
    progress()
  }
  progress()
  console.log(`faults: ${listed(faults)}`)
  const never = Object.entries({ ...faults, ...seen }).flatMap(([name, times]) => (times === 0 ? [name] : []))
  const lacking = seeds >= SEEDS_FOR_ALL && values.profile === '{}' && never.length > 0
  if (lacking) console.log(`These never happened, so that nothing shows what comes of them: ${never.join(', ')}`)
  return failed.length === 0 && !lacking
}

function tell({ seed, findings, simulatedMs }: RunResult, realMs: number): void {
  const verdict = findings.length === 0 ? 'clean' : `${findings.length} findings`
  const seconds = `${(simulatedMs / 1_000).toFixed(0)} s simulated in ${(realMs / 1_000).toFixed(1)} s`
  console.log(`seed ${seed}: ${verdict}, ${seconds}`)
  for (const finding of findings) console.log(`  ${finding}`)
  if (findings.length === 0) return
  const special = values.profile === '{}' ? '' : ` --profile '${values.profile}'`
  console.log(`  again: npm run simulate -- --seed ${seed}${special}`)
}

function listed(counts: object): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}
