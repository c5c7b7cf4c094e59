/** Bytes that are made to cost much: each is refused, or costs no more than its length can justify. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { DecodeError } from '../../src/value/decode-error.js'

function uvarint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...uvarint(Math.floor(value / 128))]
}

const text = (value: string): number[] => [0x88, ...uvarint(value.length), ...Buffer.from(value)]

function load(...bytes: (number | number[])[]): StateMirror {
  const mirror = new StateMirror()
  mirror.load(Uint8Array.from(bytes.flat()))
  return mirror
}

test('keys that share very much with the one before, so that few bytes would stand for very many, are refused', () => {
  const shared = 1000
  const entries = Array.from({ length: 100 }, (_, i) => [
    ...uvarint(shared),
    0x42,
    48 + (i % 10),
    97 + Math.floor(i / 10),
    0x80,
  ])
  const head = [1, 0, 0, 0, 0x91, ...uvarint(101), 0, ...uvarint(101 * 4)]
  assert.throws(() => load(head, 0, text('a'.repeat(shared)), 0x80, entries.flat()), DecodeError)
})

test('texts and keys with much in common come through', () => {
  const long = (i: number): string => `${'long '.repeat(200)}${i}`
  const players = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [long(i), { id: long(i), name: long(i + 1) }]),
  )
  const encoder = new StateEncoder({ players })
  const mirror = new StateMirror()
  mirror.load(encoder.keyframe())
  assert.deepEqual(mirror.state, { players })
})

test('a patch that changes the root again and again, so that it would cost the whole state each time, is refused', () => {
  const encoder = new StateEncoder({ list: Array.from({ length: 1000 }, (_, i) => i) })
  const mirror = new StateMirror()
  mirror.load(encoder.keyframe())
  // The first field of the root is a list, of which all elements stay.
  const change = [0b10, 1, 1, ...uvarint(1000 * 2), 0]
  assert.throws(
    () => mirror.patch(Uint8Array.from([1, ...Array.from({ length: 1000 }, () => change).flat()])),
    DecodeError,
  )
  mirror.load(encoder.keyframe())
  mirror.patch(Uint8Array.from([1, ...change, ...change]))
  assert.deepEqual(mirror.state, encoder.state)
})

test('counts that no bytes follow are refused before memory is taken', () => {
  const huge = uvarint(2 ** 52)
  const hostile = [
    [0x8b, huge],
    [0x91, huge, 0],
    [0x91, 0, huge],
    [0x91, 1, 0, huge],
    [0x93, huge, 0],
    [0x93, 1, 0, huge],
    [0x88, huge],
    [0x89, huge],
    [0x8a, huge],
  ]
  for (const bytes of hostile) assert.throws(() => load(1, 0, 0, 0, ...bytes), DecodeError, String(bytes))
  assert.throws(() => load(1, 0, huge), DecodeError)
  assert.throws(() => load(1, 0, 1, huge), DecodeError)
  assert.throws(() => load(1, 0, 1, 0, huge), DecodeError)
  const patches = [[huge], [1, huge], [1, 1, huge], [1, 1, uvarint(2 ** 52 + 2), 0], [1, 1, 4, uvarint(2 ** 40)]]
  for (const bytes of patches) {
    const mirror = load(1, 0, 0, 0, 0x62, 1, 2)
    assert.throws(() => mirror.patch(Uint8Array.from([1, bytes].flat(2))), DecodeError, String(bytes))
  }
})

test('nesting is refused beyond its limit, in keyframes, and in patches that go down and on', () => {
  assert.throws(() => load(1, 0, 0, 0, Array<number>(200).fill(0x61), 1), DecodeError)
  const mirror = load(1, 0, 0, 0, Array<number>(128).fill(0x61), 1)
  const down = Array.from({ length: 128 }, () => [2, 0]).flat()
  assert.throws(() => mirror.patch(Uint8Array.from([1, ...down, 0x61, 1])), DecodeError)
})

test('no key reaches a prototype: not of a struct, a record or a list', () => {
  assert.throws(() => load(1, 0, 1, 0, 1, text('__proto__'), 0, 0x70, 1), DecodeError)
  const record = load(1, 0, 0, 0, 0x91, 2, 0, 8, 0, text('__proto__'), 0, 0, text('constructor'), 1)
  assert.deepEqual(Object.keys(record.state as object).sort(), ['__proto__', 'constructor'])
  assert.equal(Object.getPrototypeOf(record.state), Object.prototype)
  const struct = load(1, 0, 1, 0, 2, text('constructor'), 0, text('toString'), 0, 0x70, 1, 2)
  assert.deepEqual(Object.entries(struct.state as object), [
    ['constructor', 1],
    ['toString', 2],
  ])
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
})
