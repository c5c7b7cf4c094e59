/** Nobody's words wait long behind those of others: at the socket, in the batch, on the way to a back. Counted, not timed. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ClientSockets } from '../../src/gateway/client-sockets.js'
import type { Stream, Transport } from '../../src/link/transport.js'
import type { ClientFrame } from '../../src/protocol/client-frames.js'
import { ENTRY } from '../../src/protocol/frame-types.js'
import { makeNamed } from '../../src/protocol/link-frames.js'
import type { ToBackFrame } from '../../src/protocol/master-frames.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { frontStage } from '../support/front-stage.js'
import { guardedGateway } from '../support/guarded-gateway.js'
import { ScriptedCarrier } from '../support/scripted-carrier.js'
import type { ScriptedBack } from '../support/scripted-back.js'

function link(number: number): ClientFrame {
  const request = { channelId: 'room/1', linkNumber: number, processor: false, past: null, options: null }
  return { type: 'link', link: number, request }
}

/** Messages with these numbers and payloads of so many bytes. */
function says(from: number, count: number, bytes = 1): ClientFrame[] {
  const body = makeNamed('say', encodeValue('x'.repeat(bytes)))
  return Array.from({ length: count }, (_, i) => {
    return { type: 'entry', link: 1, entry: { clientSeq: from + i, kind: ENTRY.message, context: null, body } }
  })
}

/** Two clients of one back, each with a link. */
async function many(t: TestContext, limits: Parameters<typeof guardedGateway>[1]['limits'] = {}) {
  const stage = await guardedGateway(t, { limits })
  const [busy, few] = [await stage.welcome(), await stage.welcome()]
  for (const each of [busy, few]) each.say(link(1))
  await stage.clock.run(50)
  const [ofBusy, ofFew] = stage.back.all('masterLink').map(({ ref }) => ref)
  stage.back.forget()
  return { ...stage, busy, few, ofBusy, ofFew }
}

/** How many entries of others came before the first of this ref. */
function before(frames: readonly ToBackFrame[], ref: number | undefined): number {
  const entries = frames.filter(({ type }) => type === 'masterEntry')
  return entries.findIndex((frame) => 'ref' in frame && frame.ref === ref)
}

const entriesOf = (back: ScriptedBack, ref: number | undefined): number[] =>
  back.all('masterEntry').flatMap((frame) => (frame.ref === ref ? [frame.entry.clientSeq] : []))

test('G6 of many frames of one client at once 128 go ahead of what another one says, and none is lost', async (t) => {
  const { busy, few, ofBusy, ofFew, back, clock } = await many(t)
  busy.say(...says(1, 1_000))
  few.say(...says(1, 1))
  await clock.run(100)
  assert.equal(before(back.heard, ofFew), 128)
  assert.deepEqual(
    entriesOf(back, ofBusy),
    Array.from({ length: 1_000 }, (_, i) => i + 1),
  )
  assert.equal(busy.paused, false)
})

test('G6 of heavy frames of one client as many go ahead as weigh 64 KiB, and the one that is above', async (t) => {
  const { busy, few, ofBusy, ofFew, back, clock } = await many(t)
  busy.say(...says(1, 10, 40_000))
  few.say(...says(1, 1))
  await clock.run(200)
  assert.equal(before(back.heard, ofFew), 2)
  assert.equal(entriesOf(back, ofBusy).length, 10)
})

test('G6 what a client sent before its socket ended goes on in its turn as well, and counts', async (t) => {
  const { busy, few, ofBusy, ofFew, back, clock, sockets } = await many(t)
  busy.say(...says(1, 500))
  busy.terminate()
  assert.equal(sockets.inspect().sockets.total, 2, 'it is not over')
  few.say(...says(1, 1))
  await clock.run(100)
  assert.equal(before(back.heard, ofFew), 128)
  assert.equal(entriesOf(back, ofBusy).length, 500)
  assert.equal(back.all('detach').length, 1)
  assert.equal(sockets.inspect().sockets.total, 1)
})

test('G6 a client that is wrong behind what was postponed ends as any other, its socket lost or not', async (t) => {
  const { busy, few, back, clock, sockets, ofBusy } = await many(t)
  for (const each of [busy, few]) each.say(...says(1, 300), ...says(300, 1))
  busy.terminate()
  await clock.run(100)
  assert.equal(entriesOf(back, ofBusy).length, 300)
  assert.ok(few.closedWith !== null)
  few.terminate()
  assert.deepEqual(sockets.inspect().sockets, { total: 0, handshaking: 0, authenticating: 0, open: 0, closing: 0 })
  await clock.run(5_000)
  assert.equal(sockets.inspect().sessions, 0)
})

