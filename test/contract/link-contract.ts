/**
 * What every link between masters does, whatever carries its bytes: ordered or broken, never lossy. Call it with a place for
 * masters to meet; it declares the tests.
 */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { linkLimits } from '../../src/link/link-limits.js'
import { helloOf, type MasterIdentity } from '../../src/link/master-identity.js'
import { type ControlPacket, encodeHello, encodePing, PACKET } from '../../src/protocol/master-packets.js'
import { PacketDecoder } from '../../src/protocol/packet-decoder.js'
import { DecodeError } from '../../src/value/decode-error.js'
import { ManualClock } from '../support/manual-clock.js'
import {
  Cleanup,
  type End,
  identityOf,
  keepAt,
  linkedPair,
  listenAt,
  numberedFrame,
  type Place,
  RawStream,
  settle,
  SwallowingTransport,
  testRuntime,
  until,
} from './link-ends.js'

/** Makes a fresh place for masters to meet, and says how to clear it away. */
export type MakePlace = (cleanup: Cleanup) => Place

export function linkContract(name: string, makePlace: MakePlace): void {
  const check = (title: string, run: (place: Place, cleanup: Cleanup, context: TestContext) => Promise<void>): void => {
    test(`${name}: ${title}`, { timeout: 60_000 }, async (context) => {
      const cleanup = new Cleanup()
      try {
        await run(makePlace(cleanup), cleanup, context)
      } finally {
        await cleanup.run()
      }
    })
  }

  check('frames of all sizes arrive once, whole and in order, both ways at once', async (place, cleanup) => {
    const { backEnd, frontEnd } = await linkedPair(place, cleanup)
    const sizes = [5, 6, 100, 127, 128, 1_000, 16_383, 16_384, 65_535, 65_536, 300_000, 3_000_000]
    const sent = [...sizes, ...sizes.toReversed(), ...Array.from({ length: 500 }, (_, i) => 5 + i)]
    for (const [number, bytes] of sent.entries()) {
      frontEnd.link.send(numberedFrame(number, bytes))
      backEnd.link.send(numberedFrame(number + 7, bytes))
      if (number % 3 === 0) frontEnd.link.flush()
      if (number % 5 === 0) backEnd.link.flush()
    }
    frontEnd.link.flush()
    backEnd.link.flush()
    await until(() => backEnd.frames.length === sent.length, 'the back has all frames')
    await until(() => frontEnd.frames.length === sent.length, 'the front has all frames')
    for (const [number, bytes] of sent.entries()) {
      assert.deepEqual(plain(backEnd.frames[number]), numberedFrame(number, bytes))
      assert.deepEqual(plain(frontEnd.frames[number]), numberedFrame(number + 7, bytes))
    }
    assert.equal(frontEnd.link.inspect().framesSent, sent.length)
    assert.equal(backEnd.link.inspect().framesReceived, sent.length)
    assert.equal(backEnd.link.inspect().batchesReceived, frontEnd.link.inspect().batchesSent)
  })

  check('S3 a thousand frames before one flush cross in one batch', async (place, cleanup) => {
    const { backEnd, frontEnd } = await linkedPair(place, cleanup)
    for (let i = 0; i < 1_000; i++) frontEnd.link.send(numberedFrame(i, 200))
    assert.equal(backEnd.frames.length, 0)
    frontEnd.link.flush()
    await until(() => backEnd.frames.length === 1_000, 'all frames arrived')
    assert.equal(backEnd.link.inspect().batchesReceived, 1)
    frontEnd.link.flush()
    assert.equal(frontEnd.link.inspect().batchesSent, 1, 'an empty batch is not sent')
  })

  check('a batch above batchBytesMax is split between frames', async (place, cleanup) => {
    const { backEnd, frontEnd } = await linkedPair(place, cleanup, {}, { limits: { batchBytesMax: 10_000 } })
    for (let i = 0; i < 100; i++) frontEnd.link.send(numberedFrame(i, 1_000))
    frontEnd.link.send(numberedFrame(100, 50_000))
    frontEnd.link.flush()
    await until(() => backEnd.frames.length === 101, 'all frames arrived')
    assert.deepEqual(
      backEnd.frames.map(numberOf),
      Array.from({ length: 101 }, (_, i) => i),
    )
    const { batchesReceived } = backEnd.link.inspect()
    assert.ok(batchesReceived >= 12 && batchesReceived <= 14, `${batchesReceived} batches`)
  })

  check('a caller may use its buffer again after send', async (place, cleanup) => {
    const { backEnd, frontEnd } = await linkedPair(place, cleanup)
    const frame = numberedFrame(1, 100_000)
    frontEnd.link.send(frame)
    frame.fill(0)
    frontEnd.link.flush()
    await until(() => backEnd.frames.length === 1, 'the frame arrived')
    assert.deepEqual(plain(backEnd.frames[0]), numberedFrame(1, 100_000))
  })

  check('a frame that the other side would not take is refused where it is sent', async (place, cleanup) => {
    const packetBytesMax = 100_000
    const { backEnd, frontEnd } = await linkedPair(place, cleanup, { limits: { packetBytesMax } })
    assert.throws(() => frontEnd.link.send(numberedFrame(1, packetBytesMax)), { code: 'too-large' })
    frontEnd.link.send(numberedFrame(2, packetBytesMax - 100))
    frontEnd.link.flush()
    await until(() => backEnd.frames.length === 1, 'the frame that fits arrived')
    assert.equal(frontEnd.link.open, true)
  })

  check('many frames to a side that takes small packets only are split for it', async (place, cleanup) => {
    const packetBytesMax = 65_536
    const { backEnd, frontEnd } = await linkedPair(place, cleanup, { limits: { packetBytesMax } })
    for (let i = 0; i < 50; i++) frontEnd.link.send(numberedFrame(i, 10_000))
    frontEnd.link.flush()
    await until(() => backEnd.frames.length === 50, 'all frames arrived')
    assert.equal(backEnd.link.open, true)
  })

  check('G5 a close tells both sides its reason, once, behind all that was sent before', async (place, cleanup) => {
    const { back, backEnd, frontEnd } = await linkedPair(place, cleanup)
    for (let i = 0; i < 100; i++) backEnd.link.send(numberedFrame(i, 10_000))
    backEnd.link.close('draining', 'the back goes away')
    assert.deepEqual(backEnd.closed, [{ reason: 'draining', message: 'the back goes away' }])
    backEnd.link.send(numberedFrame(0, 10))
    backEnd.link.flush()
    backEnd.link.close('kicked', 'again')
    await until(() => frontEnd.closed.length > 0, 'the front was told')
    await back.listener.close()
    await settle()
    assert.equal(frontEnd.frames.length, 100)
    assert.deepEqual(frontEnd.closed, [{ reason: 'draining', message: 'the back goes away' }])
    assert.deepEqual(backEnd.reasons, ['draining'])
    await assert.rejects(frontEnd.link.ping(), { code: 'connection-lost' })
  })

  check('a side that closes within onFrame is given no further frame', async (place, cleanup) => {
    const { backEnd, frontEnd } = await linkedPair(place, cleanup)
    backEnd.react = () => backEnd.link.close('closing', 'enough')
    for (let i = 0; i < 10; i++) frontEnd.link.send(numberedFrame(i, 10))
    frontEnd.link.flush()
    await until(() => frontEnd.closed.length > 0, 'the front was told')
    assert.equal(backEnd.frames.length, 1)
    assert.deepEqual(frontEnd.reasons, ['closing'])
  })

  check('a frame that its reader cannot decode closes the link with protocol-error', async (place, cleanup) => {
    const { back, backEnd, frontEnd } = await linkedPair(place, cleanup)
    backEnd.react = () => {
      throw new DecodeError('no such frame')
    }
    frontEnd.link.send(numberedFrame(0, 10))
    frontEnd.link.flush()
    await until(() => frontEnd.closed.length > 0, 'the front was told')
    assert.deepEqual(frontEnd.closed, [{ reason: 'protocol-error', message: 'no such frame' }])
    assert.deepEqual(backEnd.reasons, ['protocol-error'])
    assert.deepEqual(warnings(back.runtime), ['link.protocol-error'])
  })

  check('a holder that throws loses its link only, and it is made anew', async (place, cleanup) => {
    const { back, front, backEnd, frontEnd } = await linkedPair(place, cleanup)
    backEnd.react = () => {
      throw new TypeError('a mistake')
    }
    frontEnd.link.send(numberedFrame(0, 10))
    frontEnd.link.flush()
    await until(() => frontEnd.closed.length > 0, 'the front was told')
    assert.deepEqual([backEnd.reasons, frontEnd.reasons], [['faulted'], ['faulted']])
    assert.deepEqual(warnings(back.runtime), ['link.faulted'])
    await until(() => front.ends.length === 2 && back.ends.length === 2, 'the link was made anew')
  })

  check('a holder that throws when it is given a link is given another one', async (place, cleanup) => {
    const back = await listenAt(place, cleanup)
    let mistakes = 0
    const front = keepAt({ transport: place.transport, address: back.listener.address }, cleanup, {
      onUp() {
        if (mistakes++ === 0) throw new TypeError('a mistake')
      },
    })
    await until(() => front.ends.length === 1 && back.ends.length === 2, 'the second link stands')
    assert.deepEqual(front.downs, ['faulted'])
    assert.deepEqual(back.ends[0]?.reasons, ['faulted'])
    assert.deepEqual(warnings(front.runtime), ['link.faulted'])
  })

  check('G6 a listener links to so many masters only, and still to one that is here', async (place, cleanup) => {
    const { back, front, reached } = await linkedPair(place, cleanup, { limits: { peersMax: 1 } })
    const second = keepAt(reached, cleanup, { identity: { id: 'front-2' } })
    await until(() => second.refusals.length > 0, 'the second was refused')
    assert.deepEqual(second.refusals[0]?.reason, 'too-many')
    second.kept.stop()
    await greet(reached, cleanup, front.identity, 9)
    await until(() => back.ends.length === 2, 'the first was replaced')
  })

  check('a stream that is ended still delivers what both sides wrote, then ends once', async (place, cleanup) => {
    const accepted = new RawStream()
    const listener = await place.transport.listen(place.address, accepted.accept)
    cleanup.add(() => listener.close())
    const dialled = await RawStream.dial({ transport: place.transport, address: listener.address }, cleanup)
    await until(() => accepted.stream !== null, 'the stream was accepted')
    dialled.write(numberedFrame(1, 2_000_000))
    accepted.write(numberedFrame(2, 2_000_000))
    dialled.stream?.end()
    dialled.write(numberedFrame(3, 100))
    await until(() => accepted.ended > 0 && dialled.ended > 0, 'both ends were told')
    assert.deepEqual(accepted.bytes, numberedFrame(1, 2_000_000))
    assert.deepEqual(dialled.bytes, numberedFrame(2, 2_000_000))
    await settle()
    assert.deepEqual([accepted.ended, dialled.ended], [1, 1])
    assert.deepEqual([accepted.error, dialled.error], [null, null])
  })

  check('a stream that is destroyed ends once on both sides, and without its listener', async (place, cleanup) => {
    const accepted = new RawStream()
    const listener = await place.transport.listen(place.address, accepted.accept)
    const dialled = await RawStream.dial({ transport: place.transport, address: listener.address }, cleanup)
    await until(() => accepted.stream !== null, 'the stream was accepted')
    await listener.close()
    accepted.write(numberedFrame(1, 100))
    await until(() => dialled.chunks.length > 0, 'the stream outlives its listener')
    accepted.stream?.destroy()
    await until(() => accepted.ended > 0 && dialled.ended > 0, 'both ends were told')
    await settle()
    assert.deepEqual([accepted.ended, dialled.ended], [1, 1])
  })

  check('G6 what is not taken is counted, and told when it has gone', async (place, cleanup) => {
    const { backEnd, frontEnd } = await linkedPair(place, cleanup)
    for (let i = 0; i < 100; i++) frontEnd.link.send(numberedFrame(i, 200_000))
    frontEnd.link.flush()
    assert.ok(frontEnd.link.inspect().bytesQueued > 0, 'nothing waits')
    await until(() => backEnd.frames.length === 100, 'all frames arrived')
    await until(() => frontEnd.drained > 0, 'the front was told')
    assert.equal(frontEnd.link.inspect().bytesQueued, 0)
  })

  check('G6 above linkQueuedBytesMax the link breaks with overflow, and is made anew', async (place, cleanup) => {
    const limits = { linkQueuedBytesMax: 100_000, batchBytesMax: 50_000 }
    const { back, front, backEnd, frontEnd } = await linkedPair(place, cleanup, {}, { limits })
    for (let i = 0; i < 1_000; i++) {
      frontEnd.link.send(numberedFrame(i, 40_000))
      assert.equal(frontEnd.closed.length, 0, 'onClosed came from within send')
    }
    assert.equal(frontEnd.link.open, false)
    await until(() => backEnd.closed.length > 0 && frontEnd.closed.length > 0, 'both sides were told')
    assert.deepEqual(frontEnd.reasons, ['overflow'])
    assert.match(frontEnd.closed[0]?.message ?? '', /linkQueuedBytesMax is 100000/)
    assert.deepEqual(backEnd.reasons, ['connection-lost'])
    assert.deepEqual(
      backEnd.frames.map(numberOf),
      backEnd.frames.map((_, i) => i),
      'what arrived is the beginning',
    )
    await until(() => front.ends.length === 2 && back.ends.length === 2, 'the link was made anew')
    assert.deepEqual(front.downs, ['overflow'])
  })

  check('one batch that is heavier than linkQueuedBytesMax passes', async (place, cleanup) => {
    const limits = { linkQueuedBytesMax: 100_000 }
    const { backEnd, frontEnd } = await linkedPair(place, cleanup, {}, { limits })
    frontEnd.link.send(numberedFrame(1, 20_000_000))
    frontEnd.link.flush()
    await until(() => backEnd.frames.length === 1, 'the frame arrived')
    assert.equal(frontEnd.link.open, true)
  })

  check('silence of three heartbeats breaks the link on both sides', async (place, cleanup) => {
    const clock = new ManualClock()
    const runtime = testRuntime(clock)
    const transport = new SwallowingTransport(place.transport, cleanup)
    const { back, front, backEnd, frontEnd } = await standing(clock, { ...place, transport }, cleanup, runtime)
    await clock.run(10_000)
    await settle()
    assert.deepEqual([backEnd.reasons, frontEnd.reasons], [[], []], 'a quiet link stays')
    transport.swallowing = true
    await clock.run(5_000)
    assert.deepEqual([backEnd.reasons, frontEnd.reasons], [[], []], 'less is not enough')
    await clock.run(3_000)
    assert.deepEqual([backEnd.reasons, frontEnd.reasons], [['heartbeat-lost'], ['heartbeat-lost']])
    transport.swallowing = false
    await clock.run(5_000)
    await until(() => {
      clock.advance(1_000)
      return front.ends.length === 2 && back.ends.length === 2
    }, 'the link was made anew')
  })

  check('a ping is answered, or its limit ends it', async (place, cleanup) => {
    const clock = new ManualClock()
    const transport = new SwallowingTransport(place.transport, cleanup)
    const { frontEnd } = await standing(clock, { ...place, transport }, cleanup, testRuntime(clock))
    await frontEnd.link.ping()
    assert.equal(frontEnd.link.inspect().rttMs, 0)
    transport.swallowing = true
    const asked = assert.rejects(frontEnd.link.ping(500), { code: 'timeout', retryable: true })
    await clock.run(500)
    await asked
    assert.equal(frontEnd.link.open, true)
  })

  check('a master that restarts is a new incarnation and is taken back', async (place, cleanup) => {
    const { back, front, frontEnd, reached } = await linkedPair(place, cleanup)
    await back.listener.close()
    for (const { link } of back.ends) link.close('closing', 'restart')
    await until(() => frontEnd.closed.length > 0, 'the front was told')
    assert.equal(front.kept.link, null)
    await until(() => front.kept.inspect().lastReason === 'unreachable', 'an attempt came to nothing')
    const again = await listenAt(reached, cleanup)
    await until(() => front.ends.length === 2 && again.ends.length === 1, 'the link was made anew')
    assert.deepEqual(front.downs, ['closing'])
    assert.deepEqual(
      front.refusals.map(({ reason }) => reason),
      ['unreachable'],
      'told once, however many attempts',
    )
    assert.equal(front.ends[1]?.link.peer.incarnation, again.identity.incarnation)
    assert.notEqual(frontEnd.link.peer.incarnation, again.identity.incarnation)
    assert.ok((again.ends[0]?.link.peer.connection ?? 0) > 1, 'the connection number has grown')
    await again.listener.close()
    again.ends[0]?.link.close('closing', 'once more')
    await until(() => front.refusals.length === 2, 'after a link that stood the same reason is told again')
  })

  check('of one incarnation the newer connection replaces the older at once', async (place, cleanup) => {
    const { back, front, backEnd, frontEnd, reached } = await linkedPair(place, cleanup)
    const order: string[] = []
    backEnd.onClosed = (reason) => void order.push(reason)
    const raw = await greet(reached, cleanup, { ...front.identity }, 5)
    await until(() => back.ends.length === 2, 'the back has the newer link')
    order.push('newer')
    assert.deepEqual(order, ['replaced', 'newer'])
    assert.equal(back.ends[1]?.link.peer.connection, 5)
    await until(() => frontEnd.closed.length > 0, 'the older was told')
    assert.deepEqual(frontEnd.reasons, ['replaced'])
    front.kept.stop()
    assert.equal(raw.ended, 0)
    const older = await greet(reached, cleanup, front.identity, 4)
    await until(() => older.ended > 0, 'an older one is turned away')
    assert.deepEqual(reasonsIn(older), ['replaced'])
    assert.equal(back.ends[1]?.link.open, true)
  })

  check('S5 a second master of an id is refused while the first answers, naming both', async (place, cleanup) => {
    const { back, front, backEnd, reached } = await linkedPair(place, cleanup)
    const twin = keepAt(reached, cleanup)
    await until(() => twin.refusals.length > 0, 'the second was refused')
    assert.equal(twin.refusals[0]?.reason, 'id-taken')
    assert.match(
      twin.refusals[0]?.message ?? '',
      new RegExp(`${front.identity.incarnation}.*${twin.identity.incarnation}`),
    )
    assert.equal(backEnd.link.open, true)
    assert.equal(back.ends.length, 1)
    front.kept.stop()
    await until(() => twin.ends.length === 1, 'the second is taken once the first has gone')
  })

  check('a second master of an id takes over from one that does not answer', async (place, cleanup) => {
    const clock = new ManualClock()
    const runtime = testRuntime(clock)
    const transport = new SwallowingTransport(place.transport, cleanup)
    const { back, backEnd, reached } = await standing(clock, { ...place, transport }, cleanup, runtime)
    transport.swallowing = true
    const twin = await greet({ transport: place.transport, address: reached.address }, cleanup, identityOf('front'), 1)
    twin.write(rawPacket(PACKET.batch, [1, 2, 0x55, 0x56]))
    await settle()
    assert.deepEqual(backEnd.reasons, [])
    await clock.run(1_000)
    await until(() => back.ends.length === 2, 'the second was taken')
    assert.deepEqual(backEnd.reasons, ['replaced'])
    assert.equal(twin.ended, 0)
    await until(() => back.ends[1]?.frames.length === 1, 'what it said meanwhile was kept')
  })

  check('S5 a second listener at an address is refused, naming both', async (place, cleanup) => {
    const first = await listenAt(place, cleanup)
    const reached = { transport: place.transport, address: first.listener.address }
    await assert.rejects(
      listenAt(reached, cleanup, { identity: { id: 'back-2' } }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'address-in-use')
        assert.match(error.message, /back-1 already listens at .*; this is back-2/)
        return true
      },
    )
    await assert.rejects(listenAt(reached, cleanup), {
      code: 'address-in-use',
      message: /another back-1 already listens/,
    })
    assert.deepEqual(warnings(first.runtime), [], 'the question itself is no warning')
  })

  check('a master that is not the expected one is refused, naming both', async (place, cleanup) => {
    const back = await listenAt(place, cleanup, { identity: { id: 'back-7' } })
    const front = keepAt({ transport: place.transport, address: back.listener.address }, cleanup)
    await until(() => front.refusals.length > 0, 'the front was told')
    assert.equal(front.refusals[0]?.reason, 'wrong-id')
    assert.match(front.refusals[0]?.message ?? '', /back-1.*back-7/)
  })

  check('a list that differs is refused with both hashes, and taken once it is the same', async (place, cleanup) => {
    const back = await listenAt(place, cleanup, { identity: { listHash: 'aaaaaaaaaaaaaaaa' } })
    const reached = { transport: place.transport, address: back.listener.address }
    const front = keepAt(reached, cleanup, { identity: { listHash: 'bbbbbbbbbbbbbbbb' } })
    await until(() => front.refusals.length > 0, 'the front was told')
    assert.equal(front.refusals[0]?.reason, 'list-differs')
    assert.match(front.refusals[0]?.message ?? '', /bbbbbbbbbbbbbbbb.*aaaaaaaaaaaaaaaa/)
    front.kept.stop()
    const same = keepAt(reached, cleanup, { identity: { listHash: 'aaaaaaaaaaaaaaaa' } })
    await until(() => same.ends.length === 1, 'the same list is taken')
  })

  check('G7 masters with different keys refuse each other', async (place, cleanup) => {
    const secret = new Uint8Array(32).fill(1)
    const back = await listenAt(place, cleanup, { identity: { secret } })
    const reached = { transport: place.transport, address: back.listener.address }
    for (const other of [new Uint8Array(32).fill(2), undefined]) {
      const front = keepAt(reached, cleanup, { identity: { secret: other } })
      await until(() => front.refusals.length > 0, 'the front was told')
      assert.equal(front.refusals[0]?.reason, 'authentication-refused')
      front.kept.stop()
    }
    const same = keepAt(reached, cleanup, { identity: { secret } })
    await until(() => same.ends.length === 1, 'the same key is taken')
    same.kept.stop()
    const impostor = await listenAt(makePlace(cleanup), cleanup)
    const wary = keepAt({ transport: place.transport, address: impostor.listener.address }, cleanup, {
      identity: { secret },
    })
    await until(() => wary.refusals.length > 0, 'a front with a key takes no back without one')
    assert.equal(wary.refusals[0]?.reason, 'authentication-refused')
    assert.equal(impostor.ends.length, 0)
  })

  check('the last word of the holder is heard on both sides', async (place, cleanup) => {
    const refusal = { reason: 'draining', message: 'not now' } as const
    const back = await listenAt(place, cleanup, { admit: () => refusal })
    const front = keepAt({ transport: place.transport, address: back.listener.address }, cleanup)
    await until(() => front.refusals.length > 0, 'the front was told')
    assert.deepEqual(front.refusals[0], { reason: 'draining', message: 'back-1 refused: not now' })
    const open = await listenAt(makePlace(cleanup), cleanup)
    const choosy = keepAt({ transport: place.transport, address: open.listener.address }, cleanup, {
      check: () => refusal,
    })
    await until(() => choosy.refusals.length > 0 && open.ends.length > 0, 'the front has refused')
    await until(() => (open.ends[0] as End).closed.length > 0, 'the back was told')
    assert.deepEqual(open.ends[0]?.closed, [refusal])
  })

  check('versions that lie apart are refused, saying which side is too old', async (place, cleanup) => {
    const back = await listenAt(place, cleanup)
    const reached = { transport: place.transport, address: back.listener.address }
    const { greeting } = helloOf(identityOf('front'), 'back-1', 1, linkLimits())
    const newer = await RawStream.dial(reached, cleanup)
    newer.write(encodeHello({ ...greeting, versionMin: 7, versionMax: 9 }))
    await until(() => newer.ended > 0, 'the newer one was turned away')
    assert.deepEqual(messagesIn(newer), [
      'the other side speaks versions 7 to 9, back-1 1 to 1: back-1 is too old, update it',
    ])
    const older = await RawStream.dial(reached, cleanup)
    older.write(encodeHello({ ...greeting, versionMin: 0, versionMax: 0 }))
    await until(() => older.ended > 0, 'the older one was turned away')
    assert.deepEqual(messagesIn(older), [
      'the other side speaks versions 0 to 0, back-1 1 to 1: the other side is too old, update it',
    ])
    assert.deepEqual(reasonsIn(older), ['versions'])
  })

  check('whoever does not greet in time is sent away', async (place, cleanup) => {
    const clock = new ManualClock()
    const back = await listenAt(place, cleanup, { runtime: testRuntime(clock) })
    const raw = await RawStream.dial({ transport: place.transport, address: back.listener.address }, cleanup)
    await until(() => back.listener.greetings === 1, 'the stream was accepted')
    await clock.run(9_999)
    assert.equal(raw.ended, 0)
    await clock.run(1)
    await until(() => raw.ended > 0, 'it was sent away')
    assert.deepEqual(reasonsIn(raw), ['handshake-timeout'])
    assert.equal(back.listener.greetings, 0)
  })

  check('G6 handshakes under way are bounded', async (place, cleanup) => {
    const back = await listenAt(place, cleanup, { limits: { greetingsMax: 2 } })
    const reached = { transport: place.transport, address: back.listener.address }
    const waiting = [await RawStream.dial(reached, cleanup), await RawStream.dial(reached, cleanup)]
    await until(() => back.listener.greetings === 2, 'two are under way')
    const third = await RawStream.dial(reached, cleanup)
    await until(() => third.ended > 0, 'the third was broken off')
    assert.deepEqual(
      waiting.map(({ ended }) => ended),
      [0, 0],
    )
  })

  check('batches out of sequence close the connection', async (place, cleanup) => {
    const back = await listenAt(place, cleanup)
    const reached = { transport: place.transport, address: back.listener.address }
    for (const sequences of [[2], [1, 3], [1, 1], [0]]) {
      const raw = await greet(reached, cleanup, identityOf('front', { id: `front-${sequences.join('-')}` }), 1)
      for (const sequence of sequences) raw.write(rawPacket(PACKET.batch, [sequence, 1, 0x55]))
      await until(() => raw.ended > 0, 'the connection was closed')
      assert.deepEqual(reasonsIn(raw).slice(-1), ['protocol-error'])
    }
  })

  check('garbage closes its own connection with one log line, and nothing else', async (place, cleanup) => {
    const { back, backEnd, frontEnd, reached } = await linkedPair(place, cleanup)
    let number = 0
    const hello = helloOf(identityOf('front', { id: 'front-9' }), 'back-1', 1, linkLimits()).bytes
    const broken = fc.oneof(
      fc.uint8Array({ minLength: 6, maxLength: 300 }),
      // A greeting with one byte that differs.
      fc.tuple(fc.nat(hello.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
        const bytes = hello.slice()
        bytes[at] = (bytes[at] as number) ^ by
        return bytes
      }),
    )
    await fc.assert(
      fc.asyncProperty(broken, fc.uint8Array({ minLength: 1, maxLength: 50 }), async (bytes, more) => {
        const before = warnings(back.runtime).length
        const raw = await RawStream.dial(reached, cleanup)
        raw.write(bytes)
        raw.write(more)
        raw.stream?.end()
        await until(() => raw.ended > 0, 'the connection was closed')
        await until(() => back.listener.greetings === 0, 'the handshake was given up')
        await until(() => back.ends.slice(1).every((end) => end.closed.length === 1), 'links it got were closed')
        const lines = warnings(back.runtime).length - before
        assert.ok(lines <= 1, `${lines} log lines`)
        frontEnd.link.send(numberedFrame(number, 10))
        frontEnd.link.flush()
        number++
        await until(() => backEnd.frames.length === number, 'the good link goes on')
      }),
      { numRuns: 60 },
    )
    assert.equal(backEnd.link.open, true)
  })

  check('a packet of no known type, too heavy or without a batch before it closes the link', async (place, cleanup) => {
    const back = await listenAt(place, cleanup, { limits: { packetBytesMax: 70_000 } })
    const reached = { transport: place.transport, address: back.listener.address }
    const wrong = [
      rawPacket(0x77, [1, 2, 3]),
      Uint8Array.of(0xff, 0xff, 0xff, 0x7f, PACKET.batch),
      Uint8Array.of(0x00, 0x00, 0x02, 0x00, PACKET.ping),
      rawPacket(PACKET.batch, [1, 0]),
      rawPacket(PACKET.batch, [1, 9, 1, 1]),
      rawPacket(PACKET.ping, [1, 1]),
      helloOf(identityOf('front'), 'back-1', 2, linkLimits()).bytes,
    ]
    for (const [index, bytes] of wrong.entries()) {
      const raw = await greet(reached, cleanup, identityOf('front', { id: `front-${index}` }), 1)
      raw.write(bytes)
      await until(() => raw.ended > 0, `the connection was closed for ${index}`)
      assert.deepEqual(reasonsIn(raw).slice(-1), ['protocol-error'])
      assert.deepEqual(back.ends[index]?.reasons, ['protocol-error'])
    }
    const early = await RawStream.dial(reached, cleanup)
    early.write(encodePing(1))
    await until(() => early.ended > 0, 'a first packet that is no hello was refused')
    assert.deepEqual(reasonsIn(early), ['protocol-error'])
  })

  check('a keeper that is stopped dials no more and leaves no timer', async (place, cleanup) => {
    const clock = new ManualClock()
    const front = keepAt(place, cleanup, { runtime: testRuntime(clock) })
    clock.advance(0)
    await until(() => front.refusals.length > 0, 'the first attempt came to nothing')
    assert.equal(front.refusals[0]?.reason, 'unreachable')
    assert.ok(front.refusals[0]?.message.includes(place.address), front.refusals[0]?.message)
    front.kept.stop()
    assert.equal(clock.pending, 0)
    assert.equal(front.kept.inspect().state, 'stopped')
  })
}

