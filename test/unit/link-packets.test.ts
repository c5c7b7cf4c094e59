/** The packets between masters: their bytes, and taking a stream of them apart however it was cut. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Batch } from '../../src/link/batch.js'
import {
  CONTROL_BYTES_MAX,
  type ControlPacket,
  encodeClose,
  encodeHello,
  encodePing,
  encodePong,
  encodeRefused,
  encodeWelcome,
  type Greeting,
  PACKET,
} from '../../src/protocol/master-packets.js'
import { PacketDecoder, type PacketSink } from '../../src/protocol/packet-decoder.js'
import { DecodeError } from '../../src/value/decode-error.js'

const SPOKEN = { versionMin: 1, versionMax: 1 }

const greeting: Greeting = {
  versionMin: 1,
  versionMax: 1,
  features: 0,
  packetBytesMax: 67_108_864,
  role: 'front',
  id: 'front-1',
  expectedId: 'back-1',
  incarnation: '0123456789abcdef',
  connection: 3,
  membershipHash: 'fedcba9876543210',
  heartbeatMs: 2_000,
  graceMs: 30_000,
}

/** What a decoder hands out, as one list. */
class Record implements PacketSink {
  readonly all: unknown[] = []

  onPacket(packet: ControlPacket): void {
    this.all.push(packet)
  }

  onBatch(sequence: number | null): void {
    this.all.push(sequence)
  }

  onFrame(frame: Uint8Array): void {
    this.all.push(hex(frame))
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function decode(chunks: Iterable<Uint8Array>, packetBytesMax = 1_000_000): readonly unknown[] {
  const record = new Record()
  const decoder = new PacketDecoder(record, SPOKEN)
  decoder.packetBytesMax = packetBytesMax
  for (const chunk of chunks) decoder.push(chunk)
  return record.all
}

function cut(batch: Batch): Uint8Array {
  return new Uint8Array(Buffer.concat(batch.cut()))
}

/** Cuts bytes at given places. */
function chunksOf(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let at = 0
  for (const size of sizes) {
    chunks.push(bytes.slice(at, at + size))
    at += size
  }
  chunks.push(bytes.slice(at))
  return chunks
}

test('each packet has the bytes that the protocol says', () => {
  const ids = `07${hex(Buffer.from('front-1'))}06${hex(Buffer.from('back-1'))}`
  const body = ['636e746d 01 01 00 80808020 01', ids, '0123456789abcdef 03 fedcba9876543210 d00f b0ea01'].join('')
  const is = (packet: Uint8Array, expected: string): void => assert.equal(hex(packet), expected.replaceAll(' ', ''))
  is(encodeHello(greeting), `33000000 01 ${body} 00`)
  is(encodeWelcome(greeting, 1), `34000000 02 ${body} 01 00`)
  is(encodeRefused('versions', 'b', 'no'), '07000000 03 02 0162 026e6f')
  is(encodePing(300), '03000000 05 ac02')
  is(encodePong(1), '02000000 06 01')
  is(encodeClose('draining', ''), '03000000 07 4d 00')
  const batch = new Batch()
  batch.append(Uint8Array.of(0x81, 1, 2))
  batch.append(Uint8Array.of(0x82))
  is(cut(batch), '08000000 04 01 03810102 0182')
  batch.append(new Uint8Array(200).fill(0x83))
  is(cut(batch), `cc000000 04 02 c801 ${'83'.repeat(200)}`)
})

test('what is written is read, and its claim is what was proven', () => {
  const proven: Uint8Array[] = []
  const prove = (claim: Uint8Array): Uint8Array => {
    proven.push(claim.slice())
    return Uint8Array.of(9, 9)
  }
  const [hello, welcome] = decode([encodeHello(greeting, prove), encodeWelcome(greeting, 1, prove)])
  const proof = Uint8Array.of(9, 9)
  assert.deepEqual(hello, { type: 'hello', greeting, claim: proven[0], proof })
  assert.deepEqual(welcome, { type: 'welcome', greeting, version: 1, claim: proven[1], proof })
  assert.deepEqual(decode([encodeRefused('id-taken', 'back-1', 'é')]), [
    { type: 'refused', reason: 'id-taken', id: 'back-1', message: 'é' },
  ])
  assert.deepEqual(decode([encodeClose('draining', 'x'), encodePing(2 ** 53 - 1), encodePong(0)]), [
    { type: 'close', reason: 'draining', message: 'x' },
    { type: 'ping', nonce: 2 ** 53 - 1 },
    { type: 'pong', nonce: 0 },
  ])
})

test('of a greeting whose versions lie apart nothing else is read', () => {
  const bytes = encodeHello({ ...greeting, versionMin: 5, versionMax: 6 }).slice(0, 5 + 6)
  bytes[0] = 7
  assert.deepEqual(decode([bytes]), [{ type: 'foreign', versionMin: 5, versionMax: 6 }])
})

test('what a later version adds behind a greeting is left alone', () => {
  const bytes = new Uint8Array([...encodeHello({ ...greeting, versionMax: 4 }), 1, 2, 3])
  bytes[0] = (bytes[0] as number) + 3
  const [hello] = decode([bytes]) as [{ type: string; greeting: Greeting }]
  assert.deepEqual(hello.greeting, { ...greeting, versionMax: 4 })
})

test('a stream reads the same however it is cut, byte by byte too', () => {
  const frames = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { minLength: 1, maxLength: 8 })
  const piece = fc.oneof(
    frames.map((all) => ({ frames: all })),
    fc.nat().map((nonce) => ({ nonce })),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 10 }), fc.array(fc.integer({ min: 1, max: 400 })), (pieces, sizes) => {
      const batch = new Batch()
      const expected: unknown[] = []
      const bytes = Buffer.concat(
        pieces.map((one) => {
          if ('nonce' in one) {
            expected.push({ type: 'ping', nonce: one.nonce })
            return encodePing(one.nonce)
          }
          for (const frame of one.frames) batch.append(frame)
          expected.push(batch.sequence, ...one.frames.map(hex))
          return cut(batch)
        }),
      )
      assert.deepEqual(decode([bytes]), expected)
      assert.deepEqual(decode(chunksOf(bytes, sizes)), expected)
      assert.deepEqual(decode([...bytes].map((byte) => Uint8Array.of(byte))), expected)
    }),
  )
})

