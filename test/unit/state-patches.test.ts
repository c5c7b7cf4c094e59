import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonical } from '../../src/state/format/canonical.js'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { DecodeError } from '../../src/value/decode-error.js'
import { EncodeError } from '../../src/value/encode-error.js'
import { runProgram, type Step, steps } from '../support/state-programs.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

interface Player {
  x: number
  y: number
  bag?: { item: string }[]
}
interface World {
  players: Record<string, Player>
  log: unknown[]
}

function pair<T>(initial: T): { encoder: StateEncoder<T>; mirror: StateMirror<T>; sync: () => boolean } {
  const encoder = new StateEncoder<T>(initial)
  const mirror = new StateMirror<T>()
  mirror.load(encoder.keyframe())
  const sync = (): boolean => {
    const patch = encoder.patch()
    if (patch) mirror.patch(patch)
    assert.equal(hex(canonical(mirror.state)), hex(canonical(encoder.state)))
    const late = new StateMirror<T>()
    late.load(encoder.keyframe())
    assert.equal(hex(canonical(late.state)), hex(canonical(encoder.state)))
    return patch !== null
  }
  return { encoder, mirror, sync }
}

test('G2 a mirror equals the owner after every patch of random programs', () => {
  fc.assert(
    fc.property(fc.array(fc.array(steps, { maxLength: 8 }), { maxLength: 12 }), (turns: Step[][]) => {
      const { encoder, sync } = pair<Record<string, unknown>>({ a: { x: 1 }, list: [1, 2, 3] })
      for (const turn of turns) {
        runProgram(encoder, turn)
        sync()
        assert.equal(encoder.patch(), null)
      }
    }),
    { numRuns: 500 },
  )
})

test('patch() is null when nothing changed, also after a change that was taken back', () => {
  const { encoder } = pair<World>({ players: { a: { x: 1, y: 1 } }, log: [] })
  assert.equal(encoder.patch(), null)
  const a = encoder.state.players['a'] as Player
  a.x = 2
  a.x = 1
  assert.equal(encoder.patch(), null)
})

test('keyframe() is the state as of the last patch and consumes nothing', () => {
  const { encoder, mirror } = pair<World>({ players: {}, log: [] })
  encoder.state.players['a'] = { x: 1, y: 2 }
  const before = encoder.keyframe()
  const other = new StateMirror<World>()
  other.load(before)
  assert.deepEqual(other.state, { players: {}, log: [] })
  const patch = encoder.patch()
  assert.ok(patch)
  mirror.patch(patch)
  other.patch(patch)
  assert.deepEqual(mirror.state, encoder.state)
  assert.deepEqual(other.state, encoder.state)
})

test('deletes, new keys, nesting, arrays, moves, the whole state replaced', () => {
  const { encoder, sync, mirror } = pair<World>({ players: { a: { x: 1, y: 1 } }, log: [] })
  const { state } = encoder
  state.players['b'] = { x: 2, y: 2, bag: [{ item: 'sword' }, { item: 'shield' }] }
  assert.ok(sync())
  state.players['b'].bag?.splice(0, 1)
  state.log.push(1, [2, { three: 3 }], undefined, NaN, -0)
  assert.ok(sync())
  state.log.reverse()
  state.log.length = 3
  delete state.players['a']
  assert.ok(sync())
  state.players['moved'] = state.players['b']
  delete state.players['b']
  assert.ok(sync())
  encoder.state = { players: { z: { x: 0, y: -0 } }, log: [] }
  assert.ok(sync())
  assert.ok(Object.is(mirror.state.players['z']?.y, -0))
})

test('the mirror works in place: what nothing happened to stays the same object, by patch and by keyframe', () => {
  const { encoder, mirror, sync } = pair<World>({ players: { a: { x: 1, y: 1 }, b: { x: 1, y: 1 } }, log: [] })
  const { state } = mirror
  const { a, b } = state.players
  ;(encoder.state.players['a'] as Player).x = 5
  sync()
  assert.equal(mirror.state, state)
  assert.equal(state.players['a'], a)
  assert.equal(state.players['b'], b)
  assert.equal(a?.x, 5)
  mirror.load(encoder.keyframe())
  assert.equal(mirror.state, state)
  assert.equal(state.players['b'], b)
})

test('what cannot be encoded is refused with its path, and after mending the next patch is right', () => {
  assert.throws(() => new StateEncoder({ f: () => 1 }), EncodeError)
  const { encoder, sync } = pair<World>({ players: { a: { x: 1, y: 1 } }, log: [] })
  const a = encoder.state.players['a'] as Player
  a.x = 7
  encoder.state.log.push({ deep: [Symbol('no')] })
  for (let i = 0; i < 2; i++) {
    assert.throws(
      () => encoder.patch(),
      (error: unknown) => error instanceof EncodeError && error.path === '$.log[0].deep[0]',
    )
  }
  encoder.state.log.pop()
  encoder.state.players['b'] = a
  assert.ok(sync())
})

test('G2 -0, NaN, infinities, 2^53, empty keys, __proto__ and lone surrogates are exact', () => {
  const { encoder, sync } = pair<Record<string, unknown>>({})
  Object.defineProperty(encoder.state, '__proto__', {
    value: { a: 1 },
    writable: true,
    enumerable: true,
    configurable: true,
  })
  assert.ok(sync())
  Object.assign(encoder.state, {
    '': -0,
    a: NaN,
    b: [Infinity, -Infinity, 2 ** 53, 2 ** 53 - 1],
    c: '\udc00\ud800',
    d: '\ufeffx',
  })
  assert.ok(sync())
  encoder.state[''] = 0
  assert.ok(sync())
  assert.equal(Object.getPrototypeOf(encoder.state), Object.prototype)
})

test('hostile and damaged patches give a DecodeError, pollute nothing, and the mirror wants a keyframe then', () => {
  const encoder = new StateEncoder<Record<string, unknown>>({ a: { x: 1 }, list: [1, { y: 2 }] })
  const keyframe = encoder.keyframe()
  encoder.state['a'] = { x: 2, z: [1, 2] }
  ;(encoder.state['list'] as unknown[]).push('more', { and: 'more' })
  const patch = encoder.patch() as Uint8Array
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((tail) => Uint8Array.from([patch[0] as number, ...tail])),
    fc.tuple(fc.nat({ max: patch.length - 1 }), fc.nat({ max: 255 })).map(([at, byte]) => {
      const damaged = patch.slice()
      damaged[at] = byte
      return damaged
    }),
    fc.nat({ max: patch.length - 1 }).map((count) => patch.slice(0, count)),
  )
  fc.assert(
    fc.property(bytes, (hostile) => {
      const mirror = new StateMirror<unknown>()
      mirror.load(keyframe)
      try {
        mirror.patch(hostile)
      } catch (error) {
        assert.ok(error instanceof DecodeError, String(error))
        const isNext = hostile.length > 0 && ((hostile[0] as number) ^ (patch[0] as number)) % 128 === 0
        if (isNext) assert.throws(() => mirror.patch(patch), DecodeError)
        mirror.load(keyframe)
      }
      assert.deepEqual(Object.keys(Object.prototype), [])
    }),
    { numRuns: 5000 },
  )
})

test('another format of the state is refused with the side that is too old', () => {
  const mirror = new StateMirror<unknown>()
  const keyframe = new StateEncoder({ a: 1 }).keyframe()
  keyframe[0] = 200
  assert.throws(() => mirror.load(keyframe), /format 200.*this side is too old/)
})
