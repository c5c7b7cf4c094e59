/** How much of a state a patch looks at: fields that are getters count how often they are read. No sizes at which it becomes much more. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { difference } from '../support/raw-state.js'

class Reads {
  count = 0

  /** An object whose `hp` counts whoever reads it. */
  thing(hp: number): Thing {
    const of = { hp }
    const count = (): number => (this.count++, of.hp)
    const thing = { name: 'thing', x: 0.5, set: (value: number) => (of.hp = value) }
    Object.defineProperty(thing, 'set', { enumerable: false })
    return Object.defineProperty(thing, 'hp', { enumerable: true, get: count }) as unknown as Thing
  }
}

interface Thing {
  readonly hp: number
  set(hp: number): void
}

/** States of so many things, and the deepest nesting of each. */
const FORMS: Readonly<Record<string, { depth: number; state: (things: Thing[]) => unknown }>> = {
  'a list': { depth: 1, state: (things) => things },
  'a Map': { depth: 1, state: (things) => ({ all: new Map(things.map((thing, i) => [i, thing])) }) },
  'a record': {
    depth: 1,
    state: (things) => ({ all: Object.fromEntries(things.map((thing, i) => [`k${i}`, thing])) }),
  },
  'objects in objects': { depth: 1, state: (things) => things.map((thing) => ({ id: 1, thing })) },
  'lists in lists in lists': {
    depth: 3,
    state: (things) =>
      cut(cut(things, 8), 8).map((lists) => ({ lists: lists.map((cards) => ({ title: 'list', cards })) })),
  },
}

function cut<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}

/** How often a thing is read, in the mean, by a patch that compares all of them and finds one in so many changed; 0 for none. */
function readsOf(state: (things: Thing[]) => unknown, count: number, everyNth: number): number {
  const reads = new Reads()
  const things = Array.from({ length: count }, (_, i) => reads.thing(i))
  const encoder = new StateEncoder(state(things))
  const mirror = new StateMirror()
  mirror.load(encoder.keyframe())
  let most = 0
  for (let round = 1; round <= 3; round++) {
    if (everyNth > 0) for (let i = count - 1; i >= 0; i -= everyNth) things[i]?.set(i + round * 1000)
    reads.count = 0
    const patch = encoder.patch({ complete: true })
    most = Math.max(most, reads.count)
    if (patch) mirror.patch(patch)
    assert.equal(difference(encoder.state, mirror.state), undefined)
  }
  return most
}

for (const [name, { depth, state }] of Object.entries(FORMS)) {
  test(`${name}: a patch reads each thing a few times at most, however many there are and change`, () => {
    for (const count of [16, 23, 24, 25, 64, 128, 512, 1024]) {
      for (const everyNth of [0, count, 16, 4, 2, 1]) {
        const reads = readsOf(state, count, everyNth)
        const words = `${reads} reads of ${count} things, of which one in ${everyNth} changed`
        // Once to see whether it changed, at each level of lists, and twice to write it.
        assert.ok(reads <= count * (depth + 2), words)
        if (everyNth === 0) assert.ok(reads <= count, words)
      }
    }
  })

  test(`${name}: twice as many things, or changes, never take more than twice and a half the reads`, () => {
    for (const everyNth of [2048, 16, 8, 4, 2, 1]) {
      for (let size = 16; size <= 512; size *= 2) {
        const [one, two] = [readsOf(state, size, everyNth), readsOf(state, size * 2, everyNth)]
        assert.ok(two <= one * 2.5, `${one} reads of ${size}, ${two} of ${size * 2}, one in ${everyNth} changed`)
      }
      const [few, twice] = [readsOf(state, 512, everyNth), readsOf(state, 512, Math.max(1, everyNth / 2))]
      assert.ok(twice <= few * 2.5, `${few} reads where one in ${everyNth} changed, ${twice} for twice as many`)
    }
  })
}