test('a frame within one chunk is a view on it, one over several is put together once', () => {
  const batch = new Batch()
  batch.append(new Uint8Array(100).fill(1))
  batch.append(new Uint8Array(100).fill(2))
  const bytes = cut(batch)
  const frames: Uint8Array[] = []
  const decoder = new PacketDecoder(
    { onPacket() {}, onBatch() {}, onFrame: (frame) => void frames.push(frame) },
    SPOKEN,
  )
  decoder.push(bytes.subarray(0, 150))
  decoder.push(bytes.subarray(150))
  assert.equal(frames[0]?.buffer, bytes.buffer)
  assert.equal(frames[1]?.buffer.byteLength, 100)
})

test('frames reach the batch whole over many buffers', () => {
  const batch = new Batch()
  const record = new Record()
  const decoder = new PacketDecoder(record, SPOKEN)
  decoder.packetBytesMax = 64 * 1024 * 1024
  const expected: unknown[] = []
  for (let round = 1; round <= 5; round++) {
    expected.push(round)
    for (const bytes of [1, 100_000, 262_144, 3, 600_000, 262_130, 262_120, 30]) {
      const frame = new Uint8Array(bytes).fill(round)
      batch.append(frame)
      expected.push(hex(frame))
    }
    const weight = batch.bytes
    const parts = batch.cut()
    assert.equal(
      parts.reduce((sum, part) => sum + part.length, 0),
      weight,
    )
    assert.equal(batch.bytes, 0)
    assert.deepEqual(batch.cut(), [])
    for (const part of parts) decoder.push(part)
  }
  assert.deepEqual(record.all, expected)
})

test('while paused nothing is handed out, and what is held has a limit', () => {
  const record = new Record()
  const decoder = new PacketDecoder(record, SPOKEN)
  record.onPacket = (packet) => {
    record.all.push(packet)
    if (packet.type === 'ping' && packet.nonce === 1) decoder.pause()
  }
  decoder.push(new Uint8Array([...encodePing(1), ...encodePing(2)]))
  decoder.push(encodePing(3))
  assert.equal(record.all.length, 1)
  decoder.resume()
  assert.deepEqual(
    record.all.map((packet) => (packet as { nonce: number }).nonce),
    [1, 2, 3],
  )
  decoder.pause()
  assert.throws(() => {
    for (let i = 0; i < 100; i++) decoder.push(new Uint8Array(100_000))
  }, DecodeError)
})

