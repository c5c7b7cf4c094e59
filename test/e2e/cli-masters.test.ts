/** `centrum back` and `centrum front` as real processes: a client plays through them, signals end them in order. */
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { connect, type Connection } from 'centrum/client'
import type app from '../../examples/counter/app.js'
import { freePort } from '../../src/cli/free-port.js'
import { CliProcess, projectFolder } from '../support/cli-process.js'
import { ownFile } from '../support/own-file.js'
import { until } from '../support/until.js'

const KEY = 'a key for tests that has its thirty-two bytes'
/** Built, since the loader of TypeScript takes a second in each process. */
const COUNTER = ownFile('examples/counter/app.ts')

/** An app whose channel does not close by itself for a while. */
const SLOW = `import { defineApp, defineChannel } from 'centrum'
const slow = defineChannel({ state: () => ({ count: 0 }) }).implement({ onClose: () => new Promise(() => {}) })
export default defineApp({ channels: { 'counter/:id': slow } })
`

interface Cluster {
  readonly cwd: string
  readonly environment: Readonly<Record<string, string>>
}

function clusterOf(t: TestContext, backIds: readonly string[]): Cluster {
  const cwd = projectFolder(t, { 'slow.js': SLOW })
  const backs = backIds.map((id) => ({ id, address: `unix:${cwd}/${id}.sock`, channels: ['counter/*'] }))
  const file = projectFolder(t, { 'cluster.json': JSON.stringify({ backs }) })
  return { cwd, environment: { CENTRUM_KEY: KEY, CENTRUM_CLUSTER: `${file}/cluster.json` } }
}

async function startBack(t: TestContext, cluster: Cluster, id: string, file = COUNTER): Promise<CliProcess> {
  const back = new CliProcess(t, ['back', file, '--id', id], cluster)
  await back.says(/"event":"back.listening"/)
  return back
}

async function startFront(
  t: TestContext,
  cluster: Cluster,
  id: string,
  port = 0,
): Promise<{ front: CliProcess; url: string }> {
  const front = new CliProcess(t, ['front', COUNTER, '--id', id, '--port', String(port), '--drain-ms', '1000'], cluster)
  const [, url = ''] = await front.says(/"url":"([^"]+)"/)
  return { front, url }
}

function client(t: TestContext, urls: string | readonly string[]): Connection<typeof app> {
  const connection = connect<typeof app>(urls)
  t.after(() => connection.close())
  return connection
}

/** Of an app that is not the counter. */
function connectRaw(t: TestContext, url: string) {
  const connection = connect(url)
  t.after(() => connection.close())
  return connection
}

test('S16 S15 two backs and a front from one list: a client counts through them, and SIGTERM ends each in order', async (t) => {
  const cluster = clusterOf(t, ['back-1', 'back-2'])
  const backs = [await startBack(t, cluster, 'back-1'), await startBack(t, cluster, 'back-2')]
  const { front, url } = await startFront(t, cluster, 'front-1')

  const connection = client(t, url)
  const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
  for (const id of ids) {
    const counter = await connection.link(`counter/${id}`)
    counter.send('add', 3)
    await until('the sum', () => counter.state.count === 3)
  }

  const statuses: string[] = []
  connection.onStatus((status) => statuses.push(status))
  front.signal('SIGTERM')
  assert.deepEqual(await front.ended, { code: 0, signal: null })
  await until('the client to be told', () => statuses.includes('reconnecting'))
  assert.ok(front.log.some(({ event, reason }) => event === 'process.stopping' && reason === 'SIGTERM'))

  for (const [i, signal] of (['SIGTERM', 'SIGINT'] as const).entries()) {
    const back = backs[i]
    assert.ok(back)
    back.signal(signal)
    assert.deepEqual(await back.ended, { code: 0, signal: null })
    assert.equal(back.log.at(-1)?.['event'], 'process.stopped')
    assert.equal(back.stdout, '', 'a master says nothing but its log')
  }
})

