import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { any, f32, record, struct, text, u16, u8 } from '../../src/state/schema/struct.js'
import { DecodeError } from '../../src/value/decode-error.js'
import { difference } from '../support/raw-state.js'

test('an encoder goes on where another stopped, with the same shapes and slots: mirrors take its next patch', () => {
  interface World {
    players: Record<string, { x: number; y: number; hp?: number }>
    seats: Map<number, string>
  }
  const first = new StateEncoder<World>({ players: {}, seats: new Map([[1, 'ada']]) })
  const mirror = new StateMirror<World>()
  const keyframe = first.keyframe()
  mirror.load(keyframe)
  const patches: Uint8Array[] = []
  const step = (encoder: StateEncoder<World>): void => {
    const patch = encoder.patch() ?? assert.fail()
    patches.push(patch)
    mirror.patch(patch)
    assert.equal(difference(encoder.state, mirror.state), undefined)
  }
  for (let i = 0; i < 40; i++) first.state.players[`p${i}`] = { x: i, y: 2 }
  step(first)
  first.state.players['b'] = { x: 1, y: 2, hp: 3 }
  delete first.state.players['p3']
  step(first)
  const second = StateEncoder.resume<World>(keyframe, patches)
  assert.deepEqual(second.keyframe(), first.keyframe())
  assert.equal(second.patch(), null)
  ;(second.state.players['b'] ?? assert.fail()).hp = 9
  second.state.seats.set(2, 'bob')
  second.state.players['p3'] = { x: 1, y: 1 }
  step(second)
  const third = StateEncoder.resume<World>(second.keyframe())
  ;(third.state.players['p7'] ?? assert.fail()).x = -1
  step(third)
})

test('a declared state goes on as declared, and what is declared otherwise by now is written anew', () => {
  const before = struct({ players: record(struct({ x: f32, hp: u8 })), free: any })
  const after = struct({ players: record(struct({ x: f32, hp: u16 })), free: any })
  interface World {
    players: Record<string, { x: number; hp: number }>
    free: unknown
  }
  const initial: World = { players: { a: { x: 0.5, hp: 200 }, b: { x: 1, hp: 1 } }, free: { z: 1 } }
  const hit = ({ state }: StateEncoder<World>): unknown => Object.assign(state.players['a'] ?? {}, { hp: 256 })
  const first = new StateEncoder<World>(initial, { shape: before })
  const mirror = new StateMirror<World>()
  mirror.load(first.keyframe())
  const same = StateEncoder.resume<World>(first.keyframe(), [], { shape: before })
  assert.equal(same.patch(), null)
  hit(same)
  assert.throws(() => same.patch(), /hp is 256/)
  const wider = StateEncoder.resume<World>(first.keyframe(), [], { shape: after })
  hit(wider)
  mirror.patch(wider.patch() ?? assert.fail())
  assert.equal(difference(wider.state, mirror.state), undefined)
  assert.equal(wider.patch(), null)
  const wrong = StateEncoder.resume<World>(first.keyframe(), [], {
    shape: struct({ players: record(struct({ x: text, hp: u8 })), free: any }) as never,
  })
  assert.throws(() => wrong.patch(), /x is 0.5, but was declared as text/)
})

test('patches that are not those behind the keyframe are refused', () => {
  const encoder = new StateEncoder({ n: 0 })
  const keyframe = encoder.keyframe()
  const patches = [1, 2, 3].map((n) => {
    encoder.state.n = n
    return encoder.patch() ?? assert.fail()
  })
  assert.throws(() => StateEncoder.resume(keyframe, patches.slice(1)), DecodeError)
  assert.throws(() => StateEncoder.resume(new Uint8Array([9])), DecodeError)
  assert.deepEqual(StateEncoder.resume(keyframe, patches).state, { n: 3 })
})

test('a mirror refuses a patch that is not the next, and then takes the one that is', () => {
  const encoder = new StateEncoder({ n: 0 })
  const mirror = new StateMirror<{ n: number }>()
  mirror.load(encoder.keyframe())
  const patches = Array.from({ length: 300 }, (_, n) => {
    encoder.state.n = n + 1
    return (encoder.patch() ?? assert.fail()).slice()
  })
  patches.forEach((patch, i) => {
    const next = patches[i + 1]
    if (next) assert.throws(() => mirror.patch(next), DecodeError)
    mirror.patch(patch)
    assert.throws(() => mirror.patch(patch), DecodeError)
    assert.equal(mirror.state.n, i + 1)
  })
})
