import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { difference } from '../support/raw-state.js'

/** One byte, or as few as there can be, for each element: whatever forgets to make room writes past the buffer's end somewhere here. */
const ELEMENTS: Record<string, (i: number) => unknown> = {
  'whole numbers of one byte': (i) => i % 64,
  'whole numbers': (i) => (i * 7919) % 70_000,
  'negative numbers': (i) => -i,
  fractions: (i) => i / 3,
  'float32 numbers': (i) => i / 2,
  'not a number': () => NaN,
  'great whole numbers': (i) => 2 ** 40 + i,
  null: () => null,
  booleans: (i) => i % 3 === 0,
  'empty texts': () => '',
  'short texts': (i) => `t${i % 100}`,
  'texts that are not ASCII': (i) => `ü${i % 100}`,
  'lone surrogates': () => '\ud800',
  'empty lists': () => [],
  'empty records': () => ({}),
  'empty bytes': () => new Uint8Array(0),
  'lists of one': (i) => [i % 60],
  objects: (i) => ({ x: i % 60 }),
}

/** Around every power of two that a buffer may be long, less the margin that writers keep. */
function around(from: number, to: number): number[] {
  const sizes = new Set<number>()
  for (let size = from; size <= to; size *= 2) {
    for (const near of [size - 512, size]) for (let i = -2; i <= 2; i++) sizes.add(near + i)
  }
  return [...sizes]
}

function mirrorOf(bytes: Uint8Array): StateMirror {
  const mirror = new StateMirror()
  mirror.load(bytes)
  return mirror
}

function checkMirrored(state: unknown, what: string): void {
  const encoder = new StateEncoder<unknown>(state)
  assert.equal(difference(state, mirrorOf(encoder.keyframe()).state), undefined, `keyframe: ${what}`)
  const later = new StateEncoder<{ value: unknown; other: unknown }>({ value: null, other: 1 })
  const mirror = mirrorOf(later.keyframe())
  // More than once, so that the patch begins at several places of the buffer that patches share.
  for (const other of [1, 'behind', 'x'.repeat(300)]) {
    Object.assign(later.state, { value: structuredClone(state), other })
    mirror.patch(later.patch() as Uint8Array)
    assert.equal(difference(later.state, mirror.state), undefined, `patch: ${what}`)
    later.state.value = null
    mirror.patch(later.patch() as Uint8Array)
  }
}

for (const [name, element] of Object.entries(ELEMENTS)) {
  test(`lists of ${name} are mirrored at every size around the ends of buffers`, () => {
    for (const count of around(2048, 8192))
      checkMirrored(
        Array.from({ length: count }, (_, i) => element(i)),
        `${count}`,
      )
  })
}

test('lists of small numbers are mirrored at each size, behind texts of each length', () => {
  for (let count = 3400; count < 4300; count += 13)
    checkMirrored(
      Array.from({ length: count }, (_, i) => i % 64),
      `${count}`,
    )
  for (let pad = 0; pad < 600; pad += 23) {
    checkMirrored(['x'.repeat(pad), Array.from({ length: 3600 }, () => 7)], `behind ${pad}`)
  }
})

test('records, texts and bytes are mirrored at sizes around the ends of buffers', () => {
  for (const size of around(1024, 16_384)) {
    checkMirrored('x'.repeat(size), `text of ${size}`)
    checkMirrored('ü'.repeat(size), `text of ${size} twos`)
    checkMirrored(`${'x'.repeat(size)}\ud800`, `lone surrogate behind ${size}`)
    checkMirrored(new Uint8Array(size).fill(7), `bytes of ${size}`)
  }
  for (const size of around(2048, 4096)) {
    const entries = Array.from({ length: size }, (_, i) => [i.toString(36), i % 60] as const)
    checkMirrored(Object.fromEntries(entries), `record of ${size}`)
    checkMirrored(Object.fromEntries(entries.map(([key, x]) => [key, { x }])), `record of ${size} objects`)
  }
})

