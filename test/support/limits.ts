/**
 * Loaded into the process of each test file before the file. A limit for each test of a run is not something that Node 20
 * and 22 have, so it is set here: a test that takes too long ends its file with a sentence that names it, and so does a file
 * that goes on once its tests have ended.
 */
import { writeSync } from 'node:fs'
import { afterEach, beforeEach } from 'node:test'

const TEST_SECONDS_MAX = 90
const FILE_SECONDS_MAX = 240

/** Processes that a test starts may inherit the flag that loads this; they are no test files. */
const isTestFile = process.env['NODE_TEST_CONTEXT'] !== undefined && process.argv[1]?.endsWith('.test.ts') === true

if (isTestFile) {
  const running: { readonly name: string; readonly timer: NodeJS.Timeout }[] = []
  beforeEach(({ name }) => {
    const giveUp = (): void => end(`The test "${name}" has not ended within ${TEST_SECONDS_MAX} seconds.`)
    running.push({ name, timer: setTimeout(giveUp, TEST_SECONDS_MAX * 1000).unref() })
  })
  afterEach(({ name }) => {
    const index = running.findLastIndex((entry) => entry.name === name)
    if (index >= 0) for (const { timer } of running.splice(index, 1)) clearTimeout(timer)
  })
  const giveUp = (): void => {
    const tests = running.map(({ name }) => name).join(', ') || 'none'
    const open = [...new Set(process.getActiveResourcesInfo())].join(', ')
    end(
      `The file has not ended within ${FILE_SECONDS_MAX} seconds. Tests still running: ${tests}. Still open: ${open}.`,
    )
  }
  setTimeout(giveUp, FILE_SECONDS_MAX * 1000).unref()
}

/** Written at once, since the process ends before a stream would. */
function end(sentence: string): void {
  writeSync(2, `${sentence}\n`)
  process.exit(1)
}