test('S16 S6 a front that drains sends its clients to another one, which goes on with them', async (t) => {
  const cluster = clusterOf(t, ['back-1'])
  await startBack(t, cluster, 'back-1')
  const one = await startFront(t, cluster, 'front-1')
  // A client begins with any of its URLs: the second front comes once it is with the first.
  const port = await freePort('127.0.0.1', 0)
  const connection = client(t, [one.url, `http://127.0.0.1:${port}`])
  const counter = await connection.link('counter/a')
  counter.send('add', 1)
  await until('the first count', () => counter.state.count === 1)
  await startFront(t, cluster, 'front-2', port)
  const resets: string[] = []
  counter.onReset((reason) => resets.push(reason))
  const reasons = new Set<unknown>()
  connection.onStatus((_status, reason) => reasons.add(reason))

  one.front.signal('SIGINT')
  assert.deepEqual(await one.front.ended, { code: 0, signal: null })
  counter.send('add', 1)
  await until('the second count', () => counter.state.count === 2)
  assert.deepEqual(resets, [])
  assert.ok(!reasons.has('closing'), 'its socket was closed under it')
})

test('S16 a signal before anything listens ends it too', async (t) => {
  const cwd = projectFolder(t, {
    'app.ts': "console.error('loading')\nawait new Promise((resolve) => setTimeout(resolve, 3_600_000))\n",
  })
  const { environment } = clusterOf(t, ['back-1'])
  const back = new CliProcess(t, ['back', 'app.ts', '--id', 'back-1'], { cwd, environment })
  await back.says(/loading/)
  back.signal('SIGTERM')
  assert.deepEqual(await back.ended, { code: 0, signal: null })
})

test('S16 a second signal ends it at once', async (t) => {
  const cluster = clusterOf(t, ['back-1'])
  const back = await startBack(t, cluster, 'back-1', 'slow.js')
  const { url } = await startFront(t, cluster, 'front-1')
  await client(t, url).link('counter/a')
  back.signal('SIGTERM')
  await back.says(/process\.stopping/)
  await until('its end', () => {
    back.signal('SIGTERM')
    return back.end
  })
  assert.deepEqual(back.end, { code: 143, signal: null })
})

test('S16 G5 a promise that a handler leaves behind ends the back, whose last line names handler and channel', async (t) => {
  const { cwd, environment } = clusterOf(t, ['back-1'])
  const source = `import { defineApp, defineChannel, unchecked } from 'centrum'
const room = defineChannel({ state: () => ({}), messages: { leave: unchecked(), wait: unchecked() }, handlerMsMax: 60000 }).implement({
  onMessage: {
    wait: () => new Promise(() => {}),
    leave() { void Promise.reject(new Error('left behind')) },
  },
})
export default defineApp({ channels: { 'counter/:id': room } })
`
  const folder = projectFolder(t, { 'leaves.js': source })
  const back = await startBack(t, { cwd: folder, environment }, 'back-1', 'leaves.js')
  const { url } = await startFront(t, { cwd, environment }, 'front-1')
  const waiting = await connectRaw(t, url).link('counter/a')
  const leaving = await connectRaw(t, url).link('counter/b')
  waiting.send('wait')
  await until('it waits', () => waiting.acknowledged === 0 && waiting.status === 'live')
  leaving.send('leave')
  assert.deepEqual(await back.ended, { code: 1, signal: null })
  const line = back.log.find(({ event }) => event === 'process.failed')
  assert.match(JSON.stringify(line?.['error']), /left behind/)
  assert.equal(line?.['last'], 'counter/b onMessage.leave')
  assert.deepEqual(line?.['running'], ['counter/a onMessage.wait'])
})

test('S16 what nobody caught ends a master with exit code 1 and one line that says why', async (t) => {
  const { environment } = clusterOf(t, ['back-1'])
  const cwd = projectFolder(t, {
    'app.ts':
      "import app from '../../examples/counter/app.js'\nsetTimeout(() => { throw new Error('out of luck') }, 1_000)\nexport default app\n",
  })
  const back = new CliProcess(t, ['back', 'app.ts', '--id', 'back-1'], { cwd, environment })
  assert.deepEqual(await back.ended, { code: 1, signal: null })
  const line = back.log.find(({ event }) => event === 'process.failed')
  assert.match(JSON.stringify(line), /out of luck/)
})
