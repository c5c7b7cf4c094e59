/**
 * Entries of large records whose declared fields are numbers, texts and booleans: after a while their fields are accessors of the
 * row that is published, so that what is set is known without being looked for.
 */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import { f32, f64, record, type StateOf, struct } from '../../src/state/struct.js'
import { StateEncoder } from '../../src/state/state-encoder.js'
import { StateMirror } from '../../src/state/state-mirror.js'
import { EncodeError } from '../../src/value/encode-error.js'
import {
  Body,
  isAttached,
  makePlayer,
  type Player,
  playAttached,
  SETTLED_PATCHES,
  setUp,
} from '../support/attached-program.js'
import { attachEntries } from '../../src/state/attach.js'
import { difference } from '../support/raw-state.js'

// Also where the engine is slow at it.
before(() => attachEntries(true))
after(() => attachEntries(undefined))

test('an attached entry is the object that was put in, and looks like it', () => {
  const { encoder, settle } = setUp()
  const given = makePlayer('given')
  const body = new Body('body')
  encoder.state.players['given'] = given
  encoder.state.players['body'] = body
  settle()
  assert.equal(encoder.state.players['given'], given)
  assert.ok(isAttached(given) && isAttached(body))
  const plain = { ...makePlayer('given'), angle: given.angle }
  assert.deepStrictEqual(given, plain)
  assert.deepStrictEqual({ ...given }, plain)
  assert.deepStrictEqual(structuredClone(given), plain)
  assert.equal(JSON.stringify(given), JSON.stringify(plain))
  assert.deepStrictEqual(Object.entries(given), Object.entries(plain))
  assert.equal(inspect(given), inspect(plain))
  assert.ok(body instanceof Body)
  body.hurt(30)
  assert.equal(encoder.state.players['body']?.hp, 70)
})

test('what is set through an object that was kept is in the next patch, and reading or setting the same makes none', () => {
  const { encoder, step } = setUp()
  const kept = Object.values(encoder.state.players)
  assert.ok(kept.every(isAttached))
  for (const entry of kept) entry.x += 1
  assert.equal(step(), true)
  for (const entry of kept) assert.equal(entry.x, 1.1)
  assert.equal(step(), false)
  for (const entry of kept) {
    entry.x += 5
    entry.x -= 5
    entry.x = 1.1
    entry.id = entry.id.slice(0)
  }
  assert.equal(step(), false)
})

test('a value that does not fit is refused where it is set, with path and remedy, and changes nothing', () => {
  const { encoder, step } = setUp()
  const entry = encoder.state.players['p3'] as Record<string, unknown>
  const refused: [string, unknown, RegExp][] = [
    ['hp', 256, /^\$\.players\.p3\.hp is 256 and was declared as u8\. Keep it within 0 to 255/],
    ['hp', NaN, /hp is NaN/],
    ['heat', -40_000, /heat is -40000/],
    ['angle', 5, /angle is 5 and was declared as range/],
    ['x', 'far', /x is the text "far" and was declared as f64/],
    ['x', undefined, /x is absent/],
    ['y', null, /y is null/],
    ['alive', 1, /alive is 1 and was declared as bool/],
    ['id', {}, /id is an object and was declared as text/],
  ]
  for (const [key, value, message] of refused) {
    const before = entry[key]
    assert.throws(
      () => (entry[key] = value),
      (error: unknown) => error instanceof EncodeError && message.test(error.message),
      String(message),
    )
    assert.equal(entry[key], before)
  }
  assert.throws(() => (entry['color'] = 'red'), TypeError)
  assert.throws(() => delete entry['x'], TypeError)
  assert.equal(step(), false)
  entry['y'] = 0.1
  assert.equal(entry['y'], Math.fround(0.1))
  entry['hp'] = 7.6
  assert.equal(entry['hp'], 8)
  entry['heat'] = -0
  assert.ok(Object.is(entry['heat'], 0))
  assert.equal(step(), true)
})

test('what is set and put back before its entry is assigned again does not hide what is set later', () => {
  const { encoder, step } = setUp()
  const entry = encoder.state.players['p1'] as Player
  entry.x = 5
  entry.x = 0.1
  encoder.state.players['p1'] = entry
  assert.equal(step(), false)
  entry.x = 9
  assert.equal(step(), true)
})

test('an entry that went is its own again, and comes back as it is by then', () => {
  const { encoder, step, settle } = setUp()
  const entry = encoder.state.players['p1'] as Player
  entry.x = 3
  delete encoder.state.players['p1']
  step()
  entry.x = 4
  assert.equal(entry.x, 4)
  assert.throws(() => (entry.hp = -1), /^EncodeError: \$\.hp is -1/)
  assert.equal(step(), false)
  encoder.state.others['back'] = entry
  step()
  assert.equal(encoder.state.others['back'], entry)
  entry.x = 5
  assert.equal(step(), true)
  settle()
  entry.x = 6
  assert.equal(step(), true)
})

