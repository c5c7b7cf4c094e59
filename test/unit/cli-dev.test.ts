/** The parts of `dev`: what a watch reports, and when a process is started again. */
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { DevProcess } from '../../src/cli/dev-process.js'
import { freePort } from '../../src/cli/free-port.js'
import { SourceWatch } from '../../src/cli/source-watch.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { ManualClock } from '../support/manual-clock.js'
import { until } from '../support/until.js'

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): (name: string, text?: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'centrum-cli-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const write = (name: string, text?: string): string => {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    if (text !== undefined) writeFileSync(path, text)
    return path
  }
  for (const [name, text] of Object.entries(files)) write(name, text)
  return write
}

test('S16 a watch reports what the app imports, and folders given by name, and nothing else', async (t) => {
  const write = folderWith(t, {
    'app/app.ts': `import '../shared/rules.js'\nimport '../shared/ignored/made.js'\nimport './later/there.js'`,
    'app/client.ts': `import './app.js'`,
    'app/node_modules/zod/index.js': '',
    'shared/rules.ts': '',
    'shared/ignored/made.ts': '',
    'levels/one.txt': '',
  })
  const reported: string[] = []
  const watch = new SourceWatch({
    app: write('app/app.ts'),
    folders: [write('levels')],
    ignored: [write('shared/ignored')],
    clock: nodeRuntime({ logLevel: 'silent' }).clock,
    say: (line) => assert.fail(line),
    onChange: (paths) => reported.push(...paths.map((path) => relative(write('.'), path))),
  })
  t.after(() => watch.close())
  assert.equal(watch.files, 3)

  const changes: readonly (readonly [silent: string, reported: string])[] = [
    ['app/client.ts', 'app/app.ts'],
    ['app/node_modules/zod/index.js', 'shared/rules.ts'],
    ['shared/ignored/made.ts', 'levels/one.txt'],
    ['levels/.git/index.js', 'levels/new/deep.txt'],
    ['levels/dist/app.js', 'levels/new/deep.txt'],
    ['app/page.ts', 'app/later/there.ts'],
  ]
  for (const [i, [silent, loud]] of changes.entries()) {
    reported.length = 0
    write(silent, `// ${i}`)
    const imports = `import '../shared/rules.js'\nimport './later/there.js'\n`
    write(loud, loud === 'app/app.ts' ? imports : `// ${i}`)
    await until(`a report of ${loud}`, () => reported.length > 0)
    assert.deepEqual(reported, [loud])
  }
  reported.length = 0
  rmSync(write('levels/new'), { recursive: true })
  await until('a report of what is gone', () => reported.length > 0)
  assert.deepEqual(reported, ['levels/new/deep.txt'])
})

function devProcess(t: TestContext, script: string): { process: DevProcess; clock: ManualClock; said: string[] } {
  const write = folderWith(t, { 'master.mjs': script })
  const clock = new ManualClock()
  const said: string[] = []
  const process = new DevProcess({
    id: 'back-1',
    file: write('master.mjs'),
    args: [],
    environment: {},
    clock,
    say: (line) => said.push(line),
    onListening: (where) => said.push(where),
  })
  t.after(() => process.kill())
  return { process, clock, said }
}

test('S16 a process that crashes is started again, later each time, up to a limit', async (t) => {
  const { process, clock, said } = devProcess(t, 'process.exit(1)')
  process.start()
  const waits = [0.25, 0.5, 1, 2, 4, 8, 10, 10]
  for (const [i, seconds] of waits.entries()) {
    await until('a crash', () => said.length > i)
    assert.equal(said[i], `back-1 ended with exit code 1. It starts again in ${seconds} s, or when a file changes.`)
    clock.advance(seconds * 1000 - 1)
    assert.equal(process.state, 'waiting')
    clock.advance(1)
    assert.equal(process.state, 'starting')
  }
})

test('S16 a process that was given something wrong waits for a change', async (t) => {
  const { process, clock, said } = devProcess(t, 'process.exit(2)')
  process.start()
  await until('its end', () => said.length > 0)
  assert.match(said[0] ?? '', /back-1 can't start.*Waiting for a file to change/)
  assert.deepEqual([process.state, clock.pending], ['broken', 0])
})

test('S16 a process stops when it is asked to, and by force where it does not', async (t) => {
  const polite = devProcess(t, `process.send({ centrum: 'listening', where: 'here' }); process.on('message', () => {})`)
  polite.process.start()
  await until('it to listen', () => polite.process.state === 'listening')
  await polite.process.stop()
  assert.deepEqual([polite.process.state, polite.said], ['stopped', ['here']])

  const stubborn = devProcess(t, `process.send({ centrum: 'listening', where: 'here' }); setInterval(() => {}, 1000)`)
  stubborn.process.start()
  await until('it to listen', () => stubborn.process.state === 'listening')
  const stopped = stubborn.process.stop()
  stubborn.clock.advance(5_000)
  await stopped
  assert.match(stubborn.said[1] ?? '', /did not stop within 5 s\. Killing it/)
})

test('S16 a port that is taken is passed over', async () => {
  const port = await freePort('127.0.0.1', 0)
  assert.notEqual(await freePort('127.0.0.1', port, new Set([port])), port)
})
