/** The store in memory as simulations use it: what its hook decides for each call, and what the end of a process does. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CentrumError } from '../../src/protocol/errors.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import type { StoreFate } from '../../src/store/store-fate.js'
import { claimed, memberOf, store, turn, waiting } from '../contract/store-place.js'

async function stage() {
  const fates: StoreFate[] = []
  const stored = new MemoryStore({ fate: ({ method }) => (method === 'append' ? fates.shift() : undefined) })
  const journal = await stored.join(memberOf('b1'))
  const { epoch } = await claimed(journal, 'a')
  const commit = { seq: 1, turns: [turn('a', epoch, 1)], images: [] }
  const turns = async (): Promise<number> => (await journal.read('a'))?.turns.length ?? 0
  return { stored, journal, fates, commit, turns }
}

test('[G4] an answer that is lost is undecided, whether the commit is stored or not; given again it is stored once', async () => {
  for (const cut of ['before', 'after'] as const) {
    const { journal, fates, commit, turns } = await stage()
    fates.push({ cut })
    assert.equal((await journal.append(commit)).outcome, 'undecided')
    assert.equal(await turns(), cut === 'before' ? 0 : 1)
    await store(journal, commit)
    assert.equal(await turns(), 1)
  }
})

test('a commit that fails is not stored, and may be given again', async () => {
  const { journal, fates, commit, turns } = await stage()
  fates.push({ error: new CentrumError('store-full', 'no room') })
  const appended = await journal.append(commit)
  assert.deepEqual([appended.outcome, await turns()], ['failed', 0])
  await store(journal, commit)
  assert.equal(await turns(), 1)
})

test('a call that is under way when its process ends does nothing, and is never answered', async () => {
  const { stored, journal, fates, commit } = await stage()
  let go = (): void => {}
  fates.push({ before: new Promise<void>((resolve) => (go = resolve)) })
  let answered = false
  void journal.append(commit).then(() => (answered = true))
  stored.abandon('b1')
  go()
  const next = await stored.join(memberOf('b1'))
  assert.equal(await next.read('a'), null)
  assert.equal(answered, false)
})

test('[G1] what a run appends after it was sealed is fenced', async () => {
  const { stored, journal, commit, turns } = await stage()
  await stored.seal('b1')
  assert.equal((await journal.append(commit)).outcome, 'fenced')
  assert.equal(await turns(), 0)
  assert.deepEqual(await journal.tail(), { seq: 1, incarnation: (await journal.tail()).incarnation, sealed: true })
})

test('a message from outside waits for an owner, who takes it with its commit', async () => {
  const { stored, journal, commit } = await stage()
  stored.channels.send('a', 'credited', '5')
  stored.channels.send('a', 'credited', '"x"')
  const [first, second, ...more] = await waiting(journal)
  assert.deepEqual([first?.json, second?.json, more], ['5', '"x"', []])
  const handled = [
    { channelId: 'a', id: first?.id ?? 0, refused: null },
    { channelId: 'a', id: second?.id ?? 0, refused: 'a number is expected' },
  ]
  await store(journal, { ...commit, handled })
  assert.deepEqual(await waiting(journal), [])
  const { epoch: _epoch, ...sent } = second ?? { epoch: 0 }
  assert.deepEqual(stored.channels.refused(), [{ ...sent, reason: 'a number is expected' }])
  stored.channels.send('asleep', 'credited', '1')
  assert.deepEqual(await journal.due(0, 10), [{ channelId: 'asleep', dueAt: 0 }])
})
