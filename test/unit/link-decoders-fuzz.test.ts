/**
 * The decoders of both hops, given recorded frames that were damaged: cut, lengthened, with bytes changed, moved or doubled. Each
 * reads them or throws a `DecodeError`. `FUZZ_SECONDS=600` goes on for ten minutes; `FUZZ_SEED` begins elsewhere.
 */
import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { test } from 'node:test'
import { readEvents, readTurns } from '../../src/protocol/blocks.js'
import {
  decodeClientFrame,
  decodeFrontFrame,
  encodeClientFrame,
  encodeFrontFrame,
} from '../../src/protocol/client-frames.js'
import { readCancelled, readFailure, readItems, readNamed } from '../../src/protocol/link-frames.js'
import { decodeToBack, decodeToFront, encodeToBack, encodeToFront } from '../../src/protocol/master-frames.js'
import { PacketDecoder } from '../../src/protocol/packet-decoder.js'
import { SeededRandom } from '../../src/testing/seeded-random.js'
import { DecodeError } from '../../src/value/decode-error.js'
import { decodeValue } from '../../src/value/decode-value.js'
import { CLIENT_HOP, MASTER_HOP } from '../support/sample-session.js'

/**
 * A frame may not take longer, in milliseconds, each of three times: a busy machine takes any time now and then. Looked at in long runs
 * only.
 */
const HANG_MS = 100
const ROUNDS = 10_000

const frames: readonly Uint8Array[] = [
  ...CLIENT_HOP.map((line) => ('up' in line ? encodeClientFrame(line.up) : encodeFrontFrame(line.down))),
  ...MASTER_HOP.map((line) => ('up' in line ? encodeToBack(line.up) : encodeToFront(line.down))),
]
const sink = { onPacket() {}, onBatch() {}, onFrame() {} }

/** All that may be read of such bytes, by whoever they reach. */
const DECODERS: readonly ((bytes: Uint8Array) => unknown)[] = [
  decodeClientFrame,
  (bytes) => {
    const frame = decodeFrontFrame(bytes)
    if (frame.type === 'shared') return readTurns(frame.block).map(({ events }) => readEvents(events))
    return frame.type === 'private' ? readItems(frame.items) : frame
  },
  (bytes) => {
    const frame = decodeToBack(bytes)
    return frame.type === 'masterBroadcast' ? readNamed(frame.body) : frame
  },
  decodeToFront,
  readNamed,
  readFailure,
  readCancelled,
  decodeValue,
  (bytes) => new PacketDecoder(sink, { versionMin: 1, versionMax: 1 }).push(bytes),
]

function damaged(frame: Uint8Array, random: { float(): number }): Uint8Array {
  const pick = (below: number): number => Math.floor(random.float() * below)
  const bytes = [...frame]
  for (let changes = 1 + pick(3); changes > 0; changes--) {
    const at = pick(bytes.length + 1)
    switch (pick(6)) {
      case 0:
        bytes.length = at
        break
      case 1:
        bytes.push(...Array.from({ length: 1 + pick(8) }, () => pick(256)))
        break
      case 2:
        if (at < bytes.length) bytes[at] = pick(256)
        break
      case 3:
        // Lengths and counts that are far too large.
        bytes.splice(at, pick(2), 0xff, 0xff, 0xff, 0xff, 0x7f)
        break
      case 4:
        bytes.splice(at, 1 + pick(4))
        break
      default:
        bytes.splice(at, 0, ...bytes.slice(pick(bytes.length + 1)).slice(0, 16))
    }
  }
  return Uint8Array.from(bytes)
}

test('G7 damaged frames of either hop are read, or refused as such: nothing else is thrown, and nothing hangs', () => {
  const seed = process.env['FUZZ_SEED'] ?? '1'
  const seconds = Number(process.env['FUZZ_SECONDS'] ?? 0)
  const random = new SeededRandom(seed)
  const until = performance.now() + seconds * 1_000
  assert.ok(frames.length > 20)
  let refused = 0
  for (let round = 0; round < ROUNDS || performance.now() < until; round++) {
    const frame = damaged(frames[Math.floor(random.float() * frames.length)] as Uint8Array, random)
    for (const decode of DECODERS) {
      const hex = (): string => `seed ${seed}, round ${round}: ${Buffer.from(frame).toString('hex')}`
      const took = (): number => {
        const before = performance.now()
        try {
          decode(frame)
        } catch (error) {
          refused++
          if (!(error instanceof DecodeError)) throw new Error(hex(), { cause: error })
        }
        return performance.now() - before
      }
      if (took() > HANG_MS && seconds > 0) assert.ok(Math.min(took(), took()) < HANG_MS, hex())
    }
  }
  assert.ok(refused > 0)
})
