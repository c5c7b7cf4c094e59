/** When a durable channel is stored as a whole, so that what its turns take in the store stays bounded. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BackLimits } from '../../src/back/back-limits.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { carriedBytesMax, LiveTurns } from '../../src/store/live-turns.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import type { Commit, StoredTurn } from '../../src/store/store.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'

const CHANNELS = 24
const NEVER = 1_000_000

const note = defineChannel({
  state: () => ({ text: '', count: 0 }),
  messages: { write: unchecked<string>() },
  tickMs: 10,
  durability: 'log',
}).implement({
  onMessage: {
    write(ctx, _client, text) {
      ctx.state.count++
      if (text !== '') ctx.state.text = text
    },
  },
})
const app = defineApp({ channels: { 'note/:id': note } })

/** A store that notes what is committed. */
function watchedStore(commits: Commit[]): MemoryStore {
  const store = new MemoryStore()
  const join = store.join.bind(store)
  store.join = async (member) => {
    const journal = await join(member)
    const append = journal.append.bind(journal)
    journal.append = (commit) => {
      commits.push(commit)
      return append(commit)
    }
    return journal
  }
  return store
}

async function setUp(backLimits: Partial<BackLimits>, channels: number) {
  const commits: Commit[] = []
  const store = watchedStore(commits)
  const cluster = await createTestCluster(app, { backs: 1, fronts: 1, store: () => store, backLimits })
  const ada = await cluster.connect({ userId: 'ada' })
  const links = await Promise.all(Array.from({ length: channels }, (_, i) => ada.link(`note/${i}`)))
  await cluster.advance(1_000)
  commits.length = 0
  const write = async (times: number, text = ''): Promise<void> => {
    for (let i = 0; i < times; i++) {
      for (const link of links) link.send('write', text)
      await cluster.advance(20)
    }
  }
  return { cluster, commits, write }
}

test('[G6] turns of many channels are bounded together by imageTurnBytesTotal, and not all of them are stored as a whole at once', async () => {
  const total = CHANNELS * 2_000
  const limits = { imageTurnBytesTotal: total, imageTurnBytesMin: NEVER, imageRatio: 0 }
  const { cluster, commits, write } = await setUp(limits, CHANNELS)
  await write(50)
  const since = new Map<string, number>()
  let mostBytes = 0
  let mostImages = 0
  for (const { turns, images } of commits) {
    for (const { channelId, bytes } of turns) since.set(channelId, (since.get(channelId) ?? 0) + bytes.length)
    for (const { channelId } of images) since.set(channelId, 0)
    mostBytes = Math.max(
      mostBytes,
      [...since.values()].reduce((sum, bytes) => sum + bytes, 0),
    )
    mostImages = Math.max(mostImages, images.length)
  }
  assert.ok(mostImages > 0, 'none was stored as a whole')
  assert.ok(mostBytes <= total, `${mostBytes} bytes of turns that no image holds`)
  assert.ok(mostImages < CHANNELS / 2, `${mostImages} of ${CHANNELS} channels were stored as a whole in one commit`)
  await cluster.close()
})

test('[G6] a journal above its limit is emptied bit by bit: no commit waits for much more than it brings itself', () => {
  const turnsOf = (seq: number): StoredTurn[] =>
    Array.from({ length: 100 }, (_, i) => ({
      channelId: `note/${i}`,
      epoch: 1,
      number: seq,
      bytes: new Uint8Array(1_000),
    }))
  const live = new LiveTurns()
  const rowBytes = 100_000
  for (let seq = 1; seq <= 100; seq++) live.add(seq, rowBytes, turnsOf(seq))
  const limit = 10 * rowBytes
  let commits = 0
  for (let seq = 101; live.bytes > limit + rowBytes; seq++, commits++) {
    assert.ok(commits < 200, `${live.bytes} bytes are left`)
    const oldest = live.oldest(limit, carriedBytesMax(rowBytes))
    const bytes = oldest.reduce((sum, turn) => sum + turn.bytes.length, 0)
    assert.ok(bytes <= 2 * rowBytes + rowBytes, `a commit copies ${bytes} bytes`)
    for (const { channelId, number } of oldest) live.drop(channelId, number)
    live.add(seq, rowBytes, turnsOf(seq))
    live.forgetDead(live.dead.length)
  }
  assert.ok(commits > 10, `it took ${commits} commits`)
})