test('G6 frames that come without a packet while paused count towards the same limit, and come in order', () => {
  const record = new Record()
  const decoder = new PacketDecoder(record, SPOKEN)
  decoder.pause()
  decoder.pass([new Uint8Array(1024 * 1024 - 1), new Uint8Array(1)])
  assert.throws(() => decoder.pass([new Uint8Array(1)]), DecodeError)
  decoder.resume()
  assert.equal(record.all.length, 3, 'a batch of two frames')
})

test('after stop nothing is handed out, not even the rest of the chunk', () => {
  const record = new Record()
  const decoder = new PacketDecoder(record, SPOKEN)
  record.onPacket = (packet) => {
    record.all.push(packet)
    decoder.stop()
  }
  decoder.push(new Uint8Array([...encodePing(1), ...encodePing(2)]))
  decoder.push(encodePing(3))
  assert.equal(record.all.length, 1)
})

test('before the handshake a packet weighs at most 64 KiB, and a control packet always', () => {
  const batch = new Batch()
  batch.append(new Uint8Array(CONTROL_BYTES_MAX))
  const heavy = cut(batch)
  assert.throws(() => decode([heavy], CONTROL_BYTES_MAX), /the limit is 65536/)
  assert.equal(decode([heavy], CONTROL_BYTES_MAX * 2).length, 2)
  assert.throws(() => decode([Uint8Array.of(1, 0, 1, 0, PACKET.close)]), /the limit is 65536/)
  const long = encodeClose('closing', 'x'.repeat(CONTROL_BYTES_MAX))
  assert.deepEqual(decode([long]), [{ type: 'close', reason: 'closing', message: 'x'.repeat(1_000) }])
})

test('what is no packet is a DecodeError and nothing else', () => {
  const wrong: readonly (readonly [string, readonly number[]])[] = [
    ['no bytes', [0, 0, 0, 0, 5]],
    ['no body', [1, 0, 0, 0, 5]],
    ['an unknown type', [2, 0, 0, 0, 0x33, 1]],
    ['a batch without frames', [2, 0, 0, 0, PACKET.batch, 1, 0]],
    ['a frame of no bytes', [4, 0, 0, 0, PACKET.batch, 1, 0, 0]],
    ['a frame longer than its batch', [4, 0, 0, 0, PACKET.batch, 1, 2, 0]],
    ['a batch that ends within a length', [3, 0, 0, 0, PACKET.batch, 1, 0x80, 1]],
    ['a number that is not in its shortest form', [4, 0, 0, 0, PACKET.batch, 0x81, 0, 1]],
    ['a number that is too long', [12, 0, 0, 0, PACKET.batch, ...Array.from({ length: 9 }, () => 0xff), 1]],
    ['bytes behind a ping', [3, 0, 0, 0, 5, 1, 1]],
    ['a hello of nobody', [5, 0, 0, 0, 1, 0x63, 0x6e, 0x74, 0x6d]],
    ['a hello of something else', [7, 0, 0, 0, 1, 0x47, 0x45, 0x54, 0x20, 1, 1]],
  ]
  for (const [what, bytes] of wrong) assert.throws(() => decode([Uint8Array.from(bytes)]), DecodeError, what)
})

test('random bytes and broken packets end in a DecodeError or in packets', () => {
  const whole = [
    encodeHello(greeting),
    encodeWelcome(greeting, 1),
    encodeRefused('gap', 'b', 'm'),
    encodeClose('gap', 'm'),
  ]
  const broken = fc
    .record({ index: fc.nat(whole.length - 1), at: fc.nat(200), by: fc.integer({ min: 1, max: 255 }) })
    .map(({ index, at, by }) => {
      const bytes = (whole[index] as Uint8Array).slice()
      const where = at % bytes.length
      bytes[where] = (bytes[where] as number) ^ by
      return bytes
    })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), broken), (bytes) => {
      try {
        decode([bytes])
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error))
      }
    }),
    { numRuns: 2_000 },
  )
})
