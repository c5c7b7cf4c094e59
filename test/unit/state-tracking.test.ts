import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { plainCopy } from '../../src/state/format/plain-copy.js'
import { generateCode } from '../../src/state/shadow/shape-code.js'
import { COMPLETE_PATCHES, StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { playPlaces } from '../support/places-program.js'
import { difference } from '../support/raw-state.js'
import { runProgram, type Step, steps } from '../support/state-programs.js'

interface Entity {
  id: number
  x: number
  y: number
  hp: number
  name: string
  tags?: string[]
}
interface World {
  players: Record<string, Entity>
  teams: { red: Record<string, Entity> }
  leader: Entity | null
}

/** Looks behind the Proxies: what a test reads through one, the next patch compares. */
const equal = (mirrored: unknown, owned: unknown): boolean => difference(owned, mirrored) === undefined

function entities(count: number): Record<string, Entity> {
  const result: Record<string, Entity> = {}
  for (let i = 0; i < count; i++) result[`e${i}`] = { id: i, x: i / 3, y: i / 7, hp: i % 100, name: `bot ${i}` }
  return result
}

function pair<T>(initial: T): { encoder: StateEncoder<T>; mirror: StateMirror<T>; step: () => Uint8Array | null } {
  const encoder = new StateEncoder<T>(initial)
  const mirror = new StateMirror<T>()
  mirror.load(encoder.keyframe())
  const step = (): Uint8Array | null => {
    const patch = encoder.patch()
    if (patch) mirror.patch(patch)
    return patch
  }
  return { encoder, mirror, step }
}

const world = (): World => ({ players: entities(60), teams: { red: entities(40) }, leader: null })

for (const code of ['generated', 'general'] as const) {
  test(`G2 random programs over large records, ${code} code: mirror, late mirror and owner are equal after every patch`, () => {
    generateCode(code === 'generated')
    const programs = fc.array(fc.array(steps, { maxLength: 8 }), { maxLength: 12 })
    fc.assert(
      fc.property(programs, fc.boolean(), (turns: Step[][], complete) => {
        const { encoder, mirror } = pair<unknown>({ ...world(), a: { x: 1 }, list: [1, 2, 3] })
        for (const turn of turns) {
          runProgram(encoder, turn)
          const patch = encoder.patch({ complete })
          if (patch) mirror.patch(patch)
          const late = new StateMirror()
          late.load(encoder.keyframe())
          assert.ok(equal(mirror.state, encoder.state), 'mirror and owner')
          assert.ok(equal(late.state, encoder.state), 'late mirror and owner')
          assert.equal(encoder.patch(), null)
        }
      }),
      { numRuns: 150 },
    )
    generateCode(true)
  })
}

test('reading a large record costs no bytes', () => {
  const { encoder, step } = pair(world())
  let sum = 0
  for (const id in encoder.state.players) sum += encoder.state.players[id]?.x ?? 0
  for (const entity of Object.values(encoder.state.players)) sum += entity.y
  assert.ok(sum > 0)
  assert.equal(step(), null)
})

test('entries are changed, added, replaced, removed and read back through a large record as through any object', () => {
  const { encoder, mirror, step } = pair(world())
  const { players } = encoder.state
  ;(players['e3'] as Entity).x = 99
  ;(players['e4'] as Entity).tags = ['new']
  delete players['e5']
  players['e6'] = { id: 6, x: -0, y: NaN, hp: 0, name: 'other' }
  players['fresh'] = { id: 60, x: 1, y: 2, hp: 3, name: 'fresh' }
  assert.ok('fresh' in players && !('e5' in players))
  assert.equal(Object.keys(players).length, 60)
  const untouched = mirror.state.players['e7']
  const changed = mirror.state.players['e3']
  step()
  assert.ok(equal(mirror.state, encoder.state))
  assert.equal(mirror.state.players['e7'], untouched)
  assert.equal(mirror.state.players['e3'], changed)
})

test('an object kept across ticks and changed later is mirrored within COMPLETE_PATCHES, and from then on at once', () => {
  for (const count of [24, 100, 500]) {
    for (let phase = 0; phase < 12; phase++) {
      const players: Record<string, { x: number }> = {}
      for (let i = 0; i < count; i++) players[`e${i}`] = { x: i }
      const encoder = new StateEncoder({ players })
      const kept = (encoder.patch(), encoder.state.players[`e${(phase * 37) % count}`] as { x: number })
      for (let i = 0; i < 600 + phase * 43; i++) assert.equal(encoder.patch(), null)
      kept.x -= 1
      // Reading the state to compare it would make the next patch look at all.
      let patches = 1
      while (encoder.patch() === null) assert.ok(++patches <= COMPLETE_PATCHES, 'the sweep takes too long')
      for (let i = 0; i < 10; i++) {
        kept.x -= 1
        assert.ok(encoder.patch(), 'what was found once is looked at in each patch')
      }
    }
  }
})

test('an object that was just added is mirrored at once when it is changed through the variable that it came from', () => {
  const { encoder, mirror, step } = pair(world())
  const ada: Entity = { id: 100, x: 0, y: 0, hp: 1, name: 'ada' }
  encoder.state.players['ada'] = ada
  for (let i = 0; i < 8; i++) {
    step()
    assert.ok(equal(mirror.state, encoder.state))
    ada.x += 0.5
  }
})

test('an object that took the place of an entry is mirrored at once when it is changed through the variable that it came from', () => {
  const { encoder, mirror, step } = pair(world())
  const ada: Entity = { id: 100, x: 0, y: 0, hp: 1, name: 'ada' }
  for (let i = 0; i < 40; i++) step()
  encoder.state.players['e1'] = ada
  for (let i = 0; i < 8; i++) {
    step()
    assert.ok(equal(mirror.state, encoder.state))
    ada.x += 0.5
  }
})

test('a complete patch finds everything at once', () => {
  const raw = entities(60)
  const { encoder, mirror } = pair<World>({ players: raw, teams: { red: entities(40) }, leader: null })
  const kept = encoder.state.teams.red['e30'] as Entity
  encoder.patch()
  kept.name = 'kept'
  raw['behind'] = { id: 1, x: 1, y: 1, hp: 1, name: 'behind' }
  delete raw['e2']
  raw['e3'] = { id: 3, x: 3, y: 3, hp: 3, name: 'replaced' }
  mirror.patch(encoder.patch({ complete: true }) as Uint8Array)
  assert.ok(equal(mirror.state, encoder.state))
})

test('entries that come and go behind the record, through the object that it was made of, are found within COMPLETE_PATCHES, and from then on at once', () => {
  const changes: ((raw: Record<string, { x: number }>, key: string) => void)[] = [
    (raw, key) => (raw[key] = { x: -1 }),
    (raw, key) => (raw[`${key} too`] = { x: -1 }),
    (raw, key) => delete raw[key],
  ]
  for (const count of [24, 100, 500]) {
    for (const change of changes) {
      for (let phase = 0; phase < 4; phase++) {
        const raw: Record<string, { x: number }> = {}
        for (let i = 0; i < count; i++) raw[`e${i}`] = { x: i }
        const encoder = new StateEncoder({ raw })
        for (let i = 0; i < 5000 + phase * 777; i++) assert.equal(encoder.patch(), null)
        const findsWithin = (patches: number, slot: number): void => {
          change(raw, `e${slot % count}`)
          while (encoder.patch() === null) assert.ok(--patches > 0, `${count} entries, slot ${slot}`)
        }
        findsWithin(COMPLETE_PATCHES, phase * 37)
        for (let i = 0; i < phase * 3; i++) encoder.patch()
        findsWithin(1, phase * 37 + 1)
        findsWithin(1, phase * 37 + 11)
      }
    }
  }
})

test('the same object at two places is mirrored at both, whichever it is changed through', () => {
  const { encoder, mirror, step } = pair(world())
  const { state } = encoder
  state.leader = state.players['e1'] as Entity
  state.teams.red['e1'] = state.players['e1'] as Entity
  step()
  assert.ok(equal(mirror.state, encoder.state))
  state.leader.hp = 77
  step()
  assert.ok(equal(mirror.state, encoder.state), 'through the plain place')
  state.teams.red['e1'].hp = 78
  step()
  assert.ok(equal(mirror.state, encoder.state), 'through one record')
  ;(state.players['e1'] as Entity).hp = 79
  step()
  assert.ok(equal(mirror.state, encoder.state), 'through the other')
  assert.notEqual(mirror.state.leader, mirror.state.players['e1'], 'aliasing is not state')
})

test('a large record that stands at two places from the start is mirrored at both, whichever it is changed through', () => {
  const players = entities(60)
  const { encoder, mirror, step } = pair<Record<string, Record<string, Entity>[]>>({ list: [players, players] })
  const [first, second] = encoder.state['list'] as [Record<string, Entity>, Record<string, Entity>]
  for (const [i, record] of [first, second].entries()) {
    delete record[`e${i}`]
    ;(record['e7'] as Entity).hp = i + 200
    record[`new${i}`] = { id: i, x: 0, y: 0, hp: 1, name: 'new' }
    step()
    assert.ok(equal(mirror.state, encoder.state), `changed through place ${i}`)
  }
})

test('a large record can be moved, copied to a second place, replaced and emptied', () => {
  const { encoder, mirror, step } = pair<Record<string, unknown>>({ a: entities(50) })
  const { state } = encoder
  const steps: (() => void)[] = [
    () => (state['b'] = state['a']),
    () => delete state['a'],
    () => ((state['b'] as Record<string, Entity>)['e1'] = { id: 1, x: 1, y: 1, hp: 1, name: 'one' }),
    () => (state['b'] = entities(30)),
    () => Object.assign((state['b'] as Record<string, Entity>)['e2'] as Entity, { x: 5 }),
    () => (state['b'] = {}),
    () => Object.assign(state['b'] as object, entities(70)),
    () => delete (state['b'] as Record<string, Entity>)['e69'],
    () => (state['c'] = { inner: { deep: state['b'] } }),
  ]
  for (const change of steps) {
    for (let i = 0; i < 20; i++) {
      if (i === 3) change()
      step()
      assert.ok(equal(mirror.state, encoder.state), String(change))
    }
  }
})

test('random programs over records that stand at several places are mirrored in every patch', () => {
  for (let seed = 1; seed <= 60; seed++) {
    try {
      playPlaces(seed, 100)
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
  }
})

test('a large record that has left one state is handled in another as it was there', () => {
  const first = pair<Partial<World>>(world())
  const second = pair<Partial<World>>({ teams: { red: entities(40) } })
  const { players } = first.encoder.state
  delete first.encoder.state.players
  // Until it is known to have gone.
  for (let i = 0; i < 5000; i++) first.step()
  second.encoder.state.players = players as Record<string, Entity>
  for (let i = 0; i < 40; i++) second.step()
  const came: Entity = { id: 1, x: 1, y: 1, hp: 1, name: 'came' }
  ;(players as Record<string, Entity>)['came'] = came
  ;((players as Record<string, Entity>)['e3'] as Entity).tags = ['new']
  second.step()
  came.hp = 2
  ;((players as Record<string, Entity>)['e3'] as Entity).tags?.push('newer')
  second.step()
  assert.ok(equal(second.mirror.state, second.encoder.state))
})

test('large records that are in the states of two encoders are mirrored by both', () => {
  const nested = { rooms: Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`r${i}`, entities(26)])) }
  const first = pair<Record<string, Record<string, Record<string, Entity>>>>(nested)
  for (let i = 0; i < 20; i++) first.step()
  const second = pair(first.encoder.state)
  for (let i = 0; i < 60; i++) {
    const rooms = (i % 3 ? first : second).encoder.state['rooms'] as Record<string, Record<string, Entity>>
    const room = rooms[`r${i % 2}`] as Record<string, Entity>
    ;(room[`e${i % 20}`] as Entity).x += 1
    if (i % 5 === 0) delete room[`e${20 + (i % 6)}`]
    if (i % 5 === 1) room[`n${i}`] = { id: i, x: 1, y: 1, hp: i, name: 'new' }
    if (i === 40) rooms['new'] = entities(30)
    if (i === 41) delete rooms['r3']
    for (const { encoder, mirror, step } of [first, second]) {
      step()
      assert.ok(equal(mirror.state, encoder.state), `turn ${i}`)
    }
  }
})

