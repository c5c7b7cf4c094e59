/** Limits of durable channels, and of channels that speak to or move between backs, driven to their edge and one beyond. */
import assert from 'node:assert/strict'
import type { BackLimits } from '../../src/back/back-limits.js'
import { type CentrumError, defineApp, defineChannel, internal, unchecked } from '../../src/index.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import type { StoreFate } from '../../src/store/store-fate.js'
import { createTestCluster } from '../../src/testing/index.js'

/** A durable channel, how often it was stored as a whole since, and what the store does with a commit. */
async function durable(backLimits: Partial<BackLimits>) {
  const append: { fate: (() => StoreFate) | undefined } = { fate: undefined }
  const store = new MemoryStore({ fate: ({ method }) => (method === 'append' ? append.fate?.() : undefined) })
  const box = defineChannel({
    state: () => ({ text: '' }),
    requests: { write: { input: unchecked<string>() } },
    durability: 'log',
    tickMs: 0,
  }).implement({ onRequest: { write: (ctx, _client, text) => void (ctx.state.text = text) } })
  const cluster = await createTestCluster(defineApp({ channels: { box } }), { store, backLimits })
  const link = await (await cluster.connect({ userId: 'ada' })).link('box')
  const stored = (): number => cluster.back('back-1').inspect().durability?.images ?? 0
  const before = stored()
  return { append, cluster, link, images: () => stored() - before }
}

/** How many writes of so many characters it takes until the channel is stored as a whole, and how many more until it is again. */
async function writesUntilStored(limits: Partial<BackLimits>, length: number): Promise<readonly [number, number]> {
  const { cluster, link, images } = await durable({ imageRatio: 0, imageTurnBytesMin: 0, ...limits })
  const until = async (count: number): Promise<number> => {
    for (let writes = 1; ; writes++) {
      await link.request('write', String(writes % 10).repeat(length))
      await cluster.advance(10)
      if (images() >= count) return writes
      assert.ok(writes < 100, 'it is never stored')
    }
  }
  const found = [await until(1), await until(2)] as const
  await cluster.close()
  return found
}

const NEVER = { imageTurnBytesMin: 1024 ** 3 }

export const DURABLE_LIMIT_EDGES: Readonly<Record<string, () => Promise<void>>> = {
  async 'Backs commitStallMs'() {
    const { append, cluster, link } = await durable({ commitStallMs: 500 })
    const statuses: string[] = []
    link.onStatus((status) => void statuses.push(status))
    for (const [ms, expected] of [[490, []] as const, [520, ['stalled', 'live']] as const]) {
      append.fate = () => ({ before: cluster.sleep(ms) })
      const pending = link.request('write', `${ms}`, { timeoutMs: 60_000 })
      await cluster.advance(5_000)
      await pending
      append.fate = undefined
      assert.deepEqual(statuses, expected, `after ${ms} ms`)
    }
    await cluster.close()
  },
  async 'Backs imageTurnsMax'() {
    const [, three] = await writesUntilStored({ ...NEVER, imageTurnsMax: 3 }, 10)
    const [, four] = await writesUntilStored({ ...NEVER, imageTurnsMax: 4 }, 10)
    assert.equal(four - three, 1)
  },
  async 'Backs imageTurnBytesMin'() {
    const [, small] = await writesUntilStored({ imageTurnBytesMin: 4_000 }, 1_000)
    const [, large] = await writesUntilStored({ imageTurnBytesMin: 5_000 }, 1_000)
    assert.deepEqual([small, large], [4, 5])
  },
  async 'Backs imageRatio'() {
    // A turn and the image weigh about as much: both are the text.
    const [, twice] = await writesUntilStored({ imageRatio: 2 }, 10_000)
    const [, fourTimes] = await writesUntilStored({ imageRatio: 4 }, 10_000)
    assert.equal(fourTimes - twice, 2)
  },
  async 'Backs poisonWindowMs'() {
    for (const [apartMs, isFaulted] of [[20_000, true] as const, [70_000, false] as const]) {
      const store = new MemoryStore()
      const box = defineChannel({
        state: () => ({}),
        timers: { ring: unchecked<null>() },
        durability: 'log',
      }).implement({
        onLink: (ctx) => void ctx.every(1_000, 'ring', null),
        onTimer: {
          ring() {
            deaths++
            cluster.kill('back-1')
            throw new Error('the process has ended')
          },
        },
      })
      let deaths = 0
      const backLimits = { poisonMax: 3, poisonWindowMs: 60_000, graceMs: 1_000 }
      const cluster = await createTestCluster(defineApp({ channels: { box } }), { store, backLimits })
      await (await cluster.connect({ userId: 'ada' })).link('box')
      for (let life = 0; life < 6; life++) {
        await cluster.advance(apartMs)
        if (!cluster.runningIds.includes('back-1')) cluster.restart('back-1')
      }
      await cluster.close()
      assert.equal(deaths <= 3, isFaulted, `${deaths} deaths, ${apartMs} ms apart`)
    }
  },
  async 'Backs peerWaitMs'() {
    let sleep: (ms: number) => Promise<void> = () => Promise.resolve()
    const slow = defineChannel({
      state: () => ({}),
      requests: { wait: internal({ input: unchecked<number>() }) },
    }).implement({ onRequest: { wait: (_ctx, _sender, ms) => sleep(ms).then(() => 'answered') } })
    const room = defineChannel({ state: () => ({}), requests: { ask: { input: unchecked<number>() } } }).implement({
      onRequest: {
        ask: (ctx, _client, ms) =>
          ctx
            .channel(slow, 'slow')
            .request('wait', ms)
            .catch((error: unknown) => (error as CentrumError).code),
      },
    })
    const cluster = await createTestCluster(defineApp({ channels: { slow, room } }), {
      backLimits: { peerWaitMs: 1_000 },
    })
    sleep = (ms) => cluster.sleep(ms)
    const link = await (await cluster.connect({ userId: 'ada' })).link('room')
    assert.equal(await link.request('ask', 800), 'answered')
    assert.equal(await link.request('ask', 1_200), 'timeout')
    await cluster.close()
  },
  async 'Backs handOverMs'() {
    let sleep: (ms: number) => Promise<void> = () => Promise.resolve()
    const room = defineChannel({
      state: () => ({}),
      requests: { wait: { input: unchecked<number>() } },
    }).implement({ onRequest: { wait: (_ctx, _client, ms) => sleep(ms).then(() => 'answered') } })
    const cluster = await createTestCluster(defineApp({ channels: { room } }), {
      backs: 2,
      cluster: 'dynamic',
      backLimits: { handOverMs: 1_000 },
    })
    sleep = (ms) => cluster.sleep(ms)
    const link = await (await cluster.connect({ userId: 'ada' })).link('room')
    for (const [ms, expected] of [[900, 'answered'] as const, [1_300, 'handler-timeout'] as const]) {
      const answer = link.request('wait', ms).catch((error: unknown) => (error as CentrumError).code)
      await cluster.advance(100)
      const owner = cluster.front('front-1').openChannels()[0]?.back
      await cluster.living.move('room', owner === 'back-1' ? 'back-2' : 'back-1')
      assert.equal(await answer, expected)
    }
    await cluster.close()
  },
}
