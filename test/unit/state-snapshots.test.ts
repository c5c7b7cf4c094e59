import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { makeProgram, runProgram } from '../support/seeded-program.js'
import { generateCode } from '../../src/state/shadow/shape-code.js'
import { difference, isContainer, rawEntry, rawKeys } from '../support/raw-state.js'

const world = () => ({
  players: new Map(
    Array.from({ length: 30 }, (_, i) => [`p${i}`, { at: { x: i }, bag: [{ item: 'sword' }, { item: 'bow' }] }]),
  ),
  config: { size: 3 },
  bytes: new Uint8Array([1, 2]),
})

test('a snapshot shares all that did not change with the one before, and has new objects along the paths that did', () => {
  const encoder = new StateEncoder(world())
  const mirror = new StateMirror<ReturnType<typeof world>>()
  mirror.load(encoder.keyframe())
  const first = mirror.snapshot()
  assert.equal(mirror.snapshot(), first)
  const player = encoder.state.players.get('p3') ?? assert.fail()
  player.at.x = 99
  player.bag.reverse()
  mirror.patch(encoder.patch() ?? assert.fail())
  const second = mirror.snapshot()
  assert.deepEqual(first, world(), 'the first is as it was')
  assert.deepEqual(second.players.get('p3'), { at: { x: 99 }, bag: [{ item: 'bow' }, { item: 'sword' }] })
  assert.notEqual(second.players, first.players)
  assert.equal(second.config, first.config)
  assert.equal(second.bytes, first.bytes)
  assert.equal(second.players.get('p4'), first.players.get('p4'))
  assert.equal(second.players.get('p3')?.bag[0], first.players.get('p3')?.bag[1])
  mirror.load(encoder.keyframe())
  assert.equal(mirror.snapshot(), second, 'a keyframe of the same state changes nothing')
})

test('a snapshot is frozen all through, and has no object of the mirror', () => {
  const encoder = new StateEncoder(world())
  const mirror = new StateMirror<ReturnType<typeof world>>()
  mirror.load(encoder.keyframe())
  const visit = (made: unknown, own: unknown): void => {
    if (!isContainer(made)) return
    assert.notEqual(made, own)
    assert.ok(Object.isFrozen(made))
    for (const key of rawKeys(made)) visit(rawEntry(made, key), rawEntry(own as object, key))
  }
  visit(mirror.snapshot(), mirror.state)
  assert.throws(() => mirror.snapshot().players.set('a', {} as never), TypeError)
  assert.throws(() => (mirror.snapshot().config.size = 4), TypeError)
})

test('snapshots of random programs equal the state', () => {
  for (let seed = 401; seed <= 410; seed++) {
    const mirror = new StateMirror()
    const other = {
      load: (keyframe: Uint8Array): void => mirror.load(keyframe),
      patch(bytes: Uint8Array): void {
        mirror.patch(bytes)
        const found = difference(mirror.state, mirror.snapshot())
        assert.equal(found, undefined)
      },
      get state(): unknown {
        return mirror.state
      },
    }
    runProgram(makeProgram(seed, 60), { patches: 0, mutations: 0, bytes: 0 }, { other })
  }
  generateCode(true)
})
