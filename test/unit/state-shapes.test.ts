import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonical } from '../../src/state/format/canonical.js'
import { generateCode } from '../../src/state/shadow/shape-code.js'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import {
  any,
  bool,
  bytes,
  f32,
  f64,
  i8,
  i16,
  i32,
  list,
  optional,
  range,
  record,
  type StateOf,
  struct,
  text,
  u8,
  u16,
  u32,
} from '../../src/state/schema/struct.js'
import { EncodeError } from '../../src/value/encode-error.js'

const player = struct({
  id: text,
  x: f32,
  y: f64,
  angle: range(-Math.PI, Math.PI, Math.PI / 128),
  far: range(0, 1000, 0.5),
  wide: range(0, 1e6, 0.01),
  hp: u8,
  ammo: u16,
  score: u32,
  heat: i8,
  depth: i16,
  debt: i32,
  alive: bool,
  team: optional(text),
  extra: any,
  bag: list(u8),
  mark: bytes,
  at: struct({ x: f32, y: f32 }),
})
const world = struct({ players: record(player), walls: list(struct({ x: f32, w: f32 })), round: u32 })
type World = StateOf<typeof world>
type Player = World['players'][string]

const equal = (a: unknown, b: unknown): boolean => Buffer.compare(canonical(a), canonical(b)) === 0

function makePlayer(id: string): Player {
  return {
    id,
    x: 0.1,
    y: 0.1,
    angle: 1,
    far: 500.2,
    wide: 123.456,
    hp: 100,
    ammo: 1000,
    score: 4e9,
    heat: -5,
    depth: -3000,
    debt: -2e9,
    alive: true,
    extra: { deep: [1, null, 'x'] },
    bag: [1, 2.4, 3],
    mark: new Uint8Array([1, 2]),
    at: { x: 0.3, y: -0 },
  }
}

function makeWorld(count: number): World {
  const players: Record<string, Player> = {}
  for (let i = 0; i < count; i++) players[`p${i}`] = makePlayer(`p${i}`)
  return { players, walls: [{ x: 1 / 3, w: 2 }], round: 1 }
}

const isNearly = (a: number, b: number, within: number): boolean => Math.abs(a - b) <= within

for (const code of ['generated', 'general'] as const) {
  test(`declared numbers are rounded in the owner's state, so that both sides are equal, ${code} code`, () => {
    generateCode(code === 'generated')
    const encoder = new StateEncoder<World>(makeWorld(30), { shape: world })
    const mirror = new StateMirror<World>()
    mirror.load(encoder.keyframe())
    assert.ok(equal(mirror.state, encoder.state))
    const first = encoder.state.players['p1'] as Player
    assert.equal(first.x, Math.fround(0.1))
    assert.equal(first.far, 500)
    assert.ok(isNearly(first.angle, 1, Math.PI / 256) && first.angle !== 1)
    assert.deepEqual(first.bag, [1, 2, 3])
    assert.equal(encoder.state.walls[0]?.x, Math.fround(1 / 3))

    const changes = fc.record({
      id: fc.nat({ max: 29 }),
      x: fc.double(),
      y: fc.double(),
      angle: fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }),
      wide: fc.double({ min: 0, max: 1e6, noNaN: true }),
      hp: fc.double({ min: -0.4, max: 255.4, noNaN: true }),
      heat: fc.integer({ min: -128, max: 127 }),
      debt: fc.integer(),
      score: fc.nat({ max: 4294967295 }),
      alive: fc.boolean(),
      team: fc.option(fc.string(), { nil: undefined }),
      bag: fc.array(fc.nat({ max: 255 }), { maxLength: 5 }),
    })
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 6 }), (turn) => {
        for (const { id, ...fields } of turn) Object.assign(encoder.state.players[`p${id}`] as Player, fields)
        const patch = encoder.patch()
        if (patch) mirror.patch(patch)
        assert.ok(equal(mirror.state, encoder.state), 'mirror')
        const late = new StateMirror()
        late.load(encoder.keyframe())
        assert.ok(equal(late.state, encoder.state), 'late mirror')
        assert.equal(encoder.patch(), null)
      }),
      { numRuns: 300 },
    )
    generateCode(true)
  })
}

test("-0 becomes 0 in the owner's state where the type has none, at once and later", () => {
  const encoder = new StateEncoder<World>(makeWorld(1), { shape: world })
  const mirror = new StateMirror<World>()
  mirror.load(encoder.keyframe())
  const entry = encoder.state.players['p0'] as Player
  for (const value of [0, -0, 5, -0]) {
    Object.assign(entry, { far: value, hp: value, debt: value, x: value })
    const patch = encoder.patch()
    if (patch) mirror.patch(patch)
    assert.ok(equal(mirror.state, encoder.state))
  }
  assert.ok(Object.is(entry.far, 0) && Object.is(entry.hp, 0) && Object.is(entry.x, -0))
})

