/**
 * What a link does with frames, whatever carries its bytes: order, integrity, batches, one end with its reason, limits and signs of life.
 */
import assert from 'node:assert/strict'
import { DecodeError } from '../../src/value/decode-error.js'
import { ManualClock } from '../support/manual-clock.js'
import { numberedFrame, numberOf, RawStream, SwallowingTransport } from './by-hand.js'
import { type Check, linkedPair, settle, standing, testRuntime, until, warnings } from './link-ends.js'

export function carryingContract(check: Check): void {
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
      assert.deepEqual(backEnd.frames[number], numberedFrame(number, bytes))
      assert.deepEqual(frontEnd.frames[number], numberedFrame(number + 7, bytes))
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
    assert.deepEqual(warnings(back.runtime), ['link.protocol-violated'])
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
    const limits = { linkQueuedBytesMax: 100_000, linkBusyBytesMax: 100_000, batchBytesMax: 50_000 }
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
    const limits = { linkQueuedBytesMax: 100_000, linkBusyBytesMax: 100_000 }
    const { backEnd, frontEnd } = await linkedPair(place, cleanup, {}, { limits })
    frontEnd.link.send(numberedFrame(1, 20_000_000))
    frontEnd.link.flush()
    await until(() => backEnd.frames.length === 1, 'the frame arrived')
    assert.equal(frontEnd.link.open, true)
  })

  check('silence of four heartbeats breaks the link on both sides', async (place, cleanup) => {
    const clock = new ManualClock()
    const runtime = testRuntime(clock)
    const transport = new SwallowingTransport(place.transport, cleanup)
    const { back, front, backEnd, frontEnd } = await standing(clock, { ...place, transport }, cleanup, runtime)
    await clock.run(10_000)
    await settle()
    assert.deepEqual([backEnd.reasons, frontEnd.reasons], [[], []], 'a quiet link stays')
    transport.swallowing = true
    await clock.run(2_500)
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
}
