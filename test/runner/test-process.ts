/**
 * Runs test files one after the other within one process, each as a suite that is named like the file, so that its hooks are its own.
 * A test that takes too long ends the process with a sentence that names it, and so does a process that goes on once its tests have ended:
 * Node 20 and 22 have no limit of their own for each test.
 */
import { writeSync } from 'node:fs'
import { afterEach, beforeEach, describe } from 'node:test'
import { pathToFileURL } from 'node:url'
import { ownFile } from '../support/own-file.js'

/** What installs and builds whole apps may take longer than other tests, and says so. */
const TEST_SECONDS_MAX = Number(process.env['TEST_SECONDS_MAX'] ?? 300)
/** Without a test: before the first, between two, and behind the last. */
const IDLE_SECONDS_MAX = 120

const running: { readonly name: string; readonly timer: NodeJS.Timeout }[] = []
let idle = startIdle()

beforeEach(({ name }) => {
  clearTimeout(idle)
  const giveUp = (): void => end(`The test "${name}" has not ended within ${TEST_SECONDS_MAX} seconds.`)
  running.push({ name, timer: setTimeout(giveUp, TEST_SECONDS_MAX * 1000).unref() })
})
afterEach(({ name }) => {
  const index = running.findLastIndex((entry) => entry.name === name)
  if (index >= 0) for (const { timer } of running.splice(index, 1)) clearTimeout(timer)
  if (running.length === 0) idle = startIdle()
})

for (const file of process.argv.slice(2)) {
  describe(file, async () => {
    await import(pathToFileURL(ownFile(file)).href)
  })
}

function startIdle(): NodeJS.Timeout {
  const giveUp = (): void => {
    const open = [...new Set(process.getActiveResourcesInfo())].join(', ')
    end(`No test has run for ${IDLE_SECONDS_MAX} seconds, and the process has not ended. Still open: ${open}.`)
  }
  return setTimeout(giveUp, IDLE_SECONDS_MAX * 1000).unref()
}

/** Written at once, since the process ends before a stream would. */
function end(sentence: string): void {
  writeSync(2, `${sentence}\n`)
  process.exit(1)
}