test('large records within entries of large records', () => {
  const rooms: Record<string, { players: Record<string, Entity>; open: boolean }> = {}
  for (let i = 0; i < 30; i++) rooms[`r${i}`] = { players: entities(30), open: true }
  const { encoder, mirror, step } = pair({ rooms })
  const { players } = encoder.state.rooms['r7'] as { players: Record<string, Entity> }
  for (let i = 0; i < 40; i++) {
    ;(players[`e${i % 30}`] as Entity).x = i
    step()
    assert.ok(equal(mirror.state, encoder.state), 'through an inner record that was kept')
  }
})

test('large records that change places in a large record are still mirrored at once when they are changed through what was kept', () => {
  const rooms: Record<string, Record<string, Entity>> = {}
  for (let i = 0; i < 30; i++) rooms[`r${i}`] = entities(30)
  const { encoder, mirror, step } = pair({ rooms })
  const all = encoder.state.rooms
  const kept = ['r3', 'r4', 'r5'].map((key) => all[key] as Record<string, Entity>)
  for (let i = 0; i < 120; i++) {
    const [key, other] = [`r${3 + (i % 3)}`, `r${3 + ((i >> 2) % 3)}`]
    if (i % 5 === 0) [all[key], all[other]] = [all[other] as Record<string, Entity>, all[key] as Record<string, Entity>]
    for (const each of kept) (each[`e${i % 30}`] as Entity).x += 1
    step()
    assert.ok(equal(mirror.state, encoder.state), `turn ${i}`)
  }
})

