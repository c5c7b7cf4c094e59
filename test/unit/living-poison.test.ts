/** What operators see of a cluster whose backs come and go: channels that kill their owners, links and summaries. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { internal, unchecked } from '../../src/channel/schema.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'
import { cleanUp } from '../support/clean-up.js'

/** `die` ends the process of its owner in the midst of a handler. */
function makeApp(die: (channelId: string, what: string) => void) {
  const box = defineChannel({
    state: () => ({ done: [] as string[] }),
    requests: { run: { input: unchecked<string>() } },
    messages: { told: internal(unchecked<string>()) },
    durability: 'log',
    tickMs: 10,
  }).implement({
    onOpen: (ctx) => die(ctx.id, 'open'),
    onMessage: {
      told(ctx, _sender, what) {
        die(ctx.id, what)
        ctx.state.done.push(what)
      },
    },
    onRequest: {
      run(ctx, _client, what) {
        die(ctx.id, what)
        ctx.state.done.push(what)
        ctx.summary = { done: ctx.state.done.length }
        return what
      },
    },
  })
  return defineApp({ channels: { 'box/:id': box } })
}

async function setUp(t: TestContext) {
  const deaths: string[] = []
  let isMended = false
  const app = makeApp((channelId, what) => {
    if (isMended || (what !== 'poison' && channelId !== 'box/still-born')) return
    const owner = cluster.living.channels().find(({ id }) => id === channelId)?.owner ?? ''
    deaths.push(owner)
    cluster.kill(owner)
    throw new Error('the process has ended')
  })
  const cluster = await createTestCluster(app, { backs: 3, fronts: 1, cluster: 'dynamic' })
  cleanUp(t, () => cluster.close())
  const ada = await cluster.connect({ userId: 'ada' })
  /** Starts backs again that have ended, for a while. */
  const supervise = async (forMs: number): Promise<void> => {
    for (let ms = 0; ms < forMs; ms += 1_000) {
      await cluster.advance(1_000)
      for (const id of ['back-1', 'back-2', 'back-3']) if (!cluster.runningIds.includes(id)) cluster.restart(id)
    }
  }
  return { cluster, ada, deaths, supervise, mend: () => void (isMended = true) }
}

for (const how of ['a request', 'the database', 'onOpen'] as const) {
  test(`[G5] a channel that kills three owners by ${how} is faulted for all backs, others go on, and it opens again by hand`, async (t) => {
    const { cluster, ada, deaths, supervise, mend } = await setUp(t)
    const id = how === 'onOpen' ? 'box/still-born' : 'box/bad'
    const good = await ada.link('box/good')
    if (how === 'the database') {
      for (const what of ['a', 'poison', 'b']) cluster.living.send(id, 'told', what)
    } else if (how === 'onOpen') {
      ada.link(id, { timeoutMs: 120_000 }).catch(() => undefined)
    } else {
      const bad = await ada.link(id)
      bad.request('run', 'poison', { timeoutMs: 120_000 }).catch(() => undefined)
    }
    await supervise(90_000)
    assert.equal(deaths.length, 3)
    const found = cluster.living.channels().find((channel) => channel.id === id)
    assert.match(found?.fault ?? '', /the process ended repeatedly while on\S+ ran \(poisonMax 3\)/)
    assert.equal(await good.request('run', 'x'), 'x')
    await assert.rejects(ada.link(id), { code: 'faulted' })
    mend()
    assert.equal(cluster.living.clearFault(id), true)
    await supervise(10_000)
    const again = await ada.link(id)
    await again.request('run', 'z')
    const before = how === 'the database' ? ['a', 'poison', 'b'] : []
    assert.deepEqual(
      structuredClone(again.state.done).filter((what) => what !== 'poison' || how === 'the database'),
      [...before, 'z'],
    )
  })
}

test('[G5] the cluster lists channels with their owners, links and summaries, as they were a moment ago', async (t) => {
  const { cluster, ada } = await setUp(t)
  const box = await ada.link('box/1')
  await box.request('run', 'x')
  const eve = await cluster.connect({ userId: 'eve' })
  await eve.link('box/1')
  await cluster.advance(2_500)
  const shown = () =>
    cluster.living.channels().map(({ id, owner, links, summary }) => [id, owner !== null, links, summary])
  assert.deepEqual(shown(), [['box/1', true, 2, { done: 1 }]])
  await box.request('run', 'y')
  await eve.close()
  await cluster.advance(2_500)
  assert.deepEqual(shown(), [['box/1', true, 1, { done: 2 }]])
  cluster.kill(cluster.living.channels()[0]?.owner ?? '')
  await cluster.advance(6_000)
  assert.deepEqual(shown(), [['box/1', true, 1, { done: 2 }]])
})
