/**
 * `npm run simulate`: `-- --seed N` runs one seed and says what it found; `-- --minutes M` runs seeds until the time is over;
 * `-- --mutants` breaks the system on purpose, in many ways, and says which breaks were found.
 */
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import type { Profile } from './profiles.js'
import { runMutants } from './run-mutants.js'
import { type RunResult, runSeed } from './run-seed.js'

/** How often a long run says how far it is, in milliseconds. */
const TELL_EVERY_MS = 60_000

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    count: { type: 'string' },
    minutes: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    log: { type: 'boolean', default: false },
    trace: { type: 'string' },
    first: { type: 'boolean', default: false },
    only: { type: 'string' },
    profile: { type: 'string', default: '{}' },
  },
})

const profile = JSON.parse(values.profile) as Partial<Profile>

if (values.seed !== undefined) {
  const log = values.log
    ? ({
        atMs,
        process: who,
        event,
        fields,
      }: {
        atMs: number
        process: string
        event: string
        fields: object
      }): void => {
        console.log(`${(atMs / 1_000).toFixed(4)} ${who} ${event} ${JSON.stringify(fields)}`)
      }
    : undefined
  const begun = performance.now()
  const result = await runSeed(values.seed, {
    profile,
    ...(log === undefined ? {} : { log }),
    ...(values.trace === undefined ? {} : { trace: values.trace }),
  })
  tell(result, performance.now() - begun)
  console.log(result.counts)
} else if (values.mutants) {
  if (!(await runMutants(values.only))) process.exitCode = 1
} else {
  await many()
}

async function many(): Promise<void> {
  const until = values.minutes === undefined ? Infinity : performance.now() + Number(values.minutes) * 60_000
  const count = values.count === undefined ? Infinity : Number(values.count)
  let seeds = 0
  let failed = 0
  let simulatedMs = 0
  const begun = performance.now()
  let told = begun
  const progress = (): string => {
    const realMs = performance.now() - begun
    const hours = (simulatedMs / 3_600_000).toFixed(2)
    const times = (simulatedMs / realMs).toFixed(0)
    return `${seeds} seeds, ${hours} simulated hours in ${(realMs / 60_000).toFixed(1)} minutes (${times} times real time), ${failed} failed`
  }
  for (
    let seed = Number(values.from);
    seeds < count && performance.now() < until && !(values.first && failed > 0);
    seed++
  ) {
    const start = performance.now()
    const result = await runSeed(String(seed), { profile })
    seeds++
    simulatedMs += result.simulatedMs
    if (result.findings.length > 0) {
      failed++
      tell(result, performance.now() - start)
    }
    if (performance.now() - told < TELL_EVERY_MS) continue
    told = performance.now()
    console.log(progress())
  }
  console.log(progress())
  if (failed > 0) process.exitCode = 1
}

function tell({ seed, findings, simulatedMs }: RunResult, realMs: number): void {
  console.log(
    `seed ${seed}: ${findings.length === 0 ? 'clean' : `${findings.length} findings`}, ` +
      `${(simulatedMs / 1_000).toFixed(0)} s simulated in ${(realMs / 1_000).toFixed(1)} s`,
  )
  for (const finding of findings) console.log(`  ${finding}`)
  if (findings.length > 0) process.exitCode = 1
}