test('a tile map and grids of rows are mirrored, and changes in them', () => {
  for (const [rows, columns] of [
    [1, 4096],
    [30, 700],
    [64, 64],
    [700, 30],
  ] as const) {
    const grid = Array.from({ length: rows }, () => Array.from({ length: columns }, (_, i) => i % 8))
    const encoder = new StateEncoder({ grid })
    const mirror = mirrorOf(encoder.keyframe())
    for (let turn = 0; turn < 50; turn++) {
      for (let i = 0; i < turn * 20; i++) (grid[(i * 7) % rows] as number[])[(i * 13) % columns] = (i + turn) % 64
      const patch = encoder.patch()
      if (patch) mirror.patch(patch)
      assert.equal(difference(encoder.state, mirror.state), undefined, `${rows} × ${columns}, turn ${turn}`)
    }
  }
})

test('every number of elements of a list, entries of a record and patches is right while one grows', () => {
  const encoder = new StateEncoder<{ list: number[]; record: Record<string, number> }>({ list: [], record: {} })
  const mirror = mirrorOf(encoder.keyframe())
  for (let i = 0; i < 3000; i++) {
    encoder.state.list.push(i % 64)
    encoder.state.record[`k${i}`] = i % 64
    mirror.patch(encoder.patch() as Uint8Array)
    if (i % 100 === 99) assert.equal(difference(encoder.state, mirror.state), undefined, `${i}`)
  }
})

interface Grown {
  list: number[]
  text: string
}

test('patches of many encoders, made in turns and kept, stay what they are', () => {
  const encoders = Array.from({ length: 20 }, () => new StateEncoder<Grown>({ list: [], text: '' }))
  const mirrors = encoders.map((encoder) => mirrorOf(encoder.keyframe()))
  const kept = encoders.map((): Uint8Array[] => [])
  for (let turn = 0; turn < 200; turn++) {
    for (const [i, encoder] of encoders.entries()) {
      encoder.state.list.push((turn * 7 + i) % 300)
      encoder.state.text = 'x'.repeat((turn * i) % 900)
      if (turn % 3 === 0) assert.throws(() => refusedPatch(encoder))
      kept[i]?.push(encoder.patch() as Uint8Array)
      assert.equal(encoder.patch(), null)
    }
  }
  for (const [i, mirror] of mirrors.entries()) {
    for (const patch of kept[i] ?? []) mirror.patch(patch)
    assert.equal(difference(encoders[i]?.state, mirror.state), undefined, `encoder ${i}`)
  }
})

function refusedPatch(encoder: StateEncoder<Grown>): void {
  const { text } = encoder.state
  Object.assign(encoder.state, { text: () => text })
  try {
    encoder.patch()
  } finally {
    encoder.state.text = text
  }
}

test('an encoder that is asked for a patch within the patch of another spoils neither', () => {
  const inner = new StateEncoder({ count: 0 })
  const innerMirror = mirrorOf(inner.keyframe())
  const outer = new StateEncoder<{ list: unknown[] }>({ list: [] })
  const outerMirror = mirrorOf(outer.keyframe())
  let asked = 0
  const curious = new Proxy([1, 2, 3], {
    get(target, key) {
      asked++
      inner.state.count++
      const patch = inner.patch()
      if (patch) innerMirror.patch(patch)
      return Reflect.get(target, key) as unknown
    },
  })
  for (let turn = 0; turn < 5; turn++) {
    outer.state.list.push('before', curious, 'behind')
    outerMirror.patch(outer.patch() as Uint8Array)
  }
  assert.ok(asked > 5)
  assert.equal(difference(inner.state, innerMirror.state), undefined)
  assert.equal(difference(outer.state, outerMirror.state), undefined)
})

test('a buffer that was transferred with a patch, against what is asked for, is not written to any more', () => {
  const one = new StateEncoder({ count: 0 })
  one.state.count = 1
  structuredClone(null, { transfer: [(one.patch() as Uint8Array<ArrayBuffer>).buffer] })
  const other = new StateEncoder({ count: 0 })
  const mirror = mirrorOf(other.keyframe())
  other.state.count = 2
  mirror.patch(other.patch() as Uint8Array)
  assert.deepEqual(mirror.state, { count: 2 })
})
