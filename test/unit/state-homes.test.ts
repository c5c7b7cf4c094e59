/**
 * Objects that are entries of large collections and stand at another place as well, and large collections within entries, each untouched for
 * long: what is changed through the other place is mirrored everywhere by the next patch. Nothing here reads the owner's collections but what changes.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'

interface Thing {
  x: number
  bag?: Map<string, Thing>
}

interface World {
  readonly things: Map<string, Thing>
  readonly queue: Thing[]
  readonly others: Map<string, Thing>
}

/** Until nothing is looked at any more because it just came. */
const QUIET_PATCHES = 100

const crowd = (count: number): [string, Thing][] => Array.from({ length: count }, (_, i) => [`k${i}`, { x: 0 }])

function setUp() {
  const shared: Thing = { x: 0 }
  const encoder = new StateEncoder<World>({
    things: new Map<string, Thing>([...crowd(100), ['shared', shared], ['again', shared]]),
    queue: [{ x: 5 }, shared],
    others: new Map<string, Thing>([...crowd(50), ['mine', shared]]),
  })
  const mirror = new StateMirror<World>()
  mirror.load(encoder.keyframe())
  const step = (): void => {
    const patch = encoder.patch()
    if (patch) mirror.patch(patch)
  }
  const rest = (): void => {
    for (let i = 0; i < QUIET_PATCHES; i++) step()
  }
  rest()
  return { encoder, mirror, step, rest }
}

const through: Readonly<Record<string, (state: World) => Thing | undefined>> = {
  'an element of a list': ({ queue }) => queue[1],
  'an entry of another large Map': ({ others }) => others.get('mine'),
  'another entry of the same Map': ({ things }) => things.get('again'),
}

for (const [place, get] of Object.entries(through)) {
  test(`an entry of a large Map that is changed as ${place} is mirrored at all its places`, () => {
    const { encoder, mirror, step } = setUp()
    const thing = get(encoder.state)
    assert.ok(thing)
    thing.x = 9
    step()
    const { things, queue, others } = mirror.state
    assert.deepEqual(
      [things.get('shared')?.x, things.get('again')?.x, queue[1]?.x, others.get('mine')?.x],
      [9, 9, 9, 9],
    )
  })
}

test('what is changed in a large Map within an entry, which came long after the entry did and was kept, is mirrored by the next patch', () => {
  const { encoder, mirror, step, rest } = setUp()
  const owner = encoder.state.things.get('k3')
  assert.ok(owner)
  const bag = new Map(crowd(50))
  owner.bag = bag
  step()
  rest()
  const inner = bag.get('k7')
  assert.ok(inner)
  inner.x = 9
  step()
  assert.equal(mirror.state.things.get('k3')?.bag?.get('k7')?.x, 9)
})
