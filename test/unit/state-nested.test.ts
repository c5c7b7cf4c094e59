/** Structs within structs, which one generated function goes through: whatever is found in the place of what was seen there first. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { EncodeError } from '../../src/value/encode-error.js'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { generateCode } from '../../src/state/shadow/shape-code.js'
import { difference } from '../support/raw-state.js'

interface Unit {
  [field: string]: unknown
  name: string
  at: { [field: string]: unknown }
}

const COUNT = 40
const units = (): Unit[] =>
  Array.from({ length: COUNT }, (_, i) => ({
    name: `unit ${i}`,
    hp: 100,
    isReady: false,
    at: { x: i + 0.5, y: 0.5, on: { floor: i, tile: 'a' } },
    owner: null,
  }))

const HOLDERS: Readonly<Record<string, (all: Unit[]) => object>> = {
  'in a list': (all) => all,
  'in a large record': (all) => Object.fromEntries(all.map((unit, i) => [`u${i}`, unit])),
  'in a large Map': (all) => new Map(all.map((unit, i) => [i, unit])),
}

/** What may become of the object within a unit, and of the unit. */
const CHANGES: Readonly<Record<string, (unit: Unit) => void>> = {
  'a number and one further within': (unit) => {
    unit.at.x = 7.25
    ;(unit.at.on as Unit).floor = 9
  },
  'a number that is not a number': (unit) => (unit.at.x = NaN),
  'a zero with a sign': (unit) => (unit.at.x = -0),
  'a text where a number was': (unit) => (unit.at.x = 'here'),
  'a number where a text was': (unit) => ((unit.at.on as Unit).tile = 0.5),
  'a flag, both ways': (unit) => (unit.isReady = unit.isReady !== true),
  'another object with the same keys': (unit) => (unit.at = { x: 1, y: 2, on: { floor: 1, tile: 'b' } }),
  'an object with other keys': (unit) => (unit.at = { z: 1 }),
  'a key more, and nothing else': (unit) => (unit.at.z = 1),
  'a key more further within': (unit) => ((unit.at.on as Unit).step = 1),
  'a key less': (unit) => delete unit.at.y,
  'a key that is undefined': (unit) => (unit.at.y = undefined),
  'no object': (unit) => (unit.at = null as never),
  'a list in its place': (unit) => (unit.at = [1, 2] as never),
  'an object where none was': (unit) => (unit.owner = { id: 'ada' }),
  'a change before and one behind what is within': (unit) => {
    unit.hp = -1
    unit.at.y = 4
    unit.owner = 'ada'
  },
}

after(() => generateCode(true))

for (const [where, hold] of Object.entries(HOLDERS)) {
  test(`G2 an object within another is mirrored whatever becomes of it, ${where}`, () => {
    for (const generated of [true, false]) {
      generateCode(generated)
      for (const [what, change] of Object.entries(CHANGES)) {
        const all = units()
        const encoder = new StateEncoder<{ units: object; round: number }>({ units: hold(all), round: 0 })
        const mirror = new StateMirror()
        mirror.load(encoder.keyframe())
        for (const i of [3, 4, COUNT - 1, 3]) {
          change(all[i] as Unit)
          const patch = encoder.patch({ complete: true })
          if (patch) mirror.patch(patch)
          const found = difference(encoder.state, mirror.state)
          assert.equal(found, undefined, `${what}, of ${i}, ${generated ? 'generated' : 'general'} code: ${found}`)
        }
        assert.equal(encoder.patch({ complete: true }), null, what)
      }
    }
  })
}

test('a state that is refused in the middle of objects within others is published whole once it is mended', () => {
  for (const spoil of [(unit: Unit) => (unit.at.on = Symbol('no value')), (unit: Unit) => throwing(unit.at)]) {
    generateCode(true)
    const all = units()
    const encoder = new StateEncoder({ all })
    const mirror = new StateMirror()
    mirror.load(encoder.keyframe())
    for (const unit of all) unit.at.x = 50.5
    const spoilt = all[20] as Unit
    spoilt.hp = 3
    spoilt.at.y = 60.5
    const { at } = spoilt
    spoilt.at = { ...at }
    encoder.patch()
    for (const unit of all) unit.at.x = 70.5
    spoilt.hp = 4
    spoil(spoilt)
    assert.throws(
      () => encoder.patch(),
      (error) => error instanceof EncodeError || (error as Error).message === 'thrown',
    )
    const late = new StateMirror()
    late.load(encoder.keyframe())
    const { all: kept } = late.state as { all: Unit[] }
    assert.deepEqual([kept[0]?.at.x, kept[20]?.hp], [50.5, 3], 'the keyframe is that of the last patch')
    spoilt.at = at
    const keyframe = encoder.keyframe()
    const patch = encoder.patch() as Uint8Array
    mirror.load(keyframe)
    mirror.patch(patch)
    assert.equal(difference(encoder.state, mirror.state), undefined)
  }
})

function throwing(object: object): void {
  Object.defineProperty(object, 'y', {
    enumerable: true,
    configurable: true,
    get: () => {
      throw new Error('thrown')
    },
  })
}
