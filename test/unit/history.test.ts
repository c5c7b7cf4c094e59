import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type CatchUp, History } from '../../src/history/history.js'
import { HISTORY_LIMITS, type HistoryLimits } from '../../src/history/history-limits.js'
import { defaultsOf } from '../../src/options/limit-table.js'
import { HistoryView } from '../../src/history/history-view.js'
import { readTurns, type SharedBlock } from '../../src/protocol/blocks.js'
import type { Origin } from '../../src/protocol/origin.js'
import { blockOf, keyframeOf, ORIGIN } from '../support/scripted-back.js'

const OTHER: Origin = { epoch: 2, nonce: '00000000000000bb' }
const DEFAULTS = defaultsOf(HISTORY_LIMITS)
const FOUR = { ...DEFAULTS, ringTurnsMax: 4 }
const HEAD = { channelId: 'room/1', view: 0 }

/** The versions that are served, each turn by itself; null where nothing can be. */
const versions = (blocks: readonly SharedBlock[] | null | undefined): number[] | null =>
  blocks ? blocks.flatMap((block) => readTurns(block).map(({ version }) => version)) : null

/** The patches of all turns, as texts. */
const patches = (blocks: readonly SharedBlock[] | null | undefined): string[] =>
  (blocks ?? []).flatMap((block) => readTurns(block).map(({ patch }) => new TextDecoder().decode(patch ?? undefined)))

function newHistory(limits: Partial<HistoryLimits> = {}): History {
  return new History(HEAD, { ...DEFAULTS, ...limits })
}

function historyOf(first: number, last: number, limits: Partial<HistoryLimits> = {}): History {
  const history = newHistory(limits)
  history.setKeyframe(keyframeOf(first, 'state'), 0)
  for (let version = first + 1; version <= last; version++)
    assert.equal(history.append(blockOf(version, `patch ${version}`), 0), true)
  return history
}

test('V4 a late one gets the keyframe and what is behind it, a returning one only what it missed, in one block', () => {
  const history = historyOf(3, 6)
  const late = history.catchUp(null)
  assert.equal(late?.keyframe?.version, 3)
  assert.deepEqual(versions(late?.blocks), [4, 5, 6])
  const returning = history.catchUp({ origin: ORIGIN, version: 4 })
  assert.equal(returning?.keyframe, null)
  assert.equal(returning?.blocks.length, 1)
  assert.deepEqual(patches(returning?.blocks), ['patch 5', 'patch 6'])
  assert.deepEqual(versions(history.since(ORIGIN, 6)), [])
  assert.equal(history.since(ORIGIN, 4), history.since(ORIGIN, 4), 'framed once for all that missed the same')
})

