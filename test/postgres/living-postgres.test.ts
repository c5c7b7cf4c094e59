/** Real masters on PostgreSQL, in one process: they find each other, and channels move between them. */
import assert from 'node:assert/strict'
import { after, before, test, type TestContext } from 'node:test'
import { connect } from '../../src/client/node.js'
import { clusterCommand } from '../../src/cli/cluster-command.js'
import type { Terminal } from '../../src/cli/terminal.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { postgresCluster, type PostgresCluster } from '../../src/postgres/postgres-cluster.js'
import { startApp } from '../../src/run/start-app.js'
import { startBack } from '../../src/run/start-back.js'
import { startFront } from '../../src/run/start-front.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { cleanUp } from '../support/clean-up.js'
import { postgresMissing, type PostgresServer, startPostgres } from '../support/postgres-server.js'
import { until } from '../support/until.js'

const KEY = 'a key for tests that has its thirty-two bytes'
const runtime = nodeRuntime({ log: silentLog })
let server: PostgresServer
let schemas = 0

const counter = (durability: 'log' | 'none') =>
  defineChannel({
    state: () => ({ sum: 0, opened: 0 }),
    requests: { add: { input: unchecked<number>() } },
    durability,
    tickMs: 5,
  }).implement({
    onOpen(ctx) {
      ctx.state.opened++
    },
    onRequest: {
      add(ctx, _client, amount) {
        ctx.state.sum += amount
        return ctx.state.sum
      },
    },
  })

const app = defineApp({ channels: { 'kept/:id': counter('log'), 'room/:id': counter('none') } })

if (postgresMissing) {
  test('masters run on PostgreSQL', { skip: postgresMissing }, () => {})
} else {
  before(async () => {
    server = await startPostgres()
  })
  after(() => server.stop())
  onPostgres()
}

function clusterIn(t: TestContext, schema: string): PostgresCluster {
  const made = postgresCluster({ url: server.url, key: KEY, schema, pollMs: 100, runtime })
  cleanUp(t, () => made.close())
  return made
}

function onPostgres(): void {
  test('[G1] [G8] backs and fronts that start in any order find each other in PostgreSQL, and a moved channel goes on', async (t) => {
    const schema = `living ${++schemas}`
    const front = await startFront(app, { cluster: clusterIn(t, schema), port: 0, runtime })
    cleanUp(t, () => front.close())
    assert.equal(front.ready, false)
    const backs = await Promise.all(
      [1, 2].map(async (i) => {
        const back = await startBack(app, { id: `back-${i}`, cluster: clusterIn(t, schema), runtime })
        cleanUp(t, () => back.close())
        return back
      }),
    )
    const connection = connect<typeof app>(front.url)
    cleanUp(t, () => connection.close())
    const operator = clusterIn(t, schema)
    for (const id of ['kept/1', 'room/1'] as const) {
      const link = await connection.link(id)
      const resets: string[] = []
      link.onReset((reason) => resets.push(reason))
      assert.equal(await link.request('add', 5), 5)
      const [channel] = await operator.channels({ pattern: id })
      const [from, to] = channel?.owner === 'back-1' ? backs : backs.toReversed()
      assert.equal(channel?.owner, from?.id)
      await operator.move(id, to?.id ?? '')
      assert.equal(await link.request('add', 1), 6)
      assert.equal((await operator.channels({ pattern: id }))[0]?.owner, to?.id)
      assert.deepEqual([link.state.opened, resets], [1, []])
    }
    await backs[0]?.drain()
    await backs[0]?.close()
    for (const id of ['kept/1', 'room/1'] as const) {
      assert.equal(await (await connection.link(id)).request('add', 1), 7)
    }
    assert.deepEqual(
      (await operator.backs()).map(({ id, channelCount }) => [id, channelCount]),
      [['back-2', 2]],
    )
    assert.equal(front.ready, true)
  })

  test('[G8] centrum cluster moves a channel and drains a back, and says what is missing', async (t) => {
    const schema = `living ${++schemas}`
    const said: string[] = []
    const centrum = (...args: string[]): Promise<number> =>
      clusterCommand.run([...args, '--json', '--cluster', server.url, '--schema', schema], {
        terminal: { say: (line: string) => said.push(line) } as unknown as Terminal,
        environment: {},
      })
    const backs = await Promise.all(
      ['back-1', 'back-2'].map(async (id) => {
        const back = await startBack(app, { id, cluster: clusterIn(t, schema), runtime })
        cleanUp(t, () => back.close())
        return back
      }),
    )
    await backs[0]?.open('kept/1')
    assert.equal(await centrum('move', 'kept/1', 'back-2'), 0)
    assert.deepEqual(
      backs.map((back) => back.inspect().channels),
      [0, 0],
      'it opens there when it is asked for',
    )
    await backs[1]?.open('kept/1')
    await assert.rejects(backs[0]?.open('kept/1') ?? Promise.resolve(), /another back owns/)
    assert.equal(await centrum('drain', 'back-2'), 0)
    await backs[0]?.open('kept/1')
    assert.equal(await centrum('uncordon', 'back-2'), 0)
    assert.deepEqual(said, ['{"moved":"kept/1","to":"back-2"}', '{"drained":"back-2"}', '{"uncordoned":"back-2"}'])
    await assert.rejects(centrum('move', 'kept/1', 'back-9'), /There is no back 'back-9'/)
    await assert.rejects(centrum('move', 'kept/1'), /The back is missing: centrum cluster move kept\/1 <back>\./)
    await assert.rejects(centrum('drain'), /The back is missing: centrum cluster drain <back>\./)
  })

  test('[G8] equal processes with one URL are a cluster: startApp with it', async (t) => {
    const schema = `living ${++schemas}`
    const apps = await Promise.all(
      [1, 2, 3].map(async () => {
        const started = await startApp(app, { cluster: clusterIn(t, schema), port: 0, runtime })
        cleanUp(t, () => started.close())
        return started
      }),
    )
    await until('each front has found all backs', () => apps.every(({ front }) => front.inspect().backs.length === 3))
    const links = await Promise.all(
      apps.flatMap(({ url }) => {
        const connection = connect<typeof app>(url)
        cleanUp(t, () => connection.close())
        return Array.from({ length: 6 }, (_, i) => connection.link(`kept/${i}`))
      }),
    )
    await Promise.all(links.map((link) => link.request('add', 1)))
    await until('each client sees what all have added', () => links.every(({ state }) => state.sum === 3))
    assert.ok(apps.filter(({ back }) => back.inspect().channels > 0).length > 1, 'several have channels')
  })
}
