import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COMPLETE_PATCHES, StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { canonical } from '../../src/state/format/canonical.js'
import { plainCopy } from '../../src/state/format/plain-copy.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { any, map, record, type StateOf, struct, u8 } from '../../src/state/schema/struct.js'
import { EncodeError } from '../../src/value/encode-error.js'
import { difference } from '../support/raw-state.js'

interface Entity {
  x: number
  hp: number
}

function pair<T>(initial: T): { encoder: StateEncoder<T>; mirror: StateMirror<T>; step: () => Uint8Array | null } {
  const encoder = new StateEncoder<T>(initial)
  const mirror = new StateMirror<T>()
  mirror.load(encoder.keyframe())
  const step = (): Uint8Array | null => {
    const patch = encoder.patch()
    if (patch) mirror.patch(patch)
    assert.equal(difference(encoder.state, mirror.state), undefined)
    const late = new StateMirror<T>()
    late.load(encoder.keyframe())
    assert.deepEqual(canonical(late.state), canonical(mirror.state))
    return patch
  }
  return { encoder, mirror, step }
}

const crowd = (count: number): Map<string, Entity> =>
  new Map(Array.from({ length: count }, (_, i) => [`p${i}`, { x: i / 3, hp: 100 }]))
const at = (players: Map<string, Entity>, key: string): Entity => players.get(key) ?? assert.fail(key)

for (const count of [3, 23, 24, 300]) {
  test(`a Map of ${count} is mirrored whatever is done to it`, () => {
    const { encoder, mirror, step } = pair({ players: crowd(count) })
    const { players } = encoder.state
    const steps: (() => unknown)[] = [
      () => (at(players, 'p1').x += 1),
      () => players.forEach((player) => (player.hp -= 1)),
      () => [...players.values()].map((player) => (player.x = -0)),
      () => [...players].map(([, player]) => (player.x = NaN)),
      () => [...players.entries()].slice(0, 2).map(([, player]) => (player.x = 3)),
      () => players.set('fresh', { x: 1, hp: 2 }),
      () => players.set('p2', { ...at(players, 'p2'), x: 9 }),
      () => players.delete('p0'),
      () => players.delete('p1') && players.set('p1', { x: 1, hp: 1 }),
      () =>
        players.set('a', { x: 1, hp: 1 }).set('b', { x: 2, hp: 2 }).delete('a') && players.set('a', { x: 3, hp: 3 }),
      () => players.set('short', { x: 1, hp: 1 }) && players.delete('short'),
      () => players.clear(),
      () => players.set('last', { x: 1, hp: 1 }),
      () => (encoder.state.players = crowd(count)),
      () => (encoder.state.players = new Map([...encoder.state.players].toReversed())),
      () => at(encoder.state.players, 'p1').x++,
    ]
    for (const change of steps) {
      change()
      step()
      assert.equal(encoder.patch(), null)
      assert.deepEqual([...mirror.state.players.keys()], [...encoder.state.players.keys()])
    }
  })
}

test('keys are strings and whole numbers, and 1 and "1" are two', () => {
  const seats = new Map<string | number, unknown>([
    [1, 'one'],
    ['1', 'text'],
    [-7, null],
    [2 ** 53 - 1, { who: 'ada' }],
    [-(2 ** 53) + 1, { who: 'eve' }],
    ['', undefined],
    ['__proto__', 5],
  ])
  const { encoder, mirror, step } = pair({ seats })
  assert.deepEqual([...mirror.state.seats], [...seats])
  encoder.state.seats.set(0, 'zero').delete('1')
  step()
  assert.deepEqual([...mirror.state.seats], [...seats])
  for (const key of [0.5, NaN, {}, true]) {
    assert.throws(
      () => new StateEncoder({ seats: new Map([[key, 1]]) }),
      /\$\.seats has the key .*strings or whole numbers/,
    )
  }
})

test('a Map stays the object that it was: its identity, its prototype, no enumerable properties, structuredClone', () => {
  const players = crowd(100)
  const { encoder, step } = pair({ players })
  step()
  assert.equal(encoder.state.players, players)
  assert.equal(Object.getPrototypeOf(players), Map.prototype)
  assert.deepEqual(Object.keys(players), [])
  assert.deepEqual(players, crowd(100))
  assert.deepEqual(structuredClone(players), crowd(100))
  assert.deepEqual(plainCopy(encoder.state), { players: crowd(100) })
})

