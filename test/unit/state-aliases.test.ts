/** Objects at two places of a state, one of them in a large record, and large records that move: found in the turn of the change. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { difference } from '../support/raw-state.js'

interface Entity {
  hp: number
  friend?: { name: string }
}
type Entities = Record<string, Entity>
type World = Record<string, unknown> & { players: Entities }

/** Until nothing is looked at any more but for having been handed out. */
const QUIET_PATCHES = 40

function entities(count: number): Entities {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`e${i}`, { hp: i }]))
}

function setUp(first: Record<string, unknown> = {}): {
  encoder: StateEncoder<World>
  mirror: StateMirror
  step: () => void
} {
  const encoder = new StateEncoder<World>({ players: entities(50), ...first })
  const mirror = new StateMirror()
  mirror.load(encoder.keyframe())
  const step = (): void => {
    const patch = encoder.patch()
    if (patch) mirror.patch(patch)
    assert.equal(difference(encoder.state, mirror.state), undefined)
  }
  for (let i = 0; i < QUIET_PATCHES; i++) step()
  return { encoder, mirror, step }
}

const places: Readonly<Record<string, (state: World, entity: Entity) => () => Entity>> = {
  'a field of the state': (state, entity) => {
    state['leader'] = entity
    return () => state['leader'] as Entity
  },
  'a list': (state, entity) => {
    state['queue'] = [entity]
    return () => (state['queue'] as Entity[])[0] as Entity
  },
  'a small record': (state, entity) => {
    state['team'] = { a: entity, b: { hp: 1 } }
    return () => (state['team'] as Entities)['a'] as Entity
  },
  'another large record': (state, entity) => {
    const others = state['others'] as Entities
    others['mine'] = entity
    return () => (state['others'] as Entities)['mine'] as Entity
  },
}

for (const [place, put] of Object.entries(places)) {
  test(`an entry of a large record that is also in ${place} is mirrored at both, changed through either, long after`, () => {
    const { encoder, step } = setUp({ others: entities(40) })
    const { state } = encoder
    const there = put(state, state.players['e7'] as Entity)
    for (let i = 0; i < QUIET_PATCHES; i++) step()
    there().hp = 100
    step()
    there().friend = { name: 'Ada' }
    step()
    for (let i = 0; i < QUIET_PATCHES; i++) step()
    ;(state.players['e7'] as Entity).hp = 99
    step()
    delete there().friend
    step()
  })
}

test('an entry that is put at a second place and changed through it in one turn is mirrored at both', () => {
  const { encoder, step } = setUp()
  encoder.state['leader'] = encoder.state.players['e7']
  step()
  for (let i = 0; i < QUIET_PATCHES; i++) step()
  const kept = encoder.state['leader'] as Entity
  encoder.state['queue'] = [1, kept]
  kept.hp = 1000
  step()
})

test('handlers are told once of each entry, also where a patch has two changes because an object is at two places', () => {
  const { encoder, mirror, step } = setUp({ leader: null })
  encoder.state['leader'] = encoder.state.players['e7']
  for (let i = 0; i < QUIET_PATCHES; i++) step()
  const told: string[] = []
  mirror.on(['players'], {
    add: (_, key) => told.push(`+${key}`),
    change: (_, key) => told.push(`~${key}`),
    remove: (_, key) => told.push(`-${key}`),
  })
  told.length = 0
  encoder.state.players['fresh'] = { hp: 1 }
  delete encoder.state.players['e1']
  ;(encoder.state['leader'] as Entity).hp = 5
  step()
  assert.deepEqual(told.sort(), ['+fresh', '-e1', '~e7'])
})

test('a large record within a large record is found at once after it moved to another key', () => {
  const rooms = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`r${i}`, entities(30)]))
  const { encoder, step } = setUp({ rooms })
  const all = encoder.state['rooms'] as Record<string, Entities>
  // So many come that not each of them can be watched for some patches.
  for (let i = 0; i < 40; i++) all[`new${i}`] = { e: { hp: i } }
  step()
  all['moved'] = all['r3'] as Entities
  delete all['r3']
  for (let i = 0; i < QUIET_PATCHES; i++) {
    step()
    ;(all['moved']['e9'] as Entity).hp = 100 + i
  }
  step()
})
