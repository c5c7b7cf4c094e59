/** Cost follows what is there, and not what was there once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { difference } from '../support/raw-state.js'

function pair<T>(initial: T): { encoder: StateEncoder<T>; mirror: StateMirror<T>; step: () => number } {
  const encoder = new StateEncoder<T>(initial)
  const mirror = new StateMirror<T>()
  mirror.load(encoder.keyframe())
  const step = (): number => {
    const patch = encoder.patch()
    if (patch) mirror.patch(patch)
    return patch?.length ?? 0
  }
  return { encoder, mirror, step }
}

test('a record and a Map that held 100,000 entries and are empty have a keyframe of a few bytes', () => {
  const entries = Array.from({ length: 100_000 }, (_, i) => [`k${i}`, { x: i }] as const)
  const { encoder, mirror, step } = pair<{ record: Record<string, { x: number }>; map: Map<string, { x: number }> }>({
    record: Object.fromEntries(entries),
    map: new Map(entries),
  })
  for (const [key] of entries) delete encoder.state.record[key]
  encoder.state.map.clear()
  step()
  assert.ok(encoder.keyframe().length < 60, `${encoder.keyframe().length} bytes`)
  encoder.state.record['a'] = { x: 1 }
  encoder.state.map.set('a', { x: 1 })
  assert.ok(step() < 40)
  assert.equal(difference(encoder.state, mirror.state), undefined)
})

test('entries that come and go for long leave nothing behind', () => {
  const { encoder, mirror, step } = pair<{ bullets: Record<string, { x: number }> }>({ bullets: {} })
  let size = 0
  for (let i = 0; i < 5000; i++) {
    encoder.state.bullets[`b${i}`] = { x: i }
    delete encoder.state.bullets[`b${i - 10}`]
    step()
    size = Math.max(size, encoder.keyframe().length)
  }
  assert.ok(size < 250, `${size} bytes`)
  assert.equal(difference(encoder.state, mirror.state), undefined)
})

test('shapes and keys that nothing has any more go', () => {
  const { encoder, mirror, step } = pair<{ thing: unknown; other: number }>({ thing: null, other: 0 })
  for (let i = 0; i < 3000; i++) {
    encoder.state.thing = { [`key number ${i}`]: i, [`${'long '.repeat(i % 7)}${i}`]: 1 }
    step()
    assert.ok(encoder.keyframe().length < 6000, `${encoder.keyframe().length} bytes after ${i}`)
    if (i % 100 === 0) assert.equal(difference(encoder.state, mirror.state), undefined)
  }
  encoder.state.thing = null
  for (let i = 0; i < 40; i++) {
    encoder.state.other++
    step()
  }
  const late = new StateMirror()
  late.load(encoder.keyframe())
  assert.equal(difference(encoder.state, late.state), undefined)
})

test('more than 1,024 shapes at once are mirrored, and when they have gone others take their numbers', () => {
  const { encoder, mirror, step } = pair<{ things: Record<string, unknown> }>({ things: {} })
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 1500; i++) encoder.state.things[`t${i}`] = { [`f${round}-${i}`]: i, same: 1 }
    step()
    assert.equal(difference(encoder.state, mirror.state), undefined)
    encoder.state.things = {}
    step()
  }
})

test('what outlives an encoder, or is shared by several, holds nothing of theirs', async () => {
  const { gc } = globalThis as { gc?: () => void }
  const shared = {
    map: new Map(Array.from({ length: 50 }, (_, i) => [`k${i}`, { x: i }])),
    record: {} as Record<string, { x: number }>,
  }
  for (let i = 0; i < 50; i++) shared.record[`k${i}`] = { x: i }
  const made: WeakRef<object>[] = []
  const use = (): void => {
    const encoder = new StateEncoder({ map: shared.map, record: shared.record, own: { text: 'x' } })
    for (let i = 0; i < 5; i++) {
      shared.map.get('k1')!.x++
      encoder.state.record['k2']!.x++
      encoder.patch()
    }
    made.push(new WeakRef(encoder))
  }
  for (let i = 0; i < 20; i++) use()
  if (gc === undefined) return
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setImmediate(resolve))
    gc()
  }
  const left = made.filter((reference) => reference.deref() !== undefined).length
  assert.ok(left <= 1, `${left} encoders are still held`)
})
