import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { canonical } from '../../src/state/format/canonical.js'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { bool, f32, type FieldType, list, range, record, struct, text, u8 } from '../../src/state/schema/struct.js'
import { inProject } from '../support/project-root.js'

/** What authors of mirrors check theirs against. `UPDATE_VECTORS=1` writes the file anew: only when the format changes. */
interface Vector {
  readonly name: string
  readonly steps: { readonly bytes: string; readonly state: unknown; readonly canonical: string }[]
}

const FILE = inProject('test/vectors/state.json')
/** JSON has no Maps: the entries of one are told, in their order. */
const tellMap = (_: string, value: unknown): unknown =>
  value instanceof Map ? { Map: [...(value as Map<unknown, unknown>)] } : value
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

type Change = (state: Record<string, unknown>) => void

const set = (target: unknown, fields: object): void => void Object.assign(target as object, fields)
const at = (state: unknown, ...path: (string | number)[]): unknown =>
  path.reduce((value: unknown, key) => (value as Record<string | number, unknown>)[key], state)

const mapAt = (state: unknown, ...path: (string | number)[]): Map<unknown, unknown> =>
  at(state, ...path) as Map<unknown, unknown>

function people(count: number): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (let i = 0; i < count; i++) result[`p${i}`] = { id: `p${i}`, x: i + 0.1, hp: 100, name: `bot ${i}` }
  return result
}

const SCENARIOS: { name: string; initial: () => unknown; shape?: FieldType; changes: Change[] }[] = [
  {
    name: 'values of every kind',
    initial: () => ({
      n: null,
      t: true,
      i: [0, 63, 64, -1, -300, 2 ** 53 - 1],
      f: [0.5, 0.1, -0, 1e300],
      s: ['', 'é', '\ud800', 'x'.repeat(40)],
    }),
    changes: [
      (state) => set(state, { n: 1, t: false, b: new Uint8Array([1, 2, 3]) }),
      (state) => set(state, { i: [NaN, Infinity, -Infinity], b: new Uint8Array([4]) }),
      (state) => delete state['n'],
    ],
  },
  {
    name: 'records, structs and runs',
    initial: () => ({ players: people(10), config: { size: 3, deep: { on: true } } }),
    changes: [
      (state) => set(at(state, 'players', 'p3'), { x: 0.2, hp: 99 }),
      (state) => set(at(state, 'players'), { fresh: { id: 'fresh', x: 1.5, hp: 1, name: 'f' } }),
      (state) => delete (at(state, 'players') as Record<string, unknown>)['p1'],
      (state) => set(at(state, 'players', 'p4'), { team: 'red' }),
      (state) => set(at(state, 'players', 'p5'), { x: 'no number' }),
      (state) => set(at(state, 'config', 'deep'), { on: false }),
      (state) => set(at(state, 'players'), { ['__proto__x']: 1, p2: null }),
    ],
  },
  {
    name: 'lists',
    initial: () => ({ list: [{ a: 1 }, { a: 2 }, { a: 3 }], words: ['one', 'two', 'three'] }),
    changes: [
      (state) => (at(state, 'list') as unknown[]).unshift({ a: 0 }),
      (state) => set(state, { list: (at(state, 'list') as unknown[]).toReversed() }),
      (state) => set(at(state, 'list', 1), { a: 20 }),
      (state) => (at(state, 'list') as unknown[]).splice(1, 2),
      (state) => (at(state, 'words') as unknown[]).push('four', undefined),
      (state) => (at(state, 'words') as unknown[]).shift(),
    ],
  },
  {
    name: 'an object that becomes a record',
    initial: () => ({ rooms: { a: { open: true } } }),
    changes: [
      (state) => set(at(state, 'rooms'), { b: { open: false } }),
      (state) => set(at(state, 'rooms', 'a'), { open: false }),
      (state) => delete (at(state, 'rooms') as Record<string, unknown>)['a'],
    ],
  },
  {
    name: 'Maps',
    initial: () => ({
      scores: new Map([['ada', 1]]),
      seats: new Map<unknown, unknown>([
        [3, { who: 'ada' }],
        ['3', null],
      ]),
    }),
    changes: [
      (state) => mapAt(state, 'scores').set('bob', 2).set('ada', 3),
      (state) => mapAt(state, 'seats').delete(3),
      (state) =>
        mapAt(state, 'seats')
          .set(3, { who: 'eve' })
          .set(-7, { who: 'bob' })
          .set(2 ** 53 - 1, undefined),
      (state) => set(mapAt(state, 'seats').get(3), { who: 'ada' }),
      (state) => set(state, { scores: new Map([['bob', 2]]) }),
    ],
  },
  {
    name: 'entries that go leave holes until there are too many, and shapes that nothing has any more give up their numbers',
    initial: () => ({ things: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, { [`f${i}`]: i }])) }),
    changes: [
      (state) => {
        for (let i = 0; i < 35; i++) delete (at(state, 'things') as Record<string, unknown>)[`k${i}`]
      },
      (state) => set(at(state, 'things'), { fresh: { [`f38`]: 1, other: 2 } }),
      (state) => set(at(state, 'things', 'k39'), { f39: 40 }),
    ],
  },
  {
    name: 'declared shapes',
    initial: () => ({ players: { a: { x: 0.1, angle: 1, hp: 7, name: 'A', alive: true } }, walls: [{ x: 1 }] }),
    shape: struct({
      players: record(struct({ x: f32, angle: range(-4, 4, 0.25), hp: u8, name: text, alive: bool })),
      walls: list(struct({ x: f32 })),
    }),
    changes: [
      (state) => set(at(state, 'players', 'a'), { x: 0.2, angle: -4, hp: 255, alive: false }),
      (state) => set(at(state, 'players'), { b: { x: 3, angle: 0, hp: 0, name: 'B', alive: true } }),
      (state) => set(at(state, 'walls', 0), { x: 1 / 3 }),
    ],
  },
]

function play({ name, initial, shape, changes }: (typeof SCENARIOS)[number]): Vector {
  const encoder = new StateEncoder<unknown>(initial(), { shape })
  const step = (bytes: Uint8Array): Vector['steps'][number] => ({
    bytes: hex(bytes),
    state: JSON.parse(JSON.stringify(encoder.state, tellMap)) as unknown,
    canonical: hex(canonical(encoder.state)),
  })
  const steps = [step(encoder.keyframe())]
  for (const change of changes) {
    change(encoder.state as Record<string, unknown>)
    const patch = encoder.patch()
    assert.ok(patch)
    steps.push(step(patch))
  }
  steps.push(step(encoder.keyframe()))
  return { name, steps }
}

if (process.env['UPDATE_VECTORS'] === '1') {
  writeFileSync(FILE, `${JSON.stringify(SCENARIOS.map(play), null, 2)}\n`)
}
const vectors = JSON.parse(readFileSync(FILE, 'utf8')) as Vector[]

test('the owner writes exactly the bytes of the published vectors', () => {
  assert.deepEqual(SCENARIOS.map(play), vectors)
})

for (const { name, steps } of vectors) {
  test(`G2 a mirror reads the published vectors: ${name}`, () => {
    const mirror = new StateMirror()
    steps.forEach(({ bytes, canonical: expected }, i) => {
      const input = Buffer.from(bytes, 'hex')
      if (i === 0 || i === steps.length - 1) mirror.load(input)
      else mirror.patch(input)
      assert.equal(hex(canonical(mirror.state)), expected)
    })
  })
}