test('an entry of two records is mirrored at both, whichever it is attached to', () => {
  const { encoder, step, settle } = setUp()
  const { players, others } = encoder.state
  others['alias'] = players['p4'] as Player
  step()
  settle()
  for (const entry of [players['p4'], others['alias'], players['p4']]) {
    if (entry) entry.hp -= 1
    assert.equal(step(), true)
  }
})

test('entries that come with their whole record to another place go on making themselves known', () => {
  const { encoder, step, settle } = setUp()
  const kept = Object.values(encoder.state.players)
  const set = (): void => {
    for (const entry of kept) entry.heat -= 1
    assert.equal(step(), true)
  }
  const moves: (() => void)[] = [
    () => (encoder.state.players = { ...encoder.state.players }),
    () => {
      const { players, others } = encoder.state
      encoder.state.players = others
      encoder.state.others = players
    },
    () => {
      encoder.state.players = encoder.state.others
      encoder.state.others = {}
    },
  ]
  for (const move of moves) {
    move()
    for (let i = 0; i < 40; i++) set()
    settle()
    set()
    assert.ok(kept.every(isAttached))
  }
})

test('a record that comes back does not take its former entries from where they are by then', () => {
  const { encoder, step, settle } = setUp()
  const before = encoder.state.players
  const kept = Object.values(before)
  encoder.state.others = { ...before }
  encoder.state.players = {}
  settle()
  encoder.state.players = before
  settle()
  for (const entry of kept) entry.hp -= 1
  assert.equal(step(), true)
})

test('a patch that failed leaves what was set to the next one', () => {
  const { encoder, step } = setUp()
  const keyframe = encoder.keyframe()
  const entry = encoder.state.players['p2'] as Player
  entry.x = 77
  entry.id = 'changed'
  encoder.state.extra = () => 1
  assert.throws(() => encoder.patch(), /\$\.extra is a function/)
  assert.deepEqual(encoder.keyframe(), keyframe)
  entry.x = 78
  assert.throws(() => encoder.patch(), /\$\.extra is a function/)
  assert.deepEqual(encoder.keyframe(), keyframe)
  encoder.state.extra = null
  assert.equal(step(), true)
  assert.equal(step(), false)
})

test('what a getter of the state sets while that is compared is mirrored too, and taken back if it fails', () => {
  const { encoder, step } = setUp()
  const entry = encoder.state.players['p2'] as Player
  const keyframe = encoder.keyframe()
  let last: unknown = () => 1
  entry.x = 5
  entry.y = 6
  encoder.state.extra = {
    get sly() {
      entry.x = 7
      entry.id = 'sly'
      return last
    },
  }
  assert.throws(() => encoder.patch(), /\$\.extra\.sly is a function/)
  assert.deepEqual(encoder.keyframe(), keyframe)
  entry.x = 8
  assert.throws(() => encoder.patch(), /\$\.extra\.sly is a function/)
  assert.deepEqual(encoder.keyframe(), keyframe)
  last = 1
  assert.equal(step(), true)
  assert.equal(entry.x, 7)
})

test('an object that another declaration narrows while it is attached is narrowed at both', () => {
  const precise = struct({ x: f64 })
  const rough = struct({ x: f32 })
  const shape = struct({ a: record(precise), b: record(rough) })
  const a = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`k${i}`, { x: i / 7 }]))
  const encoder = new StateEncoder<StateOf<typeof shape>>({ a, b: {} }, { shape })
  for (let i = 0; i < SETTLED_PATCHES; i++) encoder.patch()
  const mirror = new StateMirror()
  mirror.load(encoder.keyframe())
  const entry = a['k5'] as { x: number }
  assert.ok(isAttached(entry))
  encoder.state.b['mine'] = entry
  mirror.patch(encoder.patch() as Uint8Array)
  assert.equal(entry.x, Math.fround(5 / 7))
  assert.equal(difference(encoder.state, mirror.state), undefined)
})

test('what cannot be attached is mirrored all the same', () => {
  const { encoder, step, settle } = setUp()
  let x = 0
  const live: Player = Object.defineProperty(makePlayer('live'), 'x', { get: () => x, enumerable: true })
  const { players } = encoder.state
  players['live'] = live
  players['sealed'] = Object.seal(makePlayer('sealed'))
  players['twice'] = encoder.state.players['p4'] as Player
  settle()
  assert.ok(!isAttached(players['sealed']))
  const sealed = players['sealed']
  sealed.hp = 3
  x = 9
  assert.equal(players['live'].x, 9)
  assert.equal(step(), true)
  const twin = players['twice']
  twin.hp = 5
  assert.equal(step(), true)
  delete players['p4']
  step()
  settle()
  players['twice'].hp = 6
  assert.equal(step(), true)
})

for (const aliases of [false, true]) {
  const how = aliases
    ? 'at several places, changed through the state'
    : 'changed through the state and through objects kept'
  test(`random programs over attached entries, ${how}, are mirrored in every patch`, () => {
    for (let seed = 1; seed <= 40; seed++) {
      try {
        playAttached(seed, 200, aliases)
      } catch (error) {
        throw new Error(`seed ${seed}`, { cause: error })
      }
    }
  })
}
