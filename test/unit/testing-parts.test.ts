import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventQueue } from '../../src/testing/event-queue.js'
import { SeededRandom } from '../../src/testing/seeded-random.js'

test('what is due comes by time, and at the same time in the order in which it was asked for', () => {
  const queue = new EventQueue()
  const random = new SeededRandom('order')
  const asked = Array.from({ length: 500 }, (_, order) => ({ at: random.below(50), order }))
  const taken: { at: number; order: number }[] = []
  for (const one of asked) queue.add(one.at, () => taken.push(one))
  let last = false
  queue.add(49, () => (last = true), true)
  for (let due = queue.take(); due !== null; due = queue.take()) {
    assert.equal(last, false)
    due.run()
  }
  assert.ok(last)
  assert.deepEqual(
    taken,
    [...asked].sort((a, b) => a.at - b.at || a.order - b.order),
  )
})

test('what is cancelled does not come', () => {
  const queue = new EventQueue()
  const due = queue.add(1, () => assert.fail())
  queue.add(2, () => {})
  due.run = null
  assert.equal(queue.take()?.at, 2)
  assert.equal(queue.take(), null)
})

test('the same seed draws the same, each fork its own, and all of it evenly', () => {
  const draws = (random: SeededRandom): number[] => Array.from({ length: 20 }, () => random.float())
  assert.deepEqual(draws(new SeededRandom('a')), draws(new SeededRandom('a')))
  assert.notDeepEqual(draws(new SeededRandom('a')), draws(new SeededRandom('b')))
  const source = new SeededRandom('a')
  source.float()
  assert.deepEqual(
    draws(source.fork('x')),
    draws(new SeededRandom('a').fork('x')),
    'a fork does not ask how much was drawn',
  )
  const many = Array.from({ length: 20_000 }, () => source.float())
  assert.ok(many.every((value) => value >= 0 && value < 1))
  const mean = many.reduce((sum, value) => sum + value, 0) / many.length
  assert.ok(Math.abs(mean - 0.5) < 0.02, `the mean is ${mean}`)
  const bytes = source.bytes(4_096)
  assert.equal(new Set(bytes).size, 256)
})
