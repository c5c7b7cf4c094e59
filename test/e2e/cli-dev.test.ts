/** `centrum dev`: one command runs an app as a cluster of this machine, restarts it on change and after crashes, and ends. */
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { connect, type Connection } from 'centrum/client'
import { transformSync } from 'esbuild'
import type app from '../../examples/counter/app.js'
import { CliProcess, projectFolder } from '../support/cli-process.js'
import { inProject } from '../support/project-root.js'
import { until } from '../support/until.js'

/** The counter of the examples, which begins at what a file beside it says. */
const APP = readFileSync(inProject('examples/counter/app.ts'), 'utf8').replace('count: 0', 'count: first')
const FILES = {
  'server/app.ts': `import { first } from '../shared/first.js'\n${APP}`,
  'shared/first.ts': 'export const first: number = 10\n',
}
/** The same as JavaScript, where the language does not matter: a loader of TypeScript takes a second in each process. */
const PLAIN = Object.fromEntries(
  Object.entries(FILES).map(([name, text]) => [name.replace(/ts$/, 'js'), transformSync(text, { loader: 'ts' }).code]),
)

interface Dev {
  readonly dev: CliProcess
  readonly cwd: string
  /** Where its own files are. */
  readonly folder: string
  url(id: string): string
  /** Of the newest process of a master. */
  pid(id: string): number
  /** Waits until all are up for the nth time. */
  ready(times: number): Promise<unknown>
}

async function startDev(
  t: TestContext,
  args: readonly string[] = ['--port', '0'],
  files: Readonly<Record<string, string>> = PLAIN,
): Promise<Dev> {
  const cwd = projectFolder(t, files)
  const [app = ''] = Object.keys(files)
  const dev = new CliProcess(t, ['dev', app, '--inspector', 'off', ...args], { cwd })
  const ready = (times: number): Promise<unknown> =>
    until(`ready the ${times}. time`, () => {
      if (dev.end !== null) assert.fail(`it ended: ${dev.stdout}${dev.stderr}`)
      return [...dev.stdout.matchAll(/^Ready/gm)].length >= times
    })
  await ready(1)
  const [, socket = ''] = /unix:(\S+)/.exec(dev.stdout) ?? []
  const folder = dirname(socket)
  // One that was killed takes nothing away.
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return {
    folder,
    dev,
    cwd,
    ready,
    url: (id) => new RegExp(`${id}\\s+(http://\\S+)`).exec(dev.stdout)?.[1] ?? '',
    pid(id) {
      const event = id.startsWith('back') ? 'back.listening' : 'gateway.listening'
      const line = dev.log.findLast((each) => each['event'] === event && (each['back'] ?? each['front']) === id)
      return Number(line?.['pid'])
    },
  }
}

function client(t: TestContext, url: string): Connection<typeof app> {
  const connection = connect<typeof app>(url)
  t.after(() => connection.close())
  return connection
}

function runs(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('S16 dev runs backs and fronts as processes, and SIGINT ends them all', async (t) => {
  const { dev, folder, url, pid } = await startDev(t, ['--port', '0', '--backs', '2', '--fronts', '2'])
  const pids = ['back-1', 'back-2', 'front-1', 'front-2'].map(pid)
  assert.equal(new Set(pids).size, 4)

  const ada = await client(t, url('front-1')).link('counter/a')
  const bob = await client(t, url('front-2')).link('counter/a')
  ada.send('add', 1)
  await until('the other to see it', () => bob.state.count === 11)

  assert.ok(existsSync(folder))
  dev.signal('SIGINT')
  assert.deepEqual(await dev.ended, { code: 0, signal: null })
  assert.deepEqual(pids.filter(runs), [])
  assert.equal(existsSync(folder), false, 'its files are gone')
})

test('S16 dev starts anew when a file changes that the app imports, and clients find it again', async (t) => {
  const { dev, cwd, url, ready } = await startDev(t, ['--port', '0'], FILES)
  const connection = client(t, url('front-1'))
  const counter = await connection.link('counter/a')
  assert.equal(counter.state.count, 10)

  writeFileSync(join(cwd, 'shared/first.ts'), 'export const first: number = 70\n')
  await ready(2)
  assert.match(dev.stdout, /shared\/first\.ts changed: restarting/)
  await until('the same client to see the new state', () => counter.state.count === 70)
})

test('S16 dev waits for a change where the app cannot be loaded, and says why once', async (t) => {
  const { dev, cwd, ready } = await startDev(t, ['--port', '0'], FILES)
  const file = join(cwd, 'server/app.ts')
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, `${text}}`)
  await dev.says(/back-1 can't start.*Waiting for a file to change/)
  assert.equal([...dev.stderr.matchAll(/can't be loaded/g)].length, 1)
  writeFileSync(file, text)
  await ready(2)
  dev.signal('SIGTERM')
  assert.deepEqual(await dev.ended, { code: 0, signal: null })
})

test('S16 dev starts a process that crashed again', async (t) => {
  const { dev, url, pid } = await startDev(t)
  const counter = await client(t, url('front-1')).link('counter/a')
  let resets = 0
  counter.onReset(() => resets++)
  const crashed = pid('back-1')
  process.kill(crashed, 'SIGKILL')
  await dev.says(/back-1 ended with SIGKILL\. It starts again in 0\.25 s/)
  await dev.says(/back-1 is back/)
  assert.notEqual(pid('back-1'), crashed)
  await until('the client to be told', () => resets === 1)
  counter.send('add', 5)
  await until('the client to go on', () => counter.state.count === 15)
})

test('S16 dev takes the next port where one is taken, and says so', async (t) => {
  const server = createServer().listen(0, '127.0.0.1')
  t.after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const { dev, url } = await startDev(t, ['--port', String(port)])
  const [, got] = /Port \d+ is taken: front-1 uses (\d+)\./.exec(dev.stdout) ?? []
  assert.ok(Number(got) > port)
  assert.equal(url('front-1'), `http://127.0.0.1:${got}`)
})

test('S16 what dev started ends when dev is killed', async (t) => {
  const { dev, pid } = await startDev(t)
  const pids = ['back-1', 'front-1'].map(pid)
  dev.signal('SIGKILL')
  await until('the end of all', () => !pids.some(runs))
})
