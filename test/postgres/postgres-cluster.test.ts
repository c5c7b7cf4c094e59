/** A cluster in PostgreSQL: backs find each other, are cordoned, and are missed. */
import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import { weightedCandidates } from '../../src/cluster/weighted-candidates.js'
import { postgresCluster, type PostgresCluster } from '../../src/postgres/postgres-cluster.js'
import type { PostgresClusterOptions } from '../../src/postgres/postgres-options.js'
import type { PostgresStore } from '../../src/postgres/postgres-store.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import type { Journal } from '../../src/store/store.js'
import { claimed, memberOf, store, turn } from '../contract/store-place.js'
import { cleanUp } from '../support/clean-up.js'
import { postgresMissing, type PostgresServer, startPostgres } from '../support/postgres-server.js'
import { until } from '../support/until.js'

const KEY = 'a key for tests that has its thirty-two bytes'
const runtime = nodeRuntime({ log: silentLog })
let server: PostgresServer
let schemas = 0

test('of a candidate with twice the weight there are twice as many keys, and only keys of one that leaves move', () => {
  const all = [
    { id: 'a', weight: 1 },
    { id: 'b', weight: 2 },
    { id: 'c', weight: 1 },
  ]
  const keys = Array.from({ length: 4_000 }, (_, i) => `arena/${i}`)
  const counts = new Map<string, number>()
  for (const key of keys) {
    const winner = weightedCandidates(all, key)[0]?.id ?? ''
    counts.set(winner, (counts.get(winner) ?? 0) + 1)
    const without = weightedCandidates(all.slice(0, 2), key)[0]?.id
    if (winner !== 'c') assert.equal(without, winner)
  }
  assert.ok(Math.abs((counts.get('b') ?? 0) - 2_000) < 150, JSON.stringify([...counts]))
  assert.ok(Math.abs((counts.get('a') ?? 0) - 1_000) < 150)
  assert.deepEqual(weightedCandidates([], 'a'), [])
})

test('options of a cluster are checked at the call, and its key and URL are not shown', () => {
  const made = (options: object) => () => postgresCluster(options as PostgresClusterOptions)
  assert.throws(made({}), /postgresCluster: url is missing\. Give the URL of the primary/)
  assert.throws(
    made({ url: 'postgres://x' }),
    /key is missing\. Give all backs and fronts of the cluster the same secret/,
  )
  assert.throws(made({ url: 5, key: KEY }), /url is a value of type number, not shown here/)
})

if (postgresMissing) {
  test('backs find each other in PostgreSQL', { skip: postgresMissing }, () => {})
} else {
  before(async () => {
    server = await startPostgres()
  })
  after(() => server.stop())
  membership()
}

function clusterIn(t: TestContext, schema: string): PostgresCluster {
  const options = { url: server.url, key: KEY, schema, pollMs: 50, deadMs: 500, lockMs: 300, runtime }
  const made = postgresCluster(options)
  cleanUp(t, () => made.close())
  return made
}

async function joined(cluster: PostgresCluster, id: string, own: { weight?: number } = {}): Promise<Journal> {
  const journal = await cluster.store.join(memberOf(id))
  const address = `tcp://127.0.0.1:${4_100 + Number(/\d+/.exec(id)?.[0])}`
  await cluster.announce({ id, address, channels: ['arena/*'], weight: 1, capacity: null, labels: {}, ...own }, [])
  return journal
}