test('G6 each client has its share of a batch: 128 KiB, a frame counting 128 bytes more', async (t) => {
  const { busy, few, ofBusy, ofFew, back, clock } = await many(t)
  busy.say(...says(1, 4_000))
  await clock.run(19)
  assert.equal(busy.paused, true)
  few.say(...says(1, 1))
  await clock.run(5)
  const [first = []] = back.batches
  const share = first.filter((frame) => frame.type === 'masterEntry' && frame.ref === ofBusy).length
  assert.ok(share > 800 && share < 1_100, `${share} messages`)
  assert.equal(before(first, ofFew), share, 'another one is in the same batch')
  await clock.run(200)
  assert.equal(entriesOf(back, ofBusy).length, 4_000)
  assert.equal(busy.paused, false)
})

test('G6 a megabyte is on its way to a back that reads no further, then clients are read no further', async (t) => {
  let isHeld = false
  const held: (() => void)[] = []
  const dialBy = (inner: Transport): Transport => ({
    listen: (address, accept) => inner.listen(address, accept),
    dial: (address, accept, signal) =>
      inner.dial(
        address,
        (stream: Stream) => {
          const { peer } = stream
          const write = (bytes: Uint8Array): void => stream.write(bytes)
          const events = accept({ peer, buffered: 0, write, end: () => stream.end(), destroy: () => stream.destroy() })
          const later = (act: () => void): void => void (isHeld ? held.push(act) : act())
          return {
            onBytes: (bytes) => later(() => events.onBytes(bytes)),
            onFrames: (frames) => later(() => events.onFrames?.(frames)),
            onDrained: () => events.onDrained(),
            onEnd: (error) => events.onEnd(error),
          }
        },
        signal,
      ),
  })
  const { clock, front, back } = await frontStage(t, {}, { dialBy })
  const sockets = new ClientSockets(front, { bytesPerSecondMax: 1 << 30 })
  const clients = Array.from({ length: 8 }, () => new ScriptedCarrier(sockets))
  t.after(async () => {
    const closed = sockets.close()
    for (const each of clients) each.terminate()
    await closed
  })
  for (const each of clients) each.hello()
  await clock.run(10)
  for (const each of clients) each.say(link(1))
  await clock.run(50)
  // The back answers nothing from here on.
  isHeld = true
  const next = clients.map(() => 1)
  const pour = (): void => {
    for (const [i, each] of clients.entries()) {
      if (each.paused) continue
      each.say(...says(next[i] as number, 1, 60_000))
      next[i] = (next[i] as number) + 1
    }
  }
  for (let round = 0; round < 40; round++) {
    pour()
    await clock.run(20)
  }
  const passed = back.all('masterEntry').length
  assert.ok(passed >= 17 && passed <= 17 + clients.length, `${passed} messages of 60,000 bytes`)
  assert.ok(clients.every(({ paused }) => paused))
  isHeld = false
  for (const act of held.splice(0)) act()
  await clock.run(20)
  assert.ok(
    clients.every(({ paused }) => !paused),
    'the back has read it',
  )
  pour()
  await clock.run(50)
  assert.equal(back.all('masterEntry').length, passed + clients.length)
})

test('G6 who is refused twice as often as may be is read as slowly as is refused; each number has its outcome', async (t) => {
  const limits = { messagesPerSecondMax: 10, messagesBurstMax: 10 }
  const { busy, ofBusy, back, clock } = await many(t, limits)
  busy.say(...says(1, 60))
  await clock.run(50)
  const kinds = (): number[] =>
    back.all('masterEntry').flatMap((frame) => (frame.ref === ofBusy ? [frame.entry.kind] : []))
  const refused = (): number => kinds().filter((kind) => kind === ENTRY.cancelled).length
  assert.ok(refused() >= 10 && refused() <= 12, `${refused()} at once`)
  assert.equal(busy.paused, true)
  assert.equal(busy.closedWith, null)
  await clock.run(20_000)
  assert.equal(kinds().length, 60)
  assert.equal(busy.paused, false)
})

test('G6 a user has a rate of broadcasts of its own, four times that of a client, however many sessions there are', async (t) => {
  const { welcome, sockets, clock, back } = await guardedGateway(t, { limits: { broadcastsPerSecondMax: 1 } })
  const shout: ClientFrame = { type: 'broadcast', body: makeNamed('shout', encodeValue('x')) }
  // Without authenticate the address stands for the user.
  for (let i = 0; i < 6; i++) (await welcome()).say(shout, shout)
  await clock.run(50)
  assert.equal(back.all('masterBroadcast').length, 8)
  assert.equal(sockets.inspect().done.rateLimited, 4)
})
