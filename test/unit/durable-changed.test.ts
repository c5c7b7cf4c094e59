/** Stored channels whose code has changed since: what `centrum dev` says of them, and does with `--fresh`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storedDifference } from '../../src/back/stored-difference.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import type { StoredDiffers } from '../../src/store/stored-differs.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'

interface Version {
  readonly begun: object
  readonly memory?: object
  readonly stateVersion?: number
}

function appOf({ begun, memory = {}, stateVersion = 1 }: Version) {
  const board = defineChannel({
    state: () => structuredClone(begun) as Record<string, unknown>,
    memory: () => structuredClone(memory) as Record<string, unknown>,
    requests: { set: { input: unchecked<Record<string, unknown>>() } },
    durability: 'log',
    tickMs: 10,
    stateVersion,
  }).implement({ onRequest: { set: (ctx, _client, values) => void Object.assign(ctx.state, values) } })
  return defineApp({ channels: { 'board/:id': board } })
}

/** What a client finds of a channel whose state was stored by one version of the code and opened by another. */
async function changed(before: Version, after: Version, storedDiffers: StoredDiffers) {
  const store = new MemoryStore()
  const first = await createTestCluster(appOf(before), { store })
  await (await (await first.connect({ userId: 'ada' })).link('board/1')).request('set', { title: 'mine' })
  await first.close()
  const logged: string[] = []
  const second = await createTestCluster(appOf(after), {
    store,
    storedDiffers,
    log: ({ event, fields }) => {
      if (event.startsWith('image.')) logged.push(`${event}: ${String(fields['difference'] ?? fields['reason'])}`)
    },
  })
  const eve = await second.connect({ userId: 'eve' })
  const state = await eve.link('board/1').then(
    (link) => structuredClone(link.state),
    ({ code }: { code: string }) => code,
  )
  if (typeof state === 'object') {
    await (await eve.link('board/1')).request('set', { title: 'again' })
    second.kill('back-1')
    second.restart('back-1')
    const back = await (await second.connect({ userId: 'bob' })).link('board/1')
    assert.equal((back.state as { title?: string }).title, 'again', 'what it began with is stored')
  }
  await second.close()
  return { state, logged }
}

const OLD: Version = { begun: { title: '', lines: [] } }

test('a stored state that lacks what the code begins with goes on and is logged, or its channel begins anew', async () => {
  const after = { begun: { title: '', lines: [], scores: { best: 0 } } }
  const kept = { title: 'mine', lines: [] }
  assert.deepEqual(await changed(OLD, after, 'ignored'), { state: kept, logged: [] })
  const told = await changed(OLD, after, 'logged')
  assert.deepEqual(told.state, kept)
  assert.equal(told.logged[0], 'image.differs: $.scores is missing')
  const fresh = await changed(OLD, after, 'begun-anew')
  assert.deepEqual(fresh, { state: after.begun, logged: ['image.dropped: $.scores is missing'] })
})

test('a stored state that fits goes on, whatever is asked for', async () => {
  assert.deepEqual(await changed(OLD, OLD, 'begun-anew'), { state: { title: 'mine', lines: [] }, logged: [] })
})

test('a memory that lacks what the code begins with is a difference as well', async () => {
  const { logged } = await changed({ ...OLD, memory: { a: 1 } }, { ...OLD, memory: { a: 1, b: 2 } }, 'logged')
  assert.equal(logged[0], 'image.differs: memory.b is missing')
})

for (const [what, before, after] of [
  ['an older stateVersion without migrate', OLD, { ...OLD, stateVersion: 2 }],
  ['a newer stateVersion', { ...OLD, stateVersion: 2 }, OLD],
] as const) {
  test(`what was stored under ${what} does not open, and begins anew where that is asked for`, async () => {
    const refused = await changed(before, after, 'logged')
    assert.equal(refused.state, 'faulted')
    assert.match(refused.logged[0] ?? '', /^image\.unreadable: .*stateVersion/)
    const fresh = await changed(before, after, 'begun-anew')
    assert.deepEqual(fresh.state, OLD.begun)
    assert.match(fresh.logged[0] ?? '', /^image\.dropped: .*stateVersion/)
  })
}

test('a difference names its path; more, null and undefined are none', () => {
  assert.equal(
    storedDifference({ a: { b: 'x' } }, { a: { b: 1 } }),
    '$.a.b is a string, but in the code it is a number',
  )
  assert.equal(storedDifference({ a: [] }, { a: new Map() }), '$.a is a list, but in the code it is a Map')
  assert.equal(storedDifference({ a: 1, more: 2 }, { a: 2 }), null)
  assert.equal(storedDifference({ a: null }, { a: { b: 1 } }), null)
  assert.equal(storedDifference({ a: { b: 1 } }, { a: null }), null)
})
