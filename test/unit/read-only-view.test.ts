import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readOnlyView } from '../../src/client/read-only-view.js'

test('a view reads like the state and refuses every write, at any depth', () => {
  const state = { n: 1, list: [{ a: 1 }], players: new Map([['p', { x: 1 }]]), bytes: new Uint8Array([1]) }
  const view = readOnlyView(state)
  assert.equal(JSON.stringify(view.list), '[{"a":1}]')
  assert.deepEqual(Object.keys(view), ['n', 'list', 'players', 'bytes'])
  assert.equal(view.players.get('p')?.x, 1)
  assert.equal(view.players.size, 1)
  assert.ok(view.players.has('p'))
  assert.deepEqual([...view.players.keys()], ['p'])
  assert.deepEqual(
    [...view.players].map(([id, { x }]) => [id, x]),
    [['p', 1]],
  )
  const writes = [
    () => (view.n = 2),
    () => delete (view as Partial<typeof state>).n,
    () => Object.assign(view, { m: 1 }),
    () => Object.freeze(view.list),
    () => view.list.push({ a: 2 }),
    () => ((view.list[0] as { a: number }).a = 2),
    () => ((view.players.get('p') as { x: number }).x = 2),
    () => view.players.forEach((player) => (player.x = 2)),
    () => [...view.players.values()].forEach((player) => (player.x = 2)),
    () => [...view.players].forEach(([, player]) => (player.x = 2)),
  ]
  for (const write of writes) assert.throws(write, { name: 'TypeError', message: /is read-only/ })
  assert.deepEqual(state.list, [{ a: 1 }])
})

test('a view follows the state, and is the same as long as the object is', () => {
  const state = { players: { a: { x: 1 } } }
  const view = readOnlyView(state)
  const { a } = view.players
  state.players.a.x = 2
  assert.equal(a.x, 2)
  assert.equal(view.players.a, a)
  assert.equal(readOnlyView(state), view)
  state.players.a = { x: 3 }
  assert.notEqual(view.players.a, a)
})
