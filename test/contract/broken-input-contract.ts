/**
 * What happens to bytes that no correct master sends: their connection closes, and nothing else.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { linkLimits } from '../../src/link/link-limits.js'
import { masterHelloOf } from '../../src/link/master-identity.js'
import { encodePing, PACKET } from '../../src/protocol/master-packets.js'
import { greet, numberedFrame, rawPacket, RawStream, reasonsIn } from './by-hand.js'
import { type Check, identityOf, linkedPair, listenAt, until, warnings } from './link-ends.js'

export function brokenInputContract(check: Check): void {
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
    const hello = masterHelloOf(
      identityOf('front', { id: 'front-9' }),
      'back-1',
      1,
      linkLimits(),
      new Uint8Array(0),
    ).bytes
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
      masterHelloOf(identityOf('front'), 'back-1', 2, linkLimits(), new Uint8Array(0)).bytes,
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
}