test('a frozen Map, and one of a class with methods of its own, are mirrored', () => {
  class Bag extends Map<string, Entity> {
    override get(key: string): Entity | undefined {
      return super.get(key)
    }
  }
  const { encoder, step } = pair({ bag: new Bag(crowd(50)), frozen: Object.freeze(crowd(50)) })
  at(encoder.state.bag, 'p1').x = 9
  at(encoder.state.frozen, 'p2').x = 9
  encoder.state.frozen.delete('p3')
  step()
})

test('Maps within Maps, records and lists', () => {
  const rooms = new Map(Array.from({ length: 30 }, (_, i) => [i, { players: crowd(30), log: [new Map([['a', i]])] }]))
  const { encoder, step } = pair({ rooms, list: [new Map([[1, new Map([[2, 3]])]])] })
  for (let i = 0; i < 40; i++) {
    at((encoder.state.rooms.get(i % 30) ?? assert.fail()).players, `p${i % 30}`).x = -i
    if (i % 3 === 0) encoder.state.rooms.get(7)?.log[0]?.set('a', i)
    encoder.state.list[0]?.get(1)?.set(i, i)
    step()
  }
})

test('a large Map or record that was kept, and lies in an entry of a large one, is mirrored at once', () => {
  const rooms = new Map(
    Array.from({ length: 30 }, (_, i) => [i, { players: crowd(30), seats: Object.fromEntries(crowd(30)) }]),
  )
  const encoder = new StateEncoder({ rooms })
  const mirror = new StateMirror<{ rooms: typeof rooms }>()
  mirror.load(encoder.keyframe())
  const { players, seats } = encoder.state.rooms.get(7) ?? assert.fail()
  for (let i = 0; i < 40; i++) encoder.patch()
  mirror.load(encoder.keyframe())
  for (let i = 0; i < 40; i++) {
    at(players, `p${i % 30}`).x = -i
    ;(seats[`p${i % 30}`] ?? assert.fail()).x = -i
    mirror.patch(encoder.patch() ?? assert.fail())
    const room = mirror.state.rooms.get(7)
    assert.equal(room?.players.get(`p${i % 30}`)?.x, -i)
    assert.equal(room?.seats[`p${i % 30}`]?.x, -i)
  }
})

test('at a mirror a Map can be read and not changed', () => {
  const { mirror } = pair({ players: crowd(3) })
  const { players } = mirror.state
  assert.throws(() => players.set('p1', { x: 1, hp: 1 }), /belongs to a mirror/)
  assert.throws(() => players.delete('p1'), TypeError)
  assert.throws(() => players.clear(), TypeError)
  assert.equal(players.size, 3)
  assert.deepEqual(players, crowd(3))
})

test('the entries that nothing happened to stay the same objects, also when a keyframe is loaded', () => {
  const { encoder, mirror, step } = pair({ players: crowd(40) })
  const before = new Map(mirror.state.players)
  const { players } = mirror.state
  at(encoder.state.players, 'p5').x = 5
  encoder.state.players.delete('p6')
  step()
  encoder.state.players.delete('p7')
  encoder.patch()
  mirror.load(encoder.keyframe())
  assert.equal(mirror.state.players, players)
  assert.deepEqual([...players.keys()], [...encoder.state.players.keys()])
  for (const [key, value] of players) assert.equal(value, before.get(key))
})

test('handlers at a path name the keys of a Map as they are', () => {
  const { encoder, mirror, step } = pair({ seats: new Map<string | number, Entity>([[1, { x: 1, hp: 1 }]]) })
  const told: unknown[] = []
  mirror.on(['seats', 1], { change: (value, key) => told.push(['number', key, value]) })
  mirror.on(['seats', '1'], { change: (value, key) => told.push(['text', key, value]) })
  mirror.on(['seats'], { add: (_, key) => told.push(['add', key]), remove: (_, key) => told.push(['remove', key]) })
  encoder.state.seats.set('1', { x: 2, hp: 2 })
  step()
  ;(encoder.state.seats.get(1) ?? assert.fail()).x = 5
  encoder.state.seats.delete('1')
  step()
  assert.deepEqual(told, [
    ['add', 1],
    ['add', '1'],
    ['remove', '1'],
    ['number', 'x', 5],
  ])
})