test('declared entries are added, removed, and take and lose optional fields', () => {
  const encoder = new StateEncoder<World>(makeWorld(3), { shape: world })
  const mirror = new StateMirror<World>()
  mirror.load(encoder.keyframe())
  encoder.state.players['new'] = { ...makePlayer('new'), team: 'red' }
  delete encoder.state.players['p0']
  ;(encoder.state.players['p1'] as Player).team = 'blue'
  encoder.state.walls.push({ x: 5, w: 0.1 })
  mirror.patch(encoder.patch() as Uint8Array)
  assert.ok(equal(mirror.state, encoder.state))
  delete (encoder.state.players['p1'] as Player).team
  mirror.patch(encoder.patch() as Uint8Array)
  assert.ok(equal(mirror.state, encoder.state))
})

test('what is declared as any may be anything but absent', () => {
  const shape = struct({ what: any, list: list(any) })
  const encoder = new StateEncoder<{ what: unknown; list: unknown[] }>({ what: null, list: [undefined] }, { shape })
  encoder.state.what = undefined
  assert.throws(() => encoder.patch(), /\$\.what is absent, but was declared as any\. Set it, or declare it optional/)
  encoder.state.what = ['anything']
  const mirror = new StateMirror<unknown>()
  encoder.patch()
  mirror.load(encoder.keyframe())
  assert.deepEqual(mirror.state, { what: ['anything'], list: [undefined] })
})

test('what does not fit its declaration is refused with path, value and remedy, and nothing is narrowed silently', () => {
  const refused: [(world: World) => void, RegExp][] = [
    [
      ({ players }) => ((players['p0'] as Player).hp = 256),
      /\$\.players\.p0\.hp is 256, but was declared as u8.*0 to 255/,
    ],
    [({ players }) => ((players['p0'] as Player).hp = NaN), /hp is NaN/],
    [({ players }) => ((players['p0'] as Player).heat = -129), /heat is -129/],
    [({ players }) => ((players['p0'] as Player).angle = 4), /angle is 4, but was declared as range/],
    [({ players }) => ((players['p0'] as { x: unknown }).x = 'far'), /x is the text "far", but was declared as f32/],
    [({ players }) => ((players['p0'] as { alive: unknown }).alive = 1), /alive is 1, but was declared as bool/],
    [({ players }) => delete (players['p0'] as { x?: number }).x, /\$\.players\.p0\.x is absent.*optional/],
    [({ players }) => Object.assign(players['p0'] as Player, { color: 1 }), /\$\.players\.p0\.color was not declared/],
    [(state) => state.players['p0']?.bag.push(300), /\$\.players\.p0\.bag\[3\] is 300/],
    [(state) => state.walls.push({ x: 1 } as never), /\$\.walls\[1\]\.w is absent/],
    [(state) => ((state as { walls: unknown }).walls = {}), /\$\.walls is an object, but was declared as list/],
  ]
  for (const generated of [true, false]) {
    generateCode(generated)
    for (const [change, message] of refused) {
      const encoder = new StateEncoder<World>(makeWorld(2), { shape: world })
      const keyframe = encoder.keyframe()
      change(encoder.state)
      assert.throws(
        () => encoder.patch(),
        (error: unknown) => error instanceof EncodeError && message.test(error.message),
        String(message),
      )
      assert.deepEqual(encoder.keyframe(), keyframe)
    }
    generateCode(true)
  }
  assert.throws(() => new StateEncoder<World>({ round: -1 } as never, { shape: world }), EncodeError)
})

const crowd = struct({
  bots: record(struct({ x: f64, hp: u8, name: text, extra: any })),
  tents: record(struct({ x: f32, owner: optional(text) })),
})
type Crowd = StateOf<typeof crowd>

/** Records that are large enough for accesses to them to be noted. */
function makeCrowd(): Crowd {
  const ids = Array.from({ length: 40 }, (_, i) => `b${i}`)
  const bots = ids.map((id, i) => [id, { x: i + 0.5, hp: 9, name: id, extra: null }] as const)
  return { bots: Object.fromEntries(bots), tents: Object.fromEntries(ids.map((id) => [id, { x: 1 }])) }
}

test('in a large record, too, what does not fit is refused with its path, nothing of that turn is published, and all is once it is mended', () => {
  const spoilt: [string, unknown][] = [
    ['x', 'far'],
    ['x', undefined],
    ['hp', 256],
    ['hp', undefined],
    ['name', undefined],
    ['name', 7],
    ['extra', undefined],
  ]
  for (const [key, value] of spoilt) {
    const encoder = new StateEncoder<Crowd>(makeCrowd(), { shape: crowd })
    const mirror = new StateMirror<Crowd>()
    mirror.load(encoder.keyframe())
    const { bots } = encoder.state as unknown as { bots: Record<string, Record<string, unknown>> }
    for (const bot of Object.values(bots)) Object.assign(bot, { x: 7.5, hp: 3, name: 'renamed', extra: 1 })
    const spoil = bots['b30'] as Record<string, unknown>
    const before = spoil[key]
    spoil[key] = value
    assert.throws(
      () => encoder.patch(),
      (error: unknown) => error instanceof EncodeError && error.path === `$.bots.b30.${key}`,
      `${key} ${String(value)}`,
    )
    const unchanged = new StateEncoder<Crowd>(makeCrowd(), { shape: crowd })
    assert.ok(Buffer.from(encoder.keyframe()).equals(unchanged.keyframe()))
    spoil[key] = before
    mirror.patch(encoder.patch() as Uint8Array)
    assert.ok(equal(mirror.state, encoder.state))
  }
})

