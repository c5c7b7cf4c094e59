/** A rolling deploy: backs whose app has a later `stateVersion` beside older ones, on a simulated cluster whose backs come and go. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { createWatchedCluster } from '../../src/testing/create-test-cluster.js'
import { cleanUp } from '../support/clean-up.js'

function makeApp(stateVersion: number) {
  const counter = defineChannel({
    state: () => ({ count: 0, migrations: 0 }),
    requests: { add: { input: unchecked<number>() } },
    durability: 'log',
    tickMs: 20,
    stateVersion,
    migrate: ({ state }) => {
      const { count, migrations } = state as { count: number; migrations: number }
      return { state: { count, migrations: migrations + 1 } }
    },
  }).implement({ onRequest: { add: (ctx, _client, by) => (ctx.state.count += by) } })
  return defineApp({ channels: { 'counter/:id': counter } })
}

const BACKS = ['back-1', 'back-2', 'back-3']
const IDS = Array.from({ length: 12 }, (_, i) => `counter/${i}` as const)

async function deploying(t: TestContext) {
  const newest = new Set<string>()
  const [older, newer] = [makeApp(1), makeApp(2)]
  const left: string[] = []
  const cluster = await createWatchedCluster(older, {
    backs: 3,
    cluster: 'dynamic',
    log: ({ event }) => void (event === 'image.left-to-newer' && left.push(event)),
    watch: { app: (app, { id }) => (newest.has(id) ? (newer as unknown as typeof app) : app) },
  })
  cleanUp(t, () => cluster.close())
  const ada = await cluster.connect({ userId: 'ada' })
  const links = await Promise.all(IDS.map((id) => ada.link(id)))
  const ended: string[] = []
  for (const link of links) {
    link.onReset((reason) => void ended.push(`reset ${reason}`))
    link.onStatus((status) => void (status === 'closed' && ended.push('closed')))
  }
  let sum = 0
  const addToAll = async (): Promise<void> => {
    sum++
    const counts = await Promise.all(links.map((link) => link.request('add', 1, { timeoutMs: 60_000 })))
    assert.deepEqual(
      counts,
      IDS.map(() => sum),
    )
  }
  return { cluster, newest, links, ended, addToAll, left }
}

test('[G4] [G8] back after back gets a later stateVersion: each channel is migrated once, and no client is reset or refused', async (t) => {
  const { cluster, newest, links, ended, addToAll } = await deploying(t)
  await addToAll()
  for (const id of BACKS) {
    await cluster.drain(id)
    await cluster.stop(id)
    newest.add(id)
    cluster.restart(id)
    await cluster.advance(3_000)
    await addToAll()
  }
  await cluster.advance(1_000)
  assert.deepEqual(ended, [])
  for (const link of links) assert.ok(link.state.migrations <= 1, `${link.state.migrations} migrations`)
  await cluster.close()
})

test('[G4] [G8] an older back that is asked for what a newer one stored leaves it to the newer, and does not fault it', async (t) => {
  const { cluster, newest, links, ended, addToAll, left } = await deploying(t)
  for (const id of ['back-1', 'back-2']) {
    cluster.kill(id)
    newest.add(id)
    cluster.restart(id)
    await cluster.advance(15_000)
  }
  // Only the third is an older one now; what it has it keeps until it dies, and then each channel is a newer one's.
  cluster.kill('back-3')
  await cluster.advance(15_000)
  await addToAll()
  assert.ok(links.every((link) => link.state.migrations === 1))
  // It comes back as old as it was, and is asked for what the others had.
  cluster.restart('back-3')
  await cluster.advance(3_000)
  cluster.kill('back-1')
  await cluster.advance(15_000)
  await addToAll()
  assert.ok(left.length > 0, 'the older back was asked')
  assert.ok(links.every((link) => link.state.migrations === 1))
  assert.deepEqual(ended, [])
  await cluster.close()
})