test('entries of many widths in one large record are mirrored at once, also one that is far wider than all others', () => {
  const wide = (from: number): Record<string, number> =>
    Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`f${i}`, from + i / 3]))
  for (const generated of [true, false]) {
    generateCode(generated)
    const initial: Record<string, Record<string, unknown>> = {}
    for (let i = 0; i < 300; i++) initial[`e${i}`] = i % 3 === 0 ? { x: i / 7 } : { x: i, y: 'text', z: null }
    initial['wide'] = wide(0)
    const { encoder, mirror, step } = pair({ things: initial })
    step()
    for (let turn = 0; turn < 40; turn++) {
      const { things } = encoder.state
      ;(things['wide'] as Record<string, number>)[`f${turn % 31}`]! += 0.5
      ;(things[`e${turn}`] as Record<string, unknown>)['x'] = turn / 9
      if (turn === 10) things['wider'] = { ...wide(1), deep: undefined }
      if (turn === 20) things['e1'] = wide(2)
      if (turn === 30) delete things['wide']!['f3']
      assert.ok(step())
      assert.ok(equal(mirror.state, encoder.state), `turn ${turn}`)
    }
  }
  generateCode(true)
})

test('a hundred thousand keys, and entries that come and go in each tick', () => {
  const numbers: Record<string, number> = {}
  for (let i = 0; i < 100_000; i++) numbers[`k${i}`] = i
  const { encoder, mirror, step } = pair({ numbers, players: entities(50) })
  for (let tick = 0; tick < 20; tick++) {
    encoder.state.numbers[`k${tick * 100}`] = -tick
    for (let i = 0; i < 10; i++) {
      delete encoder.state.players[`e${tick * 10 + i}`]
      encoder.state.players[`e${tick * 10 + i + 50}`] = { id: i, x: 0, y: 0, hp: 0, name: '' }
    }
    step()
    assert.deepEqual(Object.keys(mirror.state.players).sort(), Object.keys(encoder.state.players).sort())
  }
  assert.ok(equal(mirror.state, encoder.state))
})

