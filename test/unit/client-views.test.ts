/** What a client's link gives beside its live state: handlers by path, and snapshots. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HandFront } from '../support/hand-front.js'

test('a snapshot is frozen, is never of the live objects, and shares what did not change with the one before', async () => {
  const { front, link } = await HandFront.linked()
  const first = link.snapshot()
  assert.deepEqual(first, link.state)
  assert.notEqual(first['kept'], link.state['kept'])
  assert.ok(Object.isFrozen(first) && Object.isFrozen(first['kept']))
  assert.equal(link.snapshot(), first, 'nothing changed')
  await front.turn({ text: 'two' })
  const second = link.snapshot()
  assert.equal(first['text'], 'begin')
  assert.equal(second['text'], 'two')
  assert.notEqual(second, first)
  assert.equal(second['kept'], first['kept'])
})

test('path handlers hear what is there, what changes, and nothing after their end', async () => {
  const { front, link } = await HandFront.linked()
  const heard: unknown[] = []
  const note =
    (kind: string) =>
    (value: unknown, key: unknown): unknown =>
      heard.push([kind, key, value, link.version])
  const end = link.on([], { add: note('add'), change: note('change') })
  link.onChange(() => heard.push('onChange'))
  assert.deepEqual(heard.splice(0), [
    ['add', 'text', 'begin', 1],
    ['add', 'kept', { deep: [1] }, 1],
  ])
  await front.turn({ text: 'two' })
  assert.deepEqual(heard.splice(0), [['change', 'text', 'two', 2], 'onChange'])
  end()
  await front.turn({ text: 'three' })
  assert.deepEqual(heard, ['onChange'])
})

test('in development the live state is a view that refuses writes; elsewhere it is the object itself', async () => {
  for (const isDevelopment of [true, false]) {
    const { front, link } = await HandFront.linked({}, {}, { isDevelopment })
    const kept = link.state['kept'] as { deep: number[] }
    const write = (): unknown => kept.deep.push(2)
    if (isDevelopment) assert.throws(write, /is read-only/)
    else assert.doesNotThrow(write)
    await front.turn({ text: 'two' })
    assert.equal(link.state['text'], 'two')
    assert.equal(link.state['kept'], kept)
  }
})

test('a back in production says no names of events, and nothing is compared', async () => {
  const { front, link } = await HandFront.linked()
  const listen = link.on.bind(link) as (name: string, listener: () => void) => () => void
  listen('bom', () => {})
  assert.deepEqual(front.logged, [])
})

test('a path handler that throws is reported and disturbs nobody', async () => {
  const { front, link } = await HandFront.linked()
  const heard: unknown[] = []
  link.on([], {
    change() {
      throw new Error('mine')
    },
  })
  link.on([], { change: (value) => heard.push(value) })
  await front.turn({ text: 'two' })
  assert.deepEqual(heard, ['two'])
  assert.equal(link.status, 'live')
  assert.deepEqual(
    front.logged.map(({ event, fields }) => [event, fields['listener']]),
    [['listener.failed', 'change']],
  )
})
