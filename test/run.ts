/**
 * `npm test`: builds, checks the house, and runs the tests, several processes at a time. `npm test -- unit/state system` runs the files
 * whose paths contain one of the words, after a build and without the checks, and prints each test; `--no-checks` leaves out the checks
 * alone. Fails where anything fails, where a file holds no test, and, with CI=true, where any was skipped.
 */
import { setMaxListeners } from 'node:events'
import { availableParallelism } from 'node:os'
import { buildTests } from './runner/built.js'
import { cpuSeconds } from './runner/cpu-time.js'
import { runProcess } from './runner/process-job.js'
import { type FileResult, runTestFiles } from './runner/test-job.js'
import { testGroups } from './runner/test-groups.js'
import { ensureChromium } from './support/chromium.js'
import { ensurePostgres } from './support/postgres-server.js'
import { inProject } from './support/project-root.js'

/** For all together. Past it something stands still. */
const MINUTES_MAX = 20
/** What a run may cost on the processors, all its processes together: three minutes of two of them. Past it the slowest are named. */
const CPU_SECONDS_GOAL = 330
/** One more than processors, since some wait; with more than four they would only wait for each other. */
const JOBS_AT_ONCE = Math.min(4, availableParallelism() + 1)

/** The package's own script: what is packed is what is tested. */
const BUILD = ['npm', 'run', '-s', 'build']
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  format: ['oxfmt', '--check', '.'],
  lint: ['oxlint', '-f', 'unix'],
  types: ['tsc', '-p', 'tsconfig.json', '--noEmit', '--singleThreaded'],
  'types of the page': ['tsc', '-p', 'demo/page', '--singleThreaded'],
  unused: ['knip', '--no-progress'],
}

const args = process.argv.slice(2)
const words = args.filter((arg) => !arg.startsWith('--'))
const withChecks = words.length === 0 && !args.includes('--no-checks')
const start = performance.now()
const limit = new AbortController()
setMaxListeners(0, limit.signal)
const failures: string[] = []
const slowest: { readonly name: string; readonly seconds: number }[] = []
const totals = { files: 0, passed: 0, failed: 0, skipped: [] as string[] }

const groups = testGroups(words)
if (groups.length === 0) failures.push(`no test file's path contains ${words.join(' or ')}`)
else await runAll()

const seconds = (performance.now() - start) / 1000
const cpu = cpuSeconds()
say(
  `${totals.passed} tests of ${totals.files} files in ${minutes(seconds)}${cpu === null ? '' : `, ${cpu.toFixed(0)} s of CPU`}.`,
)
if (words.length === 0 && cpu !== null && cpu > CPU_SECONDS_GOAL) {
  const named = slowest.sort((a, b) => b.seconds - a.seconds).slice(0, 5)
  say(
    `The goal is ${CPU_SECONDS_GOAL} s of CPU. The slowest: ${named.map((of) => `${of.name} ${of.seconds.toFixed(0)} s`).join(', ')}.`,
  )
}
if (failures.length > 0) {
  say(`\nnpm test failed: ${failures.join(', ')}.`)
  process.exitCode = 1
}

async function runAll(): Promise<void> {
  const timer = setTimeout(() => limit.abort(), MINUTES_MAX * 60_000)
  const [built] = await Promise.all([check('build', BUILD), buildTests()])
  // Of what is written in Go: compiler and linter, also where tests start them. From here on other jobs keep the other processors busy, and
  // threads that share work only add to it.
  process.env['GOMAXPROCS'] ??= '1'
  if (built) {
    for (const sentence of installMissing(groups.flat())) say(sentence)
    const checks = withChecks ? Object.entries(CHECKS) : []
    const tests = groups.map((files) => () => runTests(files))
    await inTurn([
      ...tests,
      ...checks.map(
        ([name, command]) =>
          () =>
            check(name, command),
      ),
    ])
  }
  clearTimeout(timer)
  if (limit.signal.aborted) failures.push(`it took longer than ${MINUTES_MAX} minutes`)
  if (totals.failed > 0) failures.push(`${totals.failed} of ${totals.failed + totals.passed} tests`)
  if (built && totals.passed === 0) failures.push('no test ran')
  if (totals.skipped.length > 0 && process.env['CI'] === 'true') failures.push(`skipped: ${totals.skipped.join('; ')}`)
}

/** What the test files drive and this machine lacks. Without it they are skipped, which fails with CI=true. */
function installMissing(files: readonly string[]): string[] {
  const needs = (word: string): boolean => files.some((file) => file.includes(word))
  return [needs('/browser/') && ensureChromium(), needs('/postgres/') && ensurePostgres()].filter(
    (told) => typeof told === 'string',
  )
}

async function inTurn(jobs: (() => Promise<unknown>)[]): Promise<void> {
  const work = async (): Promise<void> => {
    for (let job = jobs.shift(); job !== undefined && !limit.signal.aborted; job = jobs.shift()) await job()
  }
  await Promise.all(Array.from({ length: JOBS_AT_ONCE }, work))
}

/** Runs a tool of the project; what it prints is shown only where it fails. */
async function check(name: string, [tool = '', ...args]: readonly string[]): Promise<boolean> {
  const program = tool === 'npm' ? tool : inProject('node_modules/.bin', tool)
  const { seconds: took, cpuSeconds: cost, failure, output } = await runProcess(program, args, limit)
  slowest.push({ name, seconds: cost ?? took })
  say(`${failure === null ? '✔' : '✖'} ${name} (${times(took, cost)})`)
  if (failure === null) return true
  say(output.trim() || failure)
  failures.push(name)
  return false
}

/** Runs the test files of one process. All that they print is shown where few are run, else only what failed. */
async function runTests(files: readonly string[]): Promise<void> {
  const { files: results, failure, output } = await runTestFiles(files, limit.signal)
  if (words.length > 0) say(output.trimEnd())
  for (const result of results) tell(result)
  const failed = results.filter((result) => result.failed > 0)
  if (words.length === 0 && (failed.length > 0 || failure !== null)) say(failedPart(output))
  if (failure === null) return
  say(`✖ ${failure}`)
  failures.push(failure)
}

function tell({ file, seconds: took, cpuSeconds: cost, passed, failed, skipped }: FileResult): void {
  slowest.push({ name: file, seconds: cost ?? took })
  totals.files++
  totals.passed += passed
  totals.failed += failed
  totals.skipped.push(...skipped)
  const isEmpty = passed + failed + skipped.length === 0
  if (isEmpty) failures.push(`${file} holds no test`)
  const counts = [`${passed} tests`, ...(failed > 0 ? [`${failed} failed`] : [])]
  if (skipped.length > 0) counts.push(`${skipped.length} skipped`)
  say(`${failed > 0 || isEmpty ? '✖' : '✔'} ${file}: ${counts.join(', ')} (${times(took, cost)})`)
}

/** Of what Node's reporter prints, the end, where those that failed stand once more; all, where it did not come that far. */
function failedPart(output: string): string {
  const begin = output.lastIndexOf('\n✖ failing tests:')
  return (begin < 0 ? output.slice(-20_000) : output.slice(begin)).trim()
}

/** Others run beside: what a job cost on the processors says more than how long it took. */
function times(took: number, cost: number | null): string {
  return cost === null ? `${took.toFixed(1)} s` : `${took.toFixed(1)} s, ${cost.toFixed(1)} s of CPU`
}

function minutes(ofSeconds: number): string {
  return `${Math.floor(ofSeconds / 60)}:${String(Math.floor(ofSeconds % 60)).padStart(2, '0')} minutes`
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
