/** A handler that ends its process again and again is found, and its channel faulted; nobody else's is. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'

/** `die` ends the process in the midst of a handler. */
function makeApp(die: (where: string) => void) {
  const box = defineChannel({
    state: () => ({ done: [] as string[], restored: 0, ticks: 0, isBad: false }),
    requests: { run: { input: unchecked<string>() }, later: { input: unchecked<string>() } },
    messages: { set: unchecked<{ ms: number; what: string }>(), spoil: unchecked<undefined>() },
    timers: { ring: unchecked<string>() },
    durability: 'log',
    tickMs: 10,
  }).implement({
    onRestore(ctx) {
      if (ctx.state.isBad) die('restore')
    },
    onMessage: {
      set: (ctx, _client, { ms, what }) => void ctx.after(ms, 'ring', what),
      spoil: (ctx) => void (ctx.state.isBad = true),
    },
    onTimer: {
      ring(ctx, what) {
        die(what)
        if (what === 'throw') throw new Error('it always does')
        ctx.state.done.push(what)
      },
    },
    onRequest: {
      run(ctx, _client, what) {
        die(what)
        ctx.state.done.push(what)
        return what
      },
      async later(ctx, _client, what) {
        await Promise.resolve()
        die(what)
        return () => {
          ctx.state.done.push(what)
          return what
        }
      },
    },
  })
  return defineApp({ channels: { 'box/:id': box } })
}

async function setUp() {
  /** What ends the process, and how often it still does. */
  const bad = new Map<string, number>()
  const deaths: string[] = []
  const store = new MemoryStore()
  const app = makeApp((where) => {
    const left = bad.get(where) ?? 0
    if (left === 0) return
    bad.set(where, left - 1)
    deaths.push(where)
    cluster.kill('back-1')
    throw new Error('the process has ended')
  })
  const cluster = await createTestCluster(app, { store, seed: 1 })
  const ada = await cluster.connect({ userId: 'ada' })
  const open = (id: number) => ada.link(`box/${id}`)
  /** Starts the back again whenever it has ended, for a while. */
  const supervise = async (forMs: number): Promise<void> => {
    for (let ms = 0; ms < forMs; ms += 500) {
      await cluster.advance(500)
      try {
        cluster.back('back-1')
      } catch {
        cluster.restart('back-1')
      }
    }
  }
  const faults = async (): Promise<string[]> => {
    cluster.kill('back-1')
    const admin = await store.administer()
    const listed = await admin.list('', 100)
    await admin.close()
    return listed.flatMap(({ channelId, fault }) => (fault ? `${channelId}: ${fault.reason}` : []))
  }
  return { bad, deaths, store, cluster, ada, open, supervise, faults }
}

const reason = (handler: string): string => `the process ended repeatedly while ${handler} ran (poisonMax 3)`

for (const request of ['run', 'later'] as const) {
  test(`[G5] a request ('${request}') whose handler ends the process three times faults its channel, and clear-fault opens it again`, async () => {
    const { bad, deaths, store, cluster, open, supervise, faults } = await setUp()
    const [box, other] = [await open(1), await open(2)]
    assert.equal(await box.request(request, 'good'), 'good')
    bad.set('poison', Infinity)
    const failure = box.request(request, 'poison', { timeoutMs: 300_000 }).catch((error: unknown) => error)
    await supervise(60_000)
    assert.deepEqual(deaths, ['poison', 'poison', 'poison'])
    assert.match(String(await failure), /faulted|broke down|unknown/)
    assert.equal(box.status, 'closed')
    assert.equal(await other.request('run', 'a'), 'a', 'others go on')
    assert.deepEqual(await faults(), [`box/1: ${reason(`onRequest.${request}`)}`])

    const admin = await store.administer()
    assert.equal(await admin.clearFault('box/1'), true)
    await admin.close()
    cluster.restart('back-1')
    await cluster.advance(5_000)
    const again = await open(1)
    assert.equal(await again.request(request, 'better'), 'better')
    assert.deepEqual(structuredClone(again.state.done), ['good', 'better'])
    await cluster.close()
  })
}

test('[G5] a timer whose handler ends the process three times faults its channel, though nobody links to it', async () => {
  const { bad, deaths, cluster, open, supervise, faults } = await setUp()
  const box = await open(1)
  bad.set('poison', Infinity)
  box.send('set', { ms: 100_000, what: 'poison' })
  await cluster.advance(100)
  await box.unlink()
  await supervise(200_000)
  assert.deepEqual(deaths, ['poison', 'poison', 'poison'])
  assert.deepEqual(await faults(), [`box/1: ${reason('onTimer.ring')}`])
  await cluster.close()
})

test('[G5] a timer whose handler throws three times faults its channel, through restarts too', async () => {
  const { cluster, open, faults } = await setUp()
  const box = await open(1)
  box.send('set', { ms: 100, what: 'throw' })
  await cluster.advance(500)
  cluster.kill('back-1')
  cluster.restart('back-1')
  await cluster.advance(60_000)
  assert.equal(box.status, 'closed')
  assert.deepEqual(await faults(), ["box/1: the handler of timer 'ring' failed repeatedly"])
  await cluster.close()
})

test('[G5] a channel whose onRestore ends the process again and again is faulted', async () => {
  const { bad, deaths, cluster, open, supervise, faults } = await setUp()
  const box = await open(1)
  box.send('spoil')
  await cluster.advance(100)
  bad.set('restore', Infinity)
  cluster.kill('back-1')
  await supervise(60_000)
  assert.deepEqual(deaths, ['restore', 'restore'], 'the first end of the process was another')
  assert.deepEqual(await faults(), [`box/1: ${reason('onRestore')}`])
  await cluster.close()
})

test('[G3] what ends the process twice and then not has its effect once, and is not held against its channel later', async () => {
  const { bad, deaths, cluster, open, supervise, faults } = await setUp()
  const box = await open(1)
  for (const what of ['one', 'two', 'three']) {
    bad.set(what, 2)
    const done = box.request('run', what, { timeoutMs: 300_000 })
    box.send('set', { ms: 10, what: `timer ${what}` })
    await supervise(45_000)
    assert.equal(await done, what)
  }
  assert.equal(deaths.length, 6)
  assert.deepEqual([...box.state.done].sort(), ['one', 'three', 'timer one', 'timer three', 'timer two', 'two'])
  assert.deepEqual(await faults(), [])
  await cluster.close()
})

test('[G5] channels that have work to do at each death of a process are not faulted for what another one does', async () => {
  const { bad, deaths, cluster, open, supervise, faults } = await setUp()
  const boxes = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(open))
  for (const [i, box] of boxes.entries()) box.send('set', { ms: 1_000, what: `timer ${i}` })
  bad.set('timer 3', Infinity)
  const asked = boxes.map((box, i) => (i === 3 ? null : box.request('run', `request ${i}`, { timeoutMs: 300_000 })))
  await supervise(120_000)
  assert.equal(deaths.length, 3)
  for (const [i, answer] of asked.entries()) if (answer) assert.equal(await answer, `request ${i}`)
  for (const [i, box] of boxes.entries()) {
    if (i !== 3) assert.deepEqual([...box.state.done].sort(), [`request ${i}`, `timer ${i}`])
  }
  assert.deepEqual(await faults(), [`box/4: ${reason('onTimer.ring')}`])
  await cluster.close()
})
