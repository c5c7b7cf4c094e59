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
import { bytesOf, type Field, type FieldsByName, readAll } from '../../src/protocol/field.js'
import * as wire from '../../src/protocol/wire.js'
import { frame, frameDecoder, frameEncoder } from '../../src/protocol/frame-table.js'
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
  move: frame(0x01, {
    link: wire.uvarint,
    speed: wire.since(2, wire.uvarint, 5),
    name: wire.text,
    tags: wire.since(3, wire.list(wire.text), []),
  }),
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
  const { parts, wire: sort } = field
  if (parts === null) return field
  const of = parts['of'] && plain(parts['of'])
  if (of && sort === 'list') return wire.list(of)
  if (of && sort === 'optional') return wire.optional(of)
  const all: FieldsByName = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, plain(part)]))
  return wire.struct(all)
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
    const fields = wire.struct(masterPrivate.fields)
    assert.deepEqual(readAll(plain(fields), bytesOf(fields, block)), block)
  }
})

test('G7 a bool, a word or a count that cannot be is refused', () => {
  assert.throws(() => readAll(wire.bool, Uint8Array.of(2)), /a bool of 2/)
  assert.throws(() => readAll(wire.ordinal('colour', { red: 1 }), Uint8Array.of(2)), /unknown colour 2/)
  assert.throws(() => readAll(wire.list(wire.text), Uint8Array.of(200, 1, 0)), DecodeError)
  assert.throws(() => readAll(wire.optional(wire.text), Uint8Array.of(1)), DecodeError)
})

test('what was encoded stays as it is when the next frame is encoded, short or long', () => {
  const long = 'x'.repeat(100_000)
  const first = bytesOf(wire.text, 'first')
  const huge = bytesOf(wire.text, long)
  const last = bytesOf(wire.text, 'last', VERSION_MAX, 7)
  assert.equal(readAll(wire.text, first), 'first')
  assert.equal(readAll(wire.text, huge), long)
  assert.deepEqual(last, Uint8Array.of(7, 4, 0x6c, 0x61, 0x73, 0x74))
})