test('V4 what was missed can be cut into a block for each turn, and is cut where it is long', () => {
  const history = historyOf(0, 6)
  const [block] = history.since(ORIGIN, 2) ?? []
  const apart = history.apart([block as SharedBlock])
  assert.deepEqual(
    apart.map(({ previous, version }) => [previous, version]),
    [
      [2, 3],
      [3, 4],
      [4, 5],
      [5, 6],
    ],
  )
  assert.deepEqual(patches(apart), ['patch 3', 'patch 4', 'patch 5', 'patch 6'])
  const heavy = newHistory()
  heavy.begin(ORIGIN, 0)
  for (let version = 1; version <= 9; version++) heavy.append(blockOf(version, 'x'.repeat(100_000)), 0)
  const blocks = heavy.since(ORIGIN, 0) ?? []
  assert.ok(blocks.length > 1 && blocks.every(({ frame }) => frame.length < 300_000))
  assert.deepEqual(versions(blocks), [1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('V3 several turns in one block are kept as if each had come alone', () => {
  const owner = historyOf(0, 6)
  const front = newHistory()
  front.begin(ORIGIN, 2)
  for (const block of owner.since(ORIGIN, 2) ?? []) assert.equal(front.append(block, 0), true)
  assert.equal(front.version, 6)
  assert.deepEqual(patches(front.since(ORIGIN, 4)), ['patch 5', 'patch 6'])
})

test('V1 what was missed is framed in the epoch of the owner that spoke last, also of one whose clock was set back', () => {
  const history = newHistory()
  history.setKeyframe(keyframeOf(0, 'state', { epoch: 9, origin: { ...OTHER, epoch: 9 } }), 0)
  history.append(blockOf(1, 'a', { epoch: 9, origin: { ...OTHER, epoch: 9 } }), 0)
  history.setKeyframe(keyframeOf(0, 'state', { epoch: 5, origin: { ...OTHER, epoch: 5 } }), 0)
  history.append(blockOf(1, 'a', { epoch: 5, origin: { ...OTHER, epoch: 5 } }), 0)
  const epochs = (history.catchUp(null)?.blocks ?? []).map(({ epoch }) => epoch)
  assert.deepEqual(epochs, [5])
  history.append(blockOf(2, 'b', { epoch: 6, origin: { ...OTHER, epoch: 5 } }), 0)
  assert.deepEqual(
    (history.since({ ...OTHER, epoch: 5 }, 0) ?? []).map(({ epoch }) => epoch),
    [6],
    'a new owner of the same history',
  )
})

test('V2 what does not follow is not taken, and nothing is served across origins or over a gap', () => {
  const history = historyOf(3, 6)
  for (const wrong of [
    blockOf(6, 'x'),
    blockOf(8, 'x'),
    blockOf(7, 'x', { previous: 5 }),
    blockOf(7, 'x', { origin: OTHER }),
  ]) {
    assert.equal(history.append(wrong, 0), false)
  }
  assert.equal(history.version, 6)
  assert.equal(history.since(OTHER, 5), null)
  assert.equal(history.since(ORIGIN, 2), null, 'before the keyframe')
  assert.equal(history.since(ORIGIN, 7), null, 'ahead of what is known')
  assert.equal(newHistory().append(blockOf(1, 'x'), 0), false)
  assert.equal(newHistory().catchUp(null), null)
})

test('V8 a renewed keyframe of the same origin leaves the turns before it for those who return', () => {
  const history = historyOf(0, 6)
  history.setKeyframe(keyframeOf(5, 'state'), 0)
  assert.deepEqual(versions(history.since(ORIGIN, 2)), [3, 4, 5, 6])
  assert.deepEqual(versions(history.catchUp(null)?.blocks), [6])
  assert.equal(history.version, 6)
})

test('V2 a keyframe of another origin, or from beyond, begins anew', () => {
  for (const keyframe of [keyframeOf(6, 'state', { origin: OTHER }), keyframeOf(9, 'state')]) {
    const history = historyOf(0, 6)
    history.setKeyframe(keyframe, 0)
    assert.equal(history.version, keyframe.version)
    assert.deepEqual(history.origin, keyframe.origin)
    assert.equal(history.size.turns, 0)
  }
})

test('G6 the ring is bounded in turns and bytes, and never lets go of what the keyframe needs', () => {
  const bounded = historyOf(0, 3, FOUR)
  for (let version = 4; version <= 20; version++) {
    bounded.append(blockOf(version, 'patch'), 0)
    bounded.setKeyframe(keyframeOf(version, 'state'), 0)
  }
  assert.equal(bounded.size.turns, 4)
  assert.equal(bounded.oldest, 16)
  assert.equal(bounded.since(ORIGIN, 15), null)
  const needed = historyOf(0, 20, FOUR)
  assert.equal(needed.size.turns, 20)
  assert.equal(needed.outgrown, true)
  needed.setKeyframe(keyframeOf(20, 'state'), 0)
  assert.equal(needed.size.turns, 4)
  const heavy = newHistory({ ringBytesMax: 1_000 })
  heavy.setKeyframe(keyframeOf(0, ''), 0)
  for (let version = 1; version <= 10; version++) {
    heavy.append(blockOf(version, 'x'.repeat(400)), 0)
    heavy.setKeyframe(keyframeOf(version, ''), 0)
  }
  assert.ok(heavy.size.bytes <= 1_000)
  assert.equal(heavy.size.turns, 2)
})

test('G6 turns go when they are older than any grace, and what is held for them is bounded as they are', () => {
  const history = newHistory({ ringMs: 30_000 })
  history.begin(ORIGIN, 0)
  for (let version = 1; version <= 2_000; version++) history.append(blockOf(version, 'x'.repeat(120)), version * 50)
  const { turns, bytes, capacity } = history.size
  assert.ok(turns >= 600 && turns < 700, `${turns} turns of 600`)
  assert.ok(capacity < bytes + 3 * 8_192, `${capacity} bytes for ${bytes}`)
  const needed = newHistory({ ringMs: 30_000 })
  needed.setKeyframe(keyframeOf(0, 'state'), 0)
  for (let version = 1; version <= 1_000; version++) needed.append(blockOf(version, ''), version * 50)
  assert.equal(needed.size.turns, 1_000, 'the keyframe needs them')
})

test('V8 a keyframe is outgrown by bytes beyond its own, from a minimum on', () => {
  const history = newHistory({ keyframeRatio: 2, keyframePatchBytesMin: 1_000 })
  history.setKeyframe(keyframeOf(0, 'x'.repeat(2_000)), 0)
  let version = 0
  while (!history.outgrown) history.append(blockOf(++version, 'y'.repeat(100)), 0)
  assert.ok(history.size.bytes > 4_000 && history.size.bytes < 4_200, `${history.size.bytes} bytes`)
  const before = history.size.bytes
  history.setKeyframe(keyframeOf(version, ''), 0)
  assert.equal(history.outgrown, false)
  while (!history.outgrown) history.append(blockOf(++version, 'y'.repeat(100)), 0)
  assert.ok(history.size.bytes - before > 1_000, 'the minimum')
})

test('G6 a dropped keyframe frees its turns', () => {
  const history = historyOf(0, 20, FOUR)
  history.dropKeyframe(0)
  assert.equal(history.size.turns, 4)
  assert.equal(history.catchUp(null), null)
  assert.deepEqual(versions(history.catchUp({ origin: ORIGIN, version: 17 })?.blocks), [18, 19, 20])
})

test('G2 a front that is lent its owner history shows what came to it, and holds nothing of its own', () => {
  const owner = historyOf(0, 4)
  const view = new HistoryView(HEAD, DEFAULTS, () => owner)
  view.setKeyframe(keyframeOf(2, 'state'), 0)
  assert.equal(view.version, 2)
  assert.deepEqual(versions(view.whole()?.blocks), [], 'not what the owner has published since')
  assert.equal(view.append(blockOf(3, 'patch 3'), 0), true)
  assert.equal(view.append(blockOf(3, 'patch 3'), 0), false)
  assert.equal(view.append(blockOf(6, 'x', { previous: 3 }), 0), false, 'beyond what the owner has')
  assert.deepEqual(patches(view.since(ORIGIN, 1)), ['patch 2', 'patch 3'])
  assert.deepEqual(view.size, { turns: 0, bytes: 0, capacity: 0, keyframeBytes: 0 })
  // The owner has begun anew, and this front has not heard of it yet.
  owner.begin(OTHER, 0)
  assert.equal(view.since(ORIGIN, 3), null)
  assert.equal(view.append(blockOf(4, 'patch 4'), 0), false)
})

interface Step {
  readonly kind: 'block' | 'keyframe' | 'renew' | 'origin' | 'wait'
  readonly at: number
  readonly bytes: number
}

const STEPS = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('block', 'block', 'block', 'keyframe', 'renew', 'origin', 'wait'),
    at: fc.nat(12),
    bytes: fc.oneof(fc.nat(60), fc.nat(2_000)),
  }),
  { maxLength: 60 },
)

function leadsTo(version: number, from: number, served: CatchUp, texts: ReadonlyMap<number, string>): void {
  let reached = served.keyframe?.version ?? from
  for (const block of served.blocks) {
    assert.equal(block.previous, reached)
    for (const turn of readTurns(block)) {
      assert.equal(turn.version, ++reached)
      assert.equal(new TextDecoder().decode(turn.patch ?? undefined), texts.get(reached))
    }
    assert.equal(block.version, reached)
  }
  assert.equal(reached, version)
}

test('G2 whatever happens, what is served leads without a gap to the newest version, with the bytes that were published', () => {
  fc.assert(
    fc.property(STEPS, (program) => {
      const history = newHistory({ ringTurnsMax: 4, ringBytesMax: 3_000, ringMs: 50 })
      const texts = new Map<number, string>()
      let origin = ORIGIN
      let now = 0
      for (const { kind, at, bytes } of program) {
        const text = String(at).padEnd(bytes, 'x')
        if (kind === 'block') {
          const next = history.version + 1
          if (history.append(blockOf(next, text, { origin }), now)) texts.set(next, text)
        } else if (kind === 'keyframe') history.setKeyframe(keyframeOf(at, text, { origin }), now)
        else if (kind === 'renew') history.setKeyframe(keyframeOf(history.version, text, { origin }), now)
        else if (kind === 'origin') origin = { epoch: origin.epoch + 1, nonce: ORIGIN.nonce }
        else now += at * 5
        const known = history.origin
        if (known === null) continue
        for (let from = 0; from <= history.version + 1; from++) {
          const served = history.catchUp({ origin: known, version: from })
          if (served !== null) leadsTo(history.version, from, served, texts)
        }
        const { turns, bytes: held } = history.size
        const kept = (history.since(known, history.oldest) ?? []).flatMap((block) => readTurns(block))
        assert.equal(turns, kept.length)
        assert.equal(
          held,
          kept.reduce((sum, turn) => sum + turn.bytes.length, 0),
        )
      }
    }),
    { numRuns: 500 },
  )
})