/** A pair under a manual clock, which must be moved for the first dial. */
async function standing(
  clock: ManualClock,
  place: Place,
  cleanup: Cleanup,
  runtime: ReturnType<typeof testRuntime>,
): ReturnType<typeof linkedPair> {
  const pair = linkedPair(place, cleanup, { runtime }, { runtime })
  let made = false
  void pair.then(() => (made = true))
  await until(() => {
    clock.advance(0)
    return made
  }, 'the pair stands')
  return pair
}

/** Greets by hand. */
async function greet(place: Place, cleanup: Cleanup, identity: MasterIdentity, connection: number): Promise<RawStream> {
  const raw = await RawStream.dial(place, cleanup)
  raw.write(helloOf(identity, 'back-1', connection, linkLimits()).bytes)
  return raw
}

function rawPacket(type: number, body: readonly number[]): Uint8Array {
  return Uint8Array.of(body.length + 1, 0, 0, 0, type, ...body)
}

function packetsIn(raw: RawStream): readonly ControlPacket[] {
  const packets: ControlPacket[] = []
  const sink = { onPacket: (packet: ControlPacket) => void packets.push(packet), onBatch() {}, onFrame() {} }
  new PacketDecoder(sink, { versionMin: 1, versionMax: 1 }).push(raw.bytes)
  return packets
}

function reasonsIn(raw: RawStream): readonly string[] {
  return packetsIn(raw).flatMap((packet) => ('reason' in packet ? [packet.reason] : []))
}

function messagesIn(raw: RawStream): readonly string[] {
  return packetsIn(raw).flatMap((packet) => ('message' in packet ? [packet.message] : []))
}

function warnings(runtime: ReturnType<typeof testRuntime>): readonly string[] {
  return runtime.lines.filter(({ level }) => level === 'warn' || level === 'error').map(({ event }) => event)
}

function numberOf(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset).getUint32(1, true)
}

function plain(bytes: Uint8Array | undefined): Uint8Array {
  return new Uint8Array(bytes ?? [])
}