function membership(): void {
  test('[G8] who follows a cluster sees backs come, change and go', async (t) => {
    const schema = `cluster ${++schemas}`
    const [one, two, watcher] = [clusterIn(t, schema), clusterIn(t, schema), clusterIn(t, schema)]
    let changes = 0
    const followed = await watcher.follow(() => changes++)
    cleanUp(t, () => followed.end())
    assert.deepEqual([watcher.members, watcher.ownerOf('arena/1')], [[], null])
    const first = await joined(one, 'b1')
    await until('the first back is seen', () => watcher.members.length === 1)
    assert.deepEqual([watcher.members[0]?.address, watcher.ownerOf('arena/1')], ['tcp://127.0.0.1:4101', 'b1'])
    assert.equal(watcher.ownerOf('lobby'), null)
    const second = await joined(two, 'b2', { weight: 3 })
    await until('the second back is seen', () => watcher.members.length === 2)
    const owners = Array.from({ length: 400 }, (_, i) => watcher.ownerOf(`arena/${i}`))
    assert.ok(owners.filter((owner) => owner === 'b2').length > 240, 'it has three times the weight')
    await one.cordon('b2')
    await until('the second back is cordoned', () => watcher.members[1]?.isCordoned === true)
    assert.deepEqual(new Set(Array.from({ length: 50 }, (_, i) => watcher.ownerOf(`arena/${i}`))), new Set(['b1']))
    await one.uncordon('b2')
    await until('it is no more', () => watcher.members[1]?.isCordoned === false)
    await assert.rejects(one.cordon('b9'), /There is no back 'b9' in the cluster 'centrum'/)
    await second.close()
    await until('the second back has left', () => watcher.members.length === 1)
    await first.close()
    assert.ok(changes >= 5)
  })

  test('[G8] a back whose process is gone is declared dead, and its channels go on elsewhere', async (t) => {
    const schema = `cluster ${++schemas}`
    const [one, two] = [clusterIn(t, schema), clusterIn(t, schema)]
    const first = await joined(one, 'b1')
    const second = await joined(two, 'b2')
    const followed = await two.follow(() => {})
    cleanUp(t, () => followed.end())
    const { epoch } = await claimed(first, 'arena/1')
    await store(first, { seq: first.lastSeq + 1, turns: [turn('arena/1', epoch, 1)] })
    assert.deepEqual(
      (await two.channels({ pattern: 'arena/*' })).map(({ id, owner }) => [id, owner]),
      [['arena/1', 'b1']],
    )
    assert.deepEqual(await two.channels({ pattern: 'auction/*' }), [])
    await (one.store as PostgresStore).abandon()
    await until('the first back is missed', () => !two.members.some(({ id }) => id === 'b1'))
    const { stored } = await claimed(second, 'arena/1')
    assert.equal(stored?.turns.length, 1)
    await second.close()
  })

  test('[G8] fronts know where clients dial the others, as long as those are there and take clients', async (t) => {
    const schema = `cluster ${++schemas}`
    const [one, two, three] = [clusterIn(t, schema), clusterIn(t, schema), clusterIn(t, schema)]
    for (const [i, cluster] of [one, two, three].entries()) {
      await cluster.announceFront(`f${i}`, `wss://f${i}.example.com`)
      const followed = await cluster.follow(() => {})
      cleanUp(t, () => followed.end())
    }
    const named = (): string => one.fronts.map(({ publicUrl }) => publicUrl).join(' ')
    await until('the first names the others', () => named() === 'wss://f1.example.com wss://f2.example.com')
    await two.announceFront('f1', null)
    await until('one that drains is not named', () => named() === 'wss://f2.example.com')
    await three.close()
    await until('one that is gone is not named', () => named() === '')
  })

  test('[G8] backs say how many channels they have open', async (t) => {
    const schema = `cluster ${++schemas}`
    const cluster = clusterIn(t, schema)
    const journal = await joined(cluster, 'b1')
    const followed = await cluster.follow(() => {})
    cleanUp(t, () => followed.end())
    await cluster.reportLoad('b1', 7)
    await until('it is read', () => cluster.members[0]?.channelCount === 7)
    await journal.close()
  })

  test('[G1] another cluster with another key does not come in', async (t) => {
    const schema = `cluster ${++schemas}`
    const journal = await joined(clusterIn(t, schema), 'b1')
    await assert.rejects(
      clusterIn(t, schema).store.join(memberOf('b2', { keyIds: ['another'] })),
      /belongs to a cluster with a different key/,
    )
    await journal.close()
  })
}