test('entries that have other keys, or are Proxies, are mirrored, and what was not declared is refused at the turn', () => {
  const plain = (): Record<string, unknown> => ({ x: 1, hp: 1, name: 'mine', extra: null })
  const odd: (() => Record<string, unknown>)[] = [
    () => ({ ...plain(), mana: undefined }),
    () => new Proxy(plain(), { preventExtensions: () => false }),
  ]
  for (const generated of [true, false]) {
    generateCode(generated)
    for (const id of ['new', 'b3']) {
      for (const make of odd) {
        const entry = make()
        const encoder = new StateEncoder<Crowd>(makeCrowd(), { shape: crowd })
        const mirror = new StateMirror<Crowd>()
        mirror.load(encoder.keyframe())
        encoder.state.bots[id] = entry as never
        mirror.patch(encoder.patch() as Uint8Array)
        entry['mana'] = 3
        for (let turn = 0; turn < 2; turn++) assert.throws(() => encoder.patch(), /\.mana was not declared/)
        delete entry['mana']
        entry['x'] = (entry['x'] as number) + 5
        mirror.patch(encoder.patch() as Uint8Array)
        assert.deepEqual(mirror.state.bots[id], { ...entry })
      }
    }
  }
  generateCode(true)
})

test('another object in the place of an entry is refused at each turn while it does not fit, and can be mended', () => {
  const misfits: [Record<string, unknown>, (bot: Record<string, unknown>) => void][] = [
    [{ x: 1, hp: 1, name: 'b', extra: 0, mana: 3 }, (bot) => delete bot['mana']],
    [{ x: 1, hp: 1, name: 'b' }, (bot) => (bot['extra'] = 0)],
  ]
  for (const [bot, mend] of misfits) {
    const encoder = new StateEncoder<Crowd>(makeCrowd(), { shape: crowd })
    const mirror = new StateMirror<Crowd>()
    mirror.load(encoder.keyframe())
    encoder.state.bots['b3'] = bot as never
    for (let turn = 0; turn < 3; turn++) assert.throws(() => encoder.patch(), EncodeError)
    mend(bot)
    mirror.patch(encoder.patch() as Uint8Array)
    assert.deepEqual(mirror.state.bots['b3'], { x: 1, hp: 1, name: 'b', extra: 0 })
  }
})

test('a mirror needs no declaration: patches and keyframes say what they are', () => {
  const encoder = new StateEncoder<World>(makeWorld(1), { shape: world })
  const mirror = new StateMirror<Record<string, unknown>>()
  mirror.load(encoder.keyframe())
  assert.deepEqual(mirror.state, encoder.state)
})

test('declarations that cannot be are refused when they are made', () => {
  assert.throws(() => range(0, 1, 0), RangeError)
  assert.throws(() => range(1, 0, 0.1), RangeError)
  assert.throws(() => range(0, 1e9, 0.01), RangeError)
  assert.throws(() => struct({ constructor: f32 }), RangeError)
  const many = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`f${i}`, u8]))
  assert.throws(() => struct(many), /at most 31/)
  const no = (what: unknown): never => what as never
  assert.throws(() => struct({ x: no(1.5) }), /^TypeError: the field x of a struct is not a type/)
  assert.throws(() => struct({ x: no({ check: 'number' }) }), TypeError)
  assert.throws(() => record(no(undefined)), /the value type of a record is not a type/)
  assert.throws(() => list(no('f32')), TypeError)
  assert.throws(() => optional(no(null)), TypeError)
  assert.throws(() => new StateEncoder({}, { shape: no({ players: f32 }) }), /^TypeError: shape is not a type/)
})

// The engine gives a literal of types and one of an entity with the same keys one hidden class: an object in the one and a fraction in the
// other make a field that takes new memory for each number. `npm run bench -- state` shows what it costs, which is about twice the time.
test('types of numbers that need not be whole are such numbers, each another one', () => {
  const types: readonly unknown[] = [f32, f64, range(0, 1, 0.1), range(0, 2, 0.1), optional(f32), optional(f64)]
  for (const type of types) assert.ok(typeof type === 'number' && !Number.isInteger(type))
  assert.equal(new Set(types).size, types.length)
  assert.equal(range(0, 1, 0.1), range(0, 1, 0.1))
})
