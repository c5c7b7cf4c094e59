/** What changes between the owner's release and the client's: fields are mirrored as they are, formats are refused with who is too old. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { bool, f32, list, record, type StateOf, struct, text, u8, u16 } from '../../src/state/schema/struct.js'
import { DecodeError } from '../../src/value/decode-error.js'

/** What the client was built against. */
interface Known {
  players: Record<string, { name: string; hp: number }>
}

const older = struct({ players: record(struct({ name: text, hp: u8 })) })
const newer = struct({
  round: u16,
  players: record(struct({ hp: f32, name: text, armed: bool, bag: list(text) })),
})

const ofNewer: StateOf<typeof newer> = {
  round: 1,
  players: { ada: { hp: 0.5, name: 'Ada', armed: true, bag: ['sword'] } },
}

test('G2 a client that was built against an older definition mirrors what it knows, and keeps what it does not', () => {
  const encoder = new StateEncoder(structuredClone(ofNewer), { shape: newer })
  const mirror = new StateMirror<Known>()
  const told: string[] = []
  mirror.load(encoder.keyframe())
  mirror.on(['players'], { add: (_, key) => told.push(`+${key}`), change: (_, key) => told.push(`~${key}`) })
  assert.equal(mirror.state.players['ada']?.name, 'Ada')
  assert.deepEqual(mirror.state, ofNewer)
  const { players } = encoder.state
  Object.assign(players, { bob: { hp: 1, name: 'Bob', armed: false, bag: [] } })
  players['ada']?.bag.push('shield')
  mirror.patch(encoder.patch() as Uint8Array)
  assert.equal(mirror.state.players['bob']?.hp, 1)
  assert.deepEqual(mirror.state, encoder.state)
  assert.deepEqual(told, ['+ada', '+bob', '~ada'])
})

test('G2 a mirror goes on where a newer owner takes over: by its keyframe, and what is the same stays the same object', () => {
  const before = new StateEncoder(
    { players: { ada: { name: 'Ada', hp: 7 }, bob: { name: 'Bob', hp: 8 } } },
    { shape: older },
  )
  const mirror = new StateMirror<Known>()
  mirror.load(before.keyframe())
  const { players } = mirror.state
  const { ada } = players
  const after = new StateEncoder(structuredClone(ofNewer), { shape: newer })
  mirror.load(after.keyframe())
  assert.deepEqual(mirror.state, ofNewer)
  assert.equal(mirror.state.players, players)
  assert.equal(mirror.state.players['ada'], ada)
  Object.assign(after.state.players['ada'] ?? {}, { hp: 0.25 })
  mirror.patch(after.patch() as Uint8Array)
  assert.equal(ada?.hp, 0.25)
  mirror.load(before.keyframe())
  assert.deepEqual(mirror.state, { players: { ada: { name: 'Ada', hp: 7 }, bob: { name: 'Bob', hp: 8 } } })
})

test('H1 another format is refused, naming both and the side that is too old, and the mirror is as it was', () => {
  const encoder = new StateEncoder(structuredClone(ofNewer))
  const mirror = new StateMirror()
  mirror.load(encoder.keyframe())
  for (const [format, message] of [
    [0, /format 0, not 1: the owner is too old/],
    [2, /format 2, not 1: this side is too old/],
    [255, /format 255, not 1: this side is too old/],
  ] as const) {
    const keyframe = encoder.keyframe().slice()
    keyframe[0] = format
    assert.throws(
      () => mirror.load(keyframe),
      (error: unknown) => error instanceof DecodeError && error.code === 'decode-error' && message.test(error.message),
    )
    assert.deepEqual(mirror.state, ofNewer)
  }
  encoder.state.round = 2
  mirror.patch(encoder.patch() as Uint8Array)
  assert.deepEqual(mirror.state, encoder.state)
})
