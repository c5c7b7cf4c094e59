/** Only own enumerable fields are state, as `Object.keys` sees them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { generateCode } from '../../src/state/shadow/shape-code.js'

class Base {
  id = 1
  get twice(): number {
    return this.id * 2
  }
}
class Derived extends Base {
  name: string | undefined = undefined
  #secret = 2
  grow(): void {
    this.id += this.#secret
  }
}
function Old(this: { own: number }): void {
  this.own = 1
}
Object.assign(Old.prototype as object, { shared: 5 })

type Fields = Record<string, unknown>
const parent = (): Fields => ({ x: 1, inherited: 2, deep: { y: 1 } })

const MADE: Record<string, () => Fields> = {
  'class instances with accessors, defaults and private fields': () => new Derived() as unknown as Fields,
  'old classes with enumerable prototypes': () => new (Old as unknown as new () => Fields)(),
  'objects that inherit fields': () => Object.assign(Object.create(parent()) as Fields, { own: 1 }),
  'objects that have a field that they inherit as well': () =>
    Object.assign(Object.create(parent()) as Fields, { x: 7, own: 1 }),
  'objects without fields of their own': () => Object.create(parent()) as Fields,
  'objects without a prototype': () => Object.assign(Object.create(null) as Fields, { own: 1 }),
  'objects with accessors of their own': () =>
    Object.defineProperty({ own: 1 }, 'got', { get: () => 3, enumerable: true, configurable: true }),
  'fields that are not enumerable': () =>
    Object.defineProperty({ own: 1 }, 'hidden', { value: 3, writable: true, configurable: true }),
  'fields that are undefined': () => ({ own: 1, later: undefined, more: undefined }),
}

const CHANGES: ((object: Fields) => void)[] = [
  (object) => (object['own'] = 2),
  (object) => (object['id'] = 9),
  (object) => (object['x'] = 3),
  (object) => delete object['x'],
  (object) => (object['later'] = 5),
  (object) => delete object['later'] && (object['fresh'] = 1),
  (object) => (object['later'] = undefined),
  (object) => delete object['own'],
]

/** As JSON tells it: own enumerable fields, and none that are undefined. */
const own = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

for (const [name, make] of Object.entries(MADE)) {
  test(`${name} are mirrored by their own fields, wherever they stand`, () => {
    for (const generated of [true, false]) {
      generateCode(generated)
      const many = Array.from({ length: 30 }, (_, i) => [`k${i}`, make()] as const)
      const state = {
        alone: make(),
        list: Array.from({ length: 5 }, make),
        record: { a: make(), b: make() } as Record<string, Fields>,
        large: Object.fromEntries(many),
        map: new Map(many.map(([key]) => [key, make()])),
      }
      const encoder = new StateEncoder(state)
      const mirror = new StateMirror<typeof state>()
      mirror.load(encoder.keyframe())
      const check = (): void => {
        const patch = encoder.patch()
        if (patch) mirror.patch(patch)
        assert.deepEqual(mirror.state.alone, own(encoder.state.alone))
        assert.deepEqual(mirror.state.list, own(encoder.state.list))
        assert.deepEqual(mirror.state.record, own(encoder.state.record))
        assert.deepEqual(mirror.state.large, own(encoder.state.large))
        assert.deepEqual([...mirror.state.map], own([...encoder.state.map]))
        assert.equal(encoder.patch(), null)
      }
      check()
      for (const change of CHANGES) {
        const { alone, list, record, large, map } = encoder.state
        for (const object of [alone, list[2], record['a'], large['k3'], map.get('k4')]) change(object as Fields)
        check()
      }
      // A field that is gone while another comes, which leaves their number as it was.
      delete encoder.state.alone['fresh']
      encoder.state.alone['newest'] = 1
      check()
    }
    generateCode(true)
  })
}

test('an own key that is undefined and makes room for another is no reason to miss that', () => {
  const encoder = new StateEncoder<{ things: Fields[] }>({
    things: [
      { a: 1, b: undefined },
      { a: 2, b: undefined },
    ],
  })
  const mirror = new StateMirror<{ things: Fields[] }>()
  mirror.load(encoder.keyframe())
  delete encoder.state.things[0]?.['b']
  ;(encoder.state.things[0] as Fields)['c'] = 5
  mirror.patch(encoder.patch() ?? assert.fail())
  assert.deepEqual(mirror.state.things, [{ a: 1, c: 5 }, { a: 2 }])
})
