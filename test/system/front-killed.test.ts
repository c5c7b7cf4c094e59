import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from '../../src/client/node.js'
import { cleanUp } from '../support/clean-up.js'
import { processCluster } from '../support/processes.js'
import type app from '../support/system-app.js'
import { until } from '../support/until.js'

const CLIENTS = 200

test('G3 G5 G6 a front with its share of 200 busy clients is killed: none misses or doubles a message, either way, and patches serve them', async (t) => {
  const cluster = processCluster(t, ['back-1'])
  const back = await cluster.start('back', 'back-1', { heartbeatMs: 200 })
  const fronts = await Promise.all(
    ['front-1', 'front-2', 'front-3'].map((id) => cluster.start('front', id, { heartbeatMs: 200 })),
  )
  const urls = fronts.map(({ url }) => url)
  const clients = await Promise.all(
    Array.from({ length: CLIENTS }, async (_, i) => {
      const connection = connect<typeof app>(urls, { token: () => Promise.resolve(`c${i}`) })
      const link = await connection.link('pulse/1')
      const beats: number[] = []
      const told: string[] = []
      link.on('beat', (beat) => beats.push(beat))
      link.onReset((reason) => told.push(`reset ${reason}`))
      link.onMissed(({ from, to }) => told.push(`missed ${from}-${to}`))
      link.onRefused((n, error) => told.push(`refused ${n} ${error.code}`))
      return { connection, link, beats, told, sent: 0 }
    }),
  )
  const talk = { on: true }
  const talkOn = async (): Promise<void> => {
    while (talk.on) {
      for (const client of clients) client.link.send('count', ++client.sent)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const talked = talkOn()
  const [first] = clients
  assert.ok(first)
  cleanUp(t, async () => {
    talk.on = false
    await talked
    await Promise.all(clients.map(({ connection }) => connection.close()))
  })
  await until('all have been heard', () => Object.values(first.link.state.taken).every((n) => n > 5))
  const keyframes = clients.map(({ connection }) => connection.inspect().keyframes)
  const carried = (await fronts[0]?.inspectFront())?.gateway.sessions ?? 0
  assert.ok(carried > 20, `the front that is killed carries ${carried}`)
  fronts[0]?.kill()
  await until('some have noticed', () => clients.some(({ connection }) => connection.status !== 'connected'))
  await until('all are back', () => clients.every(({ link }) => link.status === 'live'))
  talk.on = false
  await talked
  await until('all that was said is taken', () =>
    clients.every(({ connection, sent }) => first.link.state.taken[connection.clientId] === sent),
  )
  assert.deepEqual(first.link.state.wrong, [])
  assert.equal(first.link.state.left, 0, 'nobody was unlinked')
  for (const { beats, told } of clients) {
    assert.deepEqual(told, [])
    const start = beats[0] as number
    assert.deepEqual(
      beats,
      beats.map((_, i) => start + i),
      'each beat once, in order',
    )
  }
  assert.deepEqual(
    clients.map(({ connection }) => connection.inspect().keyframes),
    keyframes,
    'nobody needed a keyframe',
  )
  const { dropped, sessions } = await back.inspectBack()
  assert.deepEqual({ dropped, sessions }, { dropped: 0, sessions: CLIENTS })
})