test('frozen objects, class instances and objects with a prototype of their own are mirrored by their fields', () => {
  class Unit {
    x = 1
    private secret = 'kept too'
    move(): void {
      this.x++
      this.secret += '.'
    }
  }
  const units: Record<string, Unit> = {}
  for (let i = 0; i < 40; i++) units[i] = new Unit()
  const { encoder, mirror, step } = pair({ units, frozen: Object.freeze({ list: Object.freeze([entities(40)]) }) })
  encoder.state.units[3]?.move()
  assert.ok(encoder.state.units[3] instanceof Unit)
  step()
  assert.ok(equal(mirror.state, encoder.state))
  assert.deepEqual(mirror.state.units[3], { x: 2, secret: 'kept too.' })
})

test('structuredClone refuses a large record; plainCopy gives a plain copy of anything', () => {
  const { encoder, step } = pair(world())
  assert.throws(() => structuredClone(encoder.state.players))
  const copy = plainCopy(encoder.state)
  assert.deepEqual(copy, world())
  assert.doesNotThrow(() => structuredClone(copy))
  ;(copy.players['e1'] as Entity).x = 5
  assert.equal(step(), null)
})

test('a failed patch leaves everything as it was, also in large records', () => {
  const { encoder, mirror, step } = pair(world())
  const { players } = encoder.state
  ;(players['e1'] as Entity).x = 5
  delete players['e2']
  ;(players['e3'] as { bad?: unknown }).bad = () => 1
  const keyframe = encoder.keyframe()
  assert.throws(() => encoder.patch(), /\$\.players\.e3\.bad is a function/)
  assert.deepEqual(encoder.keyframe(), keyframe)
  delete (players['e3'] as { bad?: unknown }).bad
  step()
  assert.ok(equal(mirror.state, encoder.state))
})

test('a failed patch takes back what it did, also of an entry that was assigned again', () => {
  const entities = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`e${i}`, { x: i + 0.1, hp: 1 }]))
  const encoder = new StateEncoder<{ entities: typeof entities; extra?: unknown }>({ entities })
  for (let i = 0; i < 40; i++) encoder.patch()
  const { e1 } = encoder.state.entities
  assert.ok(e1)
  e1.x = 7.5
  encoder.patch()
  const keyframe = encoder.keyframe()
  encoder.state.entities['e1'] = e1
  e1.hp = 2
  encoder.state.extra = () => 1
  assert.throws(() => encoder.patch(), /\$\.extra is a function/)
  assert.deepEqual(encoder.keyframe(), keyframe)
  delete encoder.state.extra
  e1.hp = 1
  assert.equal(encoder.patch(), null, 'all is as it was published')
})