test('declared Maps narrow and refuse as declared records do', () => {
  const shape = struct({ players: map(struct({ hp: u8, extra: any })), scores: map(u8), old: record(u8) })
  type World = StateOf<typeof shape>
  const initial = (): World => ({
    players: new Map([['a', { hp: 1, extra: new Map([[1, 2]]) }]]),
    scores: new Map(),
    old: {},
  })
  const encoder = new StateEncoder<World>(initial(), { shape })
  const mirror = new StateMirror<World>()
  mirror.load(encoder.keyframe())
  encoder.state.scores.set('a', 7.4)
  mirror.patch(encoder.patch() ?? assert.fail())
  assert.equal(encoder.state.scores.get('a'), 7)
  assert.equal(mirror.state.scores.get('a'), 7)
  encoder.state.scores.set('b', 256)
  assert.throws(() => encoder.patch(), /\$\.scores\.b is 256, but was declared as u8/)
  encoder.state.scores.delete('b')
  ;(encoder.state as { players: unknown }).players = {}
  assert.throws(
    () => encoder.patch(),
    (error: unknown) =>
      error instanceof EncodeError && /players is an object, but was declared as Map/.test(error.message),
  )
})

test('an entry that was kept from an earlier turn is found within COMPLETE_PATCHES, and at once in a complete patch', () => {
  const { encoder, mirror } = pair({ players: crowd(100) })
  const kept = at(encoder.state.players, 'p50')
  for (let i = 0; i < 100; i++) encoder.patch()
  kept.x = 1
  let patches = 1
  while (encoder.patch() === null) assert.ok(++patches <= COMPLETE_PATCHES)
  kept.x = 2
  assert.ok(encoder.patch(), 'what was found once is looked at in each patch')
  for (let i = 0; i < 100; i++) encoder.patch()
  kept.x = 3
  assert.ok(encoder.patch({ complete: true }))
  mirror.load(encoder.keyframe())
  assert.equal(at(mirror.state.players, 'p50').x, 3)
})

test('a small Map whose objects change keys or places is mirrored in its order', () => {
  const { encoder, step } = pair({ seats: new Map(['a', 'b', 'c'].map((key, hp) => [key, { x: 0.5, hp }])) })
  const { seats } = encoder.state
  const last = at(seats, 'c')
  for (const key of ['d', 'd', 'c']) {
    // The values of the Map are the same objects in the same order each time.
    for (const [before, entry] of [...seats]) if (entry === last) seats.delete(before)
    seats.set(key, last)
    last.x++
    step()
  }
  const first = at(seats, 'a')
  seats.delete('a')
  seats.set('a', first)
  assert.ok(step())
  first.hp = 9
  assert.ok(step())
})

for (const form of ['Map', 'list'] as const) {
  test(`entries of several kinds that take turns in a ${form}, and become other kinds, are mirrored`, () => {
    type Thing = Record<string, unknown>
    const kinds: ((i: number) => Thing)[] = [
      (i) => ({ kind: 'shot', x: i / 3, y: 0.5 }),
      (i) => ({ kind: 'door', open: false, key: `k${i}` }),
      (i) => ({ kind: 'chest', within: { gold: i } }),
    ]
    const make = (i: number): Thing => kinds[i % 3]?.(i) ?? assert.fail()
    const made = Array.from({ length: 60 }, (_, i) => make(i))
    const { encoder, step } = pair({ things: form === 'Map' ? new Map(made.entries()) : made })
    const things = (): Thing[] => [...encoder.state.things.values()]
    const put = (i: number, thing: Thing): void => {
      const { things: all } = encoder.state
      if (all instanceof Map) all.set(i, thing)
      else all[i] = thing
    }
    for (let turn = 0; turn < 7; turn++) {
      for (const [i, thing] of things().entries()) if (i % 7 === turn) thing['x'] = turn + i / 7
      assert.ok(step())
      for (const thing of things()) if ('within' in thing) (thing['within'] as Thing)['gold'] = turn
      put(turn * 3, make(turn * 3 + 1 + (turn % 2)))
      put(turn * 3 + 1, { ...things()[turn * 3 + 1], kind: 'another' })
      assert.ok(step())
      assert.equal(things().length, 60)
      assert.equal(step(), null)
    }
  })
}
