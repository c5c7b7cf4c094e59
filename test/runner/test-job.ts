/** Runs test files in one process, and says what came of each of them and of their tests. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { BUILT } from '../support/own-file.js'
import { inProject } from '../support/project-root.js'
import { runProcess } from './process-job.js'
import type { TestLine } from './test-reporter.js'

export interface TestResult {
  readonly files: readonly FileResult[]
  /** Why the process failed beyond its tests; null where it did not. */
  readonly failure: string | null
  /** What Node's own reporter printed, and the tests. */
  readonly output: string
}

export interface FileResult {
  readonly file: string
  readonly seconds: number
  /** On the processors, the first of a process with its start; null where the system does not tell. */
  readonly cpuSeconds: number | null
  readonly passed: number
  readonly failed: number
  /** Tests that were not run, each with the reason where one was given. */
  readonly skipped: readonly string[]
}

const REPORTER = `./${BUILT}/test/runner/test-reporter.js`
/**
 * The engine compiles and collects garbage where it runs, instead of on threads beside: other jobs keep the other processors busy, and the
 * simulation costs a quarter less.
 */
const ONE_THREAD = '--single-threaded'
const PROCESS = `./${BUILT}/test/runner/test-process.js`

export async function runTestFiles(files: readonly string[], signal: AbortSignal): Promise<TestResult> {
  const report = inProject('.tmp/reports', `${process.pid}-${files[0]?.replaceAll('/', '-')}.jsonl`)
  mkdirSync(dirname(report), { recursive: true })
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout']
  const own = [`--test-reporter=${REPORTER}`, `--test-reporter-destination=${report}`]
  const args = [ONE_THREAD, '--enable-source-maps', ...reporters, ...own, PROCESS, ...files]
  const { failure, output } = await runProcess(process.execPath, args, { signal })
  const lines = readLines(report)
  rmSync(report, { force: true })
  const results = resultsOf(lines)
  const silent = files.filter((file) => !results.some((result) => result.file === file))
  const failed = results.some((result) => result.failed > 0)
  if (silent.length > 0)
    return { files: results, failure: `${failure}: ${silent.join(', ')} did not come to an end`, output }
  return { files: results, failure: failed ? null : failure, output }
}

/** A process that was ended may have written none, or half a line. */
function readLines(report: string): TestLine[] {
  try {
    const complete = readFileSync(report, 'utf8').split('\n').slice(0, -1)
    return complete.map((line) => JSON.parse(line) as TestLine)
  } catch {
    return []
  }
}

/** Tests are reported before the file that they are of. */
function resultsOf(lines: readonly TestLine[]): FileResult[] {
  const results: FileResult[] = []
  let tests: TestLine[] = []
  let counted = 0
  for (const line of lines) {
    if (line.is === 'test') tests.push(line)
    if (line.is !== 'file') continue
    const failed = tests.filter(({ passed }) => !passed).length
    const { cpuSeconds = null } = line
    results.push({
      file: line.name,
      seconds: line.ms / 1000,
      cpuSeconds: cpuSeconds === null ? null : cpuSeconds - counted,
      passed: tests.filter(({ passed, skipped }) => passed && skipped === undefined).length,
      // A file may fail by itself: where it cannot be loaded, or in a hook.
      failed: failed > 0 || line.passed ? failed : 1,
      skipped: tests.flatMap(({ name, skipped }) =>
        skipped === undefined ? [] : [typeof skipped === 'string' ? `${name} (${skipped})` : name],
      ),
    })
    tests = []
    counted = cpuSeconds ?? 0
  }
  return results
}
