import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { defineApp, defineChannel } from '../../src/index.js'
import { closeCodeOf } from '../../src/protocol/reasons.js'
import { createTestCluster } from '../../src/testing/index.js'
import { cleanUp } from '../support/clean-up.js'
import { RawClient } from '../support/raw-client.js'
import { apart } from '../support/thread-stage.js'

/** A back and two fronts, and a client that dials one of them and links. */
async function setUp(t: TestContext) {
  const masters = apart(t)
  const back = await masters.back()
  const fronts = [await masters.front('front-1'), await masters.front('front-2')] as const
  return {
    back,
    async dial(front: 0 | 1, resume: string, connectionAttempt: number) {
      const client = new RawClient(fronts[front].url)
      cleanUp(t, () => client.leave())
      const { resume: next, sessionId } = await client.welcome({ token: 'ada', resume, connectionAttempt })
      client.link(1, 'journal/1')
      return { client, next, sessionId }
    },
  }
}

test('H5 L4 G7 a resume token is good until the one behind it was used, and not afterwards, whatever attach comes with it', async (t) => {
  const { back, dial } = await setUp(t)
  const first = await dial(0, '', 1)
  const { linked } = await first.client.next('linked')
  first.client.leave()

  // Its WELCOME never came: the client comes again with the token that it has, to another front too.
  const lost = await dial(1, first.next, 2)
  lost.client.leave()
  const second = await dial(0, first.next, 3)
  assert.equal((await second.client.next('linked')).linked.serial, linked.serial, 'the same link goes on')

  // Nobody has used the newer token yet: the old one is good, for whoever holds it.
  const other = await dial(1, first.next, 1_000_000)
  assert.equal((await other.client.next('linked')).linked.serial, linked.serial)
  assert.equal((await second.client.next('detached')).reason, 'replaced')

  // The newer one wins, though its attach is lower; from then on the old one is worth nothing.
  const third = await dial(0, second.next, 4)
  assert.equal((await third.client.next('linked')).linked.serial, linked.serial)
  assert.equal((await other.client.next('detached')).reason, 'replaced')
  const thief = await dial(1, first.next, 2 ** 50)
  const { reason, relink } = await thief.client.next('detached')
  assert.deepEqual({ reason, relink }, { reason: 'replaced', relink: false })
  const onTheSameFront = new RawClient(third.client.webSocket.url)
  cleanUp(t, () => onTheSameFront.leave())
  await onTheSameFront.open()
  onTheSameFront.hello({ resume: first.next, connectionAttempt: 2 ** 50 })
  assert.equal((await onTheSameFront.closed).code, closeCodeOf('replaced'))

  assert.equal(third.client.all('detached').length, 0, 'who came with the newest token is not bothered')
  const { lines } = back.master.channel('journal/1').state as { readonly lines: readonly string[] }
  assert.deepEqual(
    lines.filter((line) => line.startsWith('link') || line.startsWith('unlink')),
    ['link ada'],
    'one session all along',
  )
})

test('H6 G3 a client whose socket outlived three tokens goes on with its session when the socket is lost', async (t) => {
  const seen: string[] = []
  const note = (what: string) => (_ctx: unknown, client: { readonly userId: string }) =>
    void seen.push(`${what} ${client.userId}`)
  const quiet = defineChannel({ state: () => ({}) }).implement({
    onLink: note('link'),
    onUnlink: note('unlink'),
    onDrop: note('drop'),
    onResume: note('resume'),
  })
  const tokenMs = 3_600_000
  const cluster = await createTestCluster(defineApp({ channels: { quiet } }), {
    fronts: 2,
    frontLimits: { tokenMs },
    gatewayLimits: { heartbeatMs: 60_000 },
  })
  cleanUp(t, () => cluster.close())
  const ada = await cluster.connect({ userId: 'ada' })
  const link = await ada.link('quiet')
  const { clientId } = ada
  await cluster.advance(3 * tokenMs)
  assert.equal(ada.inspect().connects, 1, 'one socket all along')
  const home = ['front-1', 'front-2'].find((id) => cluster.sockets(id).sessions > 0)
  assert.ok(home !== undefined)
  cluster.kill(home)
  await cluster.advance(20_000)
  assert.equal(link.status, 'live')
  assert.equal(ada.clientId, clientId)
  assert.equal(ada.inspect().connects, 2)
  assert.deepEqual(seen, ['link ada', 'drop ada', 'resume ada'])
})
