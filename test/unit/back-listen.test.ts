/** Where a back listens, and what refuses that at once: no key, a runtime without pre-shared keys. */
import assert from 'node:assert/strict'
import { type AddressInfo, connect, createServer } from 'node:net'
import { test, type TestContext } from 'node:test'
import { BackMaster } from '../../src/back/back-master.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { staticCluster } from '../../src/cluster/static-cluster.js'
import { FrontMaster } from '../../src/front/front-master.js'
import { transportOf } from '../../src/link/transport-of.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'

const runtime = nodeRuntime({ log: silentLog })
const app = defineApp({ channels: { lobby: defineChannel({ state: () => ({}) }).implement({}) } })
const key = 'a key for tests that has its thirty-two bytes'
const backs = [{ id: 'back-1', address: 'tcp://127.0.0.1:49871', channels: ['lobby'] }]

test('S15 a back may listen elsewhere than it is listed', async () => {
  const cluster = staticCluster({ backs, key })
  const back = new BackMaster(app, { id: 'back-1', cluster, listen: 'tcp://127.0.0.1:0', runtime })
  await back.listen()
  try {
    assert.match(back.address, /^tcp:\/\/127\.0\.0\.1:\d+$/)
    assert.notEqual(back.address, backs[0]?.address)
  } finally {
    await back.stop()
  }
  assert.throws(() => new BackMaster(app, { id: 'back-1', cluster, listen: '4100', runtime }), {
    code: 'invalid-option',
    message: /listen is '4100'/,
  })
})

/** Between two ports, as NAT and containers have it. */
async function forwarded(t: TestContext, to: () => number): Promise<number> {
  const server = createServer((near) => {
    const far = connect(to(), '127.0.0.1')
    near.on('error', () => far.destroy()).pipe(far)
    far.on('error', () => near.destroy()).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

test('S15 a back that is dialled on this machine and listens to all of them is found, and so is one behind a forwarder', async (t) => {
  // The second address is no loopback, and leads here.
  for (const [dialled, listen] of [
    ['127.0.0.1', '0.0.0.0'],
    ['0.0.0.0', '127.0.0.1'],
  ]) {
    let port = 0
    const near = await forwarded(t, () => port)
    const cluster = staticCluster({ backs: [{ id: 'back-1', address: `tcp://${dialled}:${near}` }], key })
    const back = new BackMaster(app, { id: 'back-1', cluster, listen: `tcp://${listen}:0`, runtime })
    await back.listen()
    port = Number(new URL(back.address.replace('tcp', 'http')).port)
    const front = new FrontMaster(app, { id: 'front-1', cluster, runtime })
    try {
      await front.connect({ timeoutMs: 5_000 })
      await front.channel('lobby').link()
    } finally {
      await front.stop()
      await back.stop()
    }
  }
})

test('G7 a back without a key listens on no TCP port, though it is this machine alone', async () => {
  const back = new BackMaster(app, { id: 'back-1', cluster: staticCluster({ backs }), runtime })
  await assert.rejects(back.listen(), { code: 'missing-key', message: /npx centrum key/ })
  await back.stop()
})

test('G7 where the runtime has no pre-shared keys, TCP beyond loopback is refused by its name', () => {
  const place = globalThis as { Bun?: unknown }
  place.Bun = {}
  try {
    const keys = [new Uint8Array(32).fill(1)]
    assert.throws(() => transportOf('tcp://10.0.0.1:4100', { runtime, keys }), { message: /which Bun does not have/ })
    assert.doesNotThrow(() => transportOf('tcp://127.0.0.1:4100', { runtime, keys }))
  } finally {
    delete place.Bun
  }
})
