/** What tables of frames are made of: fields that differ by version, readers by hand, and bytes that no field accepts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CLIENT_FRAMES,
  decodeClientFrame,
  decodeFrontFrame,
  encodeClientFrame,
  encodeFrontFrame,
  FRONT_FRAMES,
} from '../../src/protocol/client-frames.js'
import {
  bool,
  bytesOf,
  type Field,
  type Fields,
  list,
  optional,
  ordinal,
  readAll,
  since,
  struct,
  text,
  uvarint,
} from '../../src/protocol/field.js'
import { frame, frameDecoder, frameEncoder } from '../../src/protocol/frame-codec.js'
import { VERSION_MAX } from '../../src/protocol/frame-types.js'
import { itemList, makeItems, readItems } from '../../src/protocol/link-frames.js'
import {
  decodeToBack,
  decodeToFront,
  encodeToBack,
  encodeToFront,
  TO_BACK_FRAMES,
  TO_FRONT_FRAMES,
} from '../../src/protocol/master-frames.js'
import { DecodeError } from '../../src/value/decode-error.js'
import { CLIENT_HOP, MASTER_HOP } from '../support/sample-session.js'

const MADE_UP = {
  move: frame(0x01, { link: uvarint, speed: since(2, uvarint, 5), name: text, tags: since(3, list(text), []) }),
}

test('H1 a field that came with a later version is sent and read only where both ends agreed on that version', () => {
  const encode = frameEncoder(MADE_UP)
  const decode = frameDecoder(MADE_UP)
  const move = { type: 'move', link: 1, speed: 9, name: 'a', tags: ['x'] } as const
  assert.deepEqual(encode(move, 1), Uint8Array.of(1, 1, 1, 0x61))
  assert.deepEqual(decode(encode(move, 1), 1), { ...move, speed: 5, tags: [] })
  assert.deepEqual(decode(encode(move, 2), 2), { ...move, tags: [] })
  assert.deepEqual(decode(encode(move, 3), 3), move)
  assert.throws(() => decode(encode(move, 3), 1), DecodeError)
})

/** The same fields, read as any field is and never by hand. */
function plain(field: Field<unknown>): Field<unknown> {
  const { parts, wire } = field
  if (parts === null) return field
  const of = parts['of'] && plain(parts['of'])
  if (of && wire === 'list') return list(of)
  if (of && wire === 'optional') return optional(of)
  const all: Fields = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, plain(part)]))
  return struct(all)
}

test('what is read by hand is what the tables say', () => {
  const client = { encode: frameEncoder(CLIENT_FRAMES), decode: frameDecoder(CLIENT_FRAMES) }
  const front = { encode: frameEncoder(FRONT_FRAMES), decode: frameDecoder(FRONT_FRAMES) }
  const toBack = { encode: frameEncoder(TO_BACK_FRAMES), decode: frameDecoder(TO_BACK_FRAMES) }
  const toFront = { encode: frameEncoder(TO_FRONT_FRAMES), decode: frameDecoder(TO_FRONT_FRAMES) }
  for (const line of CLIENT_HOP) {
    if ('up' in line)
      assert.deepEqual(decodeClientFrame(encodeClientFrame(line.up)), client.decode(client.encode(line.up)))
    else assert.deepEqual(decodeFrontFrame(encodeFrontFrame(line.down)), front.decode(front.encode(line.down)))
  }
  for (const line of MASTER_HOP) {
    if ('up' in line) assert.deepEqual(decodeToBack(encodeToBack(line.up)), toBack.decode(toBack.encode(line.up)))
    else assert.deepEqual(decodeToFront(encodeToFront(line.down)), toFront.decode(toFront.encode(line.down)))
  }
  const items = makeItems(3, [{ serverSeq: 300, kind: 2, after: 1, body: Uint8Array.of(1, 2) }])
  assert.deepEqual(readItems(items), readAll(plain(itemList), items))
  const { masterPrivate } = TO_FRONT_FRAMES
  const sent = MASTER_HOP.flatMap((line) => ('down' in line && line.down.type === 'masterPrivate' ? [line.down] : []))
  for (const { type: _, ...block } of sent) {
    const fields = struct(masterPrivate.fields)
    assert.deepEqual(readAll(plain(fields), bytesOf(fields, block)), block)
  }
})

test('G7 a bool, a word or a count that cannot be is refused', () => {
  assert.throws(() => readAll(bool, Uint8Array.of(2)), /a bool of 2/)
  assert.throws(() => readAll(ordinal('colour', { red: 1 }), Uint8Array.of(2)), /unknown colour 2/)
  assert.throws(() => readAll(list(text), Uint8Array.of(200, 1, 0)), DecodeError)
  assert.throws(() => readAll(optional(text), Uint8Array.of(1)), DecodeError)
})

test('what was encoded stays as it is when the next frame is encoded, short or long', () => {
  const long = 'x'.repeat(100_000)
  const first = bytesOf(text, 'first')
  const huge = bytesOf(text, long)
  const last = bytesOf(text, 'last', VERSION_MAX, 7)
  assert.equal(readAll(text, first), 'first')
  assert.equal(readAll(text, huge), long)
  assert.deepEqual(last, Uint8Array.of(7, 4, 0x6c, 0x61, 0x73, 0x74))
})
