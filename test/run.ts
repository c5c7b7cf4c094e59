/**
 * `npm test`: builds, checks the house, and runs the tests. `npm test -- unit/state system` runs the files whose paths
 * contain one of the words, after a build and without the checks. Fails where anything fails, where no test ran, and, with
 * CI=true, where any was skipped.
 */
import { spawn } from 'node:child_process'
import { setMaxListeners } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { finished } from 'node:stream/promises'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { ensureChromium } from './support/chromium.js'
import { inProject, projectRoot } from './support/project-root.js'

/** In this order: what is quick and says most comes first. */
const FOLDERS = ['house', 'types', 'unit', 'contract', 'simulation', 'system', 'e2e']
/** For the tests together. Past it something stands still. */
const MINUTES_MAX = 8
/** Files at a time. With more than four, processes would only wait for each other. */
const FILES_AT_ONCE = Math.min(4, availableParallelism())

const BUILD = ['tsc', '-p', 'tsconfig.build.json']
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  types: ['tsc', '-p', 'tsconfig.json', '--noEmit'],
  'types of the page': ['tsc', '-p', 'demo/page'],
  lint: ['oxlint', '-f', 'unix'],
  format: ['prettier', '--check', '--log-level', 'warn', '.'],
  unused: ['knip', '--no-progress'],
}

const words = process.argv.slice(2)
const files = testFiles(words)
const failures: string[] = []

if (files.length === 0) failures.push(`no test file's path contains ${words.join(' or ')}`)
else {
  await check('build', BUILD)
  if (words.length === 0) await Promise.all(Object.entries(CHECKS).map(([name, command]) => check(name, command)))
  if (files.some((file) => file.includes('/e2e/'))) {
    const told = ensureChromium()
    if (told) process.stdout.write(`${told}\n`)
  }
  await runTests(files)
}

if (failures.length > 0) {
  process.stdout.write(`\nnpm test failed: ${failures.join(', ')}.\n`)
  process.exitCode = 1
}

/** Listed one by one, since Node 20 runs no test at all where it is given a folder. */
function testFiles(wanted: readonly string[]): string[] {
  const all = FOLDERS.filter((folder) => existsSync(inProject('test', folder))).flatMap((folder) =>
    readdirSync(inProject('test', folder))
      .filter((name) => name.endsWith('.test.ts'))
      .sort()
      .map((name) => inProject('test', folder, name)),
  )
  if (wanted.length === 0) return all
  return all.filter((file) => wanted.some((word) => file.slice(projectRoot.length).includes(word)))
}

/** Runs a tool of the project; what it prints is shown only where it fails. */
async function check(name: string, [tool = '', ...args]: readonly string[]): Promise<void> {
  const start = performance.now()
  const child = spawn(inProject('node_modules/.bin', tool), args, {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve).once('error', reject)
  })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  process.stdout.write(code === 0 ? `✔ ${name} (${seconds} s)\n` : `✖ ${name} (${seconds} s)\n${output.trim()}\n`)
  if (code !== 0) failures.push(name)
}

async function runTests(paths: string[]): Promise<void> {
  const counts = { ran: 0, failed: 0 }
  const skipped: string[] = []
  const limit = new AbortController()
  setMaxListeners(0, limit.signal)
  const timer = setTimeout(() => limit.abort(), MINUTES_MAX * 60_000)
  const events = run({ files: paths, concurrency: FILES_AT_ONCE, signal: limit.signal })
  events.on('test:pass', ({ name, skip, todo, details }) => {
    if (details.type === 'suite') return
    // A file that declares no test is reported as a test of its own that passes.
    if (paths.includes(name)) failures.push(`${name.slice(projectRoot.length + 1)} holds no test`)
    else if (skip !== undefined || todo !== undefined)
      skipped.push(typeof skip === 'string' ? `${name} (${skip})` : name)
    else counts.ran += 1
  })
  events.on('test:fail', ({ details }) => {
    if (details.type !== 'suite') counts.failed += 1
  })
  const report = events.compose(new spec()) as NodeJS.ReadableStream
  report.pipe(process.stdout, { end: false })
  await finished(report)
  clearTimeout(timer)

  if (limit.signal.aborted) failures.push(`the tests took longer than ${MINUTES_MAX} minutes`)
  if (counts.failed > 0) failures.push(`${counts.failed} of ${counts.failed + counts.ran} tests`)
  if (counts.ran === 0) failures.push('no test ran')
  if (skipped.length > 0 && process.env['CI'] === 'true') failures.push(`skipped: ${skipped.join('; ')}`)
}
