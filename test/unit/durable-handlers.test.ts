/** Handlers of channels that are stored: what an asynchronous one may do, and what becomes of a turn that cannot be stored. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'

const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

class Player {
  readonly hp: number
  constructor(hp: number) {
    this.hp = hp
  }
}

function makeApp() {
  const shop = defineChannel({
    state: () => ({ lots: new Map([['a', { price: 1 }]]), sold: [] as string[], odd: null as unknown }),
    memory: () => ({ hidden: 0, odd: null as unknown }),
    requests: {
      buy: { input: unchecked<string>() },
      early: { input: unchecked<string>() },
      late: { input: unchecked<string>() },
      nested: { input: unchecked<string>() },
      plain: { input: unchecked<string>() },
      strange: { input: unchecked<string>() },
      instance: { input: unchecked<'state' | 'memory'>() },
      view: { input: unchecked<string>() },
      fine: { input: unchecked<string>() },
    },
    durability: 'log',
    tickMs: 10,
  }).implement({
    onRequest: {
      async buy(ctx, _client, lot) {
        const found = ctx.state.lots.get(lot)
        const before = found?.price ?? 0
        await soon()
        return () => {
          if (found) found.price++
          ctx.state.sold.push(lot)
          ctx.memory.hidden++
          return `${before} ${ctx.state.lots.get(lot)?.price} ${ctx.memory.hidden}`
        }
      },
      async early(ctx, _client, lot) {
        ctx.state.sold.push(lot)
        await soon()
        return () => ''
      },
      async late(ctx, _client, lot) {
        const { lots } = ctx.state
        await soon()
        lots.set(lot, { price: 0 })
        return () => ''
      },
      nested: (async () => async () => 'no') as never,
      plain: ((ctx: { state: { sold: string[] } }, _client: unknown, lot: string) => {
        ctx.state.sold.push(lot)
        return Promise.resolve(() => 'done')
      }) as never,
      instance(ctx, _client, where) {
        const player = new Player(7) as unknown
        if (where === 'state') ctx.state.odd = { deep: [player] }
        else ctx.memory.odd = new Map([['deep', player]])
        return where
      },
      view(ctx) {
        const whole = new Uint8Array(1_000_000).fill(7)
        ctx.state.odd = whole.subarray(10, 13)
        ctx.memory.odd = Buffer.from(whole.buffer, 20, 2)
        return ''
      },
      strange(ctx) {
        ctx.state.odd = () => 'what cannot be stored'
        return ''
      },
      fine(ctx, _client, lot) {
        ctx.state.sold.push(lot)
        return ctx.state.sold.length
      },
    },
  })
  return defineApp({ channels: { shop } })
}

async function setUp() {
  const lines: string[] = []
  const store = new MemoryStore()
  const cluster = await createTestCluster(makeApp(), {
    store,
    log: ({ level, event, fields }) => {
      if (level === 'error') lines.push(`${event} ${String(fields['error'])}`)
    },
  })
  const ada = await cluster.connect({ userId: 'ada' })
  return { cluster, ada, shop: await ada.link('shop'), lines, store }
}

test('[G3] an asynchronous handler gives a function that writes in the turn which stores it, with its answer', async () => {
  const { cluster, shop } = await setUp()
  assert.equal(await shop.request('buy', 'a'), '1 2 1')
  cluster.kill('back-1')
  cluster.restart('back-1')
  assert.equal(await shop.request('buy', 'a'), '2 3 2')
  assert.deepEqual(structuredClone(shop.state.sold), ['a', 'a'])
  await cluster.close()
})

test('[G5] a write of an asynchronous handler throws where it stands, before and after it waited; an async function in its turn is refused', async () => {
  const { cluster, shop, lines } = await setUp()
  for (const name of ['early', 'late', 'nested'] as const) {
    await assert.rejects(shop.request(name, 'x'), { code: 'handler-failed' })
  }
  assert.deepEqual(structuredClone(shop.state.sold), [])
  assert.match(lines[0] ?? '', /onRequest\.early writes ctx\.state\.sold.* outside a turn/)
  assert.match(lines[1] ?? '', /onRequest\.late writes ctx\.state\.lots outside a turn/)
  assert.match(lines[2] ?? '', /onRequest\.nested returned an async function/)
  assert.equal(await shop.request('fine', 'y'), 1)
  await cluster.close()
})

test('[G4] a plain handler that wrote and then gave a promise loses its turn: nothing of it is shown, and its name is said', async () => {
  const { cluster, shop, lines } = await setUp()
  const resets: string[] = []
  shop.onReset((reason) => resets.push(reason))
  assert.equal(await shop.request('fine', 'y'), 1)
  await assert.rejects(shop.request('plain', 'x'), { code: 'handler-failed' })
  assert.match(lines.join('\n'), /turn\.lost.*onRequest\.plain wrote and then returned a promise/)
  assert.deepEqual(structuredClone(shop.state.sold), ['y'])
  assert.deepEqual(resets, [])
  assert.equal(await shop.request('fine', 'z'), 2)
  await cluster.close()
})

for (const where of ['state', 'memory'] as const) {
  test(`[G4] an instance of a class in the ${where} of a stored channel loses the turn, and the log says where it is`, async () => {
    const { cluster, shop, lines } = await setUp()
    assert.equal(await shop.request('fine', 'y'), 1)
    await assert.rejects(shop.request('instance', where, { timeoutMs: 5_000 }))
    const path = where === 'state' ? '$.odd.deep[0]' : '$.odd.deep'
    assert.ok(
      lines.some((line) => line.startsWith('turn.lost') && line.includes(`${path} is an instance of Player`)),
      lines.join('\n'),
    )
    assert.deepEqual(structuredClone(shop.state.odd), null)
    await cluster.close()
  })
}

test('[G6] of a view its own bytes are stored, and not the buffer behind it', async () => {
  const { cluster, shop, store } = await setUp()
  await shop.request('view', '')
  await cluster.stop('back-1')
  const stored = store.channels.read('shop')
  const bytes = [stored?.image, ...(stored?.turns ?? [])].reduce((sum, part) => sum + (part?.bytes.length ?? 0), 0)
  assert.ok(bytes < 10_000, `${bytes} bytes are stored`)
  cluster.restart('back-1')
  await cluster.advance(1_000)
  assert.deepEqual([...(shop.state.odd as Uint8Array)], [7, 7, 7])
  await cluster.close()
})

test('[G6] a turn that cannot be stored is lost; again and again, and the channel is faulted until that is cleared', async () => {
  const { cluster, shop, ada, lines, store } = await setUp()
  assert.equal(await shop.request('fine', 'y'), 1)
  const strange = shop.request('strange', '').catch((error: unknown) => error)
  await cluster.advance(60_000)
  assert.match(lines.join('\n'), /turn\.lost.*odd/)
  assert.match(lines.join('\n'), /channel\.faulted/)
  assert.equal(cluster.back('back-1').inspect().channels, 0)
  await ada.close()
  await strange
  const eve = await cluster.connect({ userId: 'eve' })
  await assert.rejects(eve.link('shop'), { code: 'faulted' })
  await cluster.stop('back-1')
  const admin = await store.administer()
  assert.equal(await admin.clearFault('shop'), true)
  await admin.close()
  cluster.restart('back-1')
  await cluster.advance(1_000)
  const link = await eve.link('shop')
  assert.deepEqual(structuredClone(link.state.sold), ['y'])
  await cluster.close()
})
