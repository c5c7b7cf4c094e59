import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { History } from '../../src/history/history.js'
import { HISTORY_LIMITS } from '../../src/history/history-limits.js'
import { defaultsOf } from '../../src/options/option-table.js'
import type { Origin } from '../../src/protocol/origin.js'
import { blockOf, keyframeOf, ORIGIN } from '../support/scripted-back.js'

const OTHER: Origin = { epoch: 2, nonce: '00000000000000bb' }
const DEFAULTS = defaultsOf(HISTORY_LIMITS)
const LIMITS = { ...DEFAULTS, ringBlocksMax: 4 }

const versions = (blocks: readonly { readonly version: number }[] | null): number[] | null =>
  blocks === null ? null : blocks.map(({ version }) => version)

function historyOf(first: number, last: number, limits = DEFAULTS): History {
  const history = new History(limits)
  history.setKeyframe(keyframeOf(first, 'state'))
  for (let version = first + 1; version <= last; version++)
    assert.equal(history.append(blockOf(version, 'patch')), true)
  return history
}

test('V4 a late one gets the keyframe and what is behind it, a returning one only what it missed', () => {
  const history = historyOf(3, 6)
  const late = history.catchUp(null)
  assert.equal(late?.keyframe?.version, 3)
  assert.deepEqual(versions(late?.blocks ?? null), [4, 5, 6])
  const returning = history.catchUp({ origin: ORIGIN, version: 4 })
  assert.equal(returning?.keyframe, null)
  assert.deepEqual(versions(returning?.blocks ?? null), [5, 6])
  assert.deepEqual(versions(history.since(ORIGIN, 6)), [])
})

test('V2 what does not follow is not taken, and nothing is served across origins or over a gap', () => {
  const history = historyOf(3, 6)
  for (const wrong of [
    blockOf(6, 'x'),
    blockOf(8, 'x'),
    blockOf(7, 'x', { previous: 5 }),
    blockOf(7, 'x', { origin: OTHER }),
  ]) {
    assert.equal(history.append(wrong), false)
  }
  assert.equal(history.version, 6)
  assert.equal(history.since(OTHER, 5), null)
  assert.equal(history.since(ORIGIN, 2), null, 'before the keyframe')
  assert.equal(history.since(ORIGIN, 7), null, 'ahead of what is known')
  assert.equal(new History(DEFAULTS).append(blockOf(1, 'x')), false)
  assert.equal(new History(DEFAULTS).catchUp(null), null)
})

test('V8 a renewed keyframe of the same origin leaves the turns before it for those who return', () => {
  const history = historyOf(0, 6)
  history.setKeyframe(keyframeOf(5, 'state'))
  assert.deepEqual(versions(history.since(ORIGIN, 2)), [3, 4, 5, 6])
  assert.deepEqual(versions(history.catchUp(null)?.blocks ?? null), [6])
  assert.equal(history.version, 6)
})

test('V2 a keyframe of another origin, or from beyond, begins anew', () => {
  for (const keyframe of [keyframeOf(6, 'state', { origin: OTHER }), keyframeOf(9, 'state')]) {
    const history = historyOf(0, 6)
    history.setKeyframe(keyframe)
    assert.equal(history.version, keyframe.version)
    assert.deepEqual(history.origin, keyframe.origin)
    assert.equal(history.size.blocks, 0)
  }
})

test('G6 the ring is bounded in turns and bytes, and never lets go of what the keyframe needs', () => {
  const bounded = historyOf(0, 3, LIMITS)
  for (let version = 4; version <= 20; version++) {
    bounded.append(blockOf(version, 'patch'))
    bounded.setKeyframe(keyframeOf(version, 'state'))
  }
  assert.equal(bounded.size.blocks, 4)
  assert.equal(bounded.oldest, 16)
  assert.equal(bounded.since(ORIGIN, 15), null)
  const needed = historyOf(0, 20, LIMITS)
  assert.equal(needed.size.blocks, 20)
  assert.equal(needed.outgrown, true)
  needed.setKeyframe(keyframeOf(20, 'state'))
  assert.equal(needed.size.blocks, 4)
  const heavy = new History({ ...DEFAULTS, ringBytesMax: 1_000 })
  heavy.setKeyframe(keyframeOf(0, ''))
  for (let version = 1; version <= 10; version++) {
    heavy.append(blockOf(version, 'x'.repeat(400)))
    heavy.setKeyframe(keyframeOf(version, ''))
  }
  assert.ok(heavy.size.bytes <= 1_000)
  assert.equal(heavy.size.blocks, 2)
})

test('V8 a keyframe is outgrown by bytes beyond its own, from a least on', () => {
  const history = new History({ ...DEFAULTS, keyframeRatio: 2, keyframePatchBytesMin: 1_000 })
  history.setKeyframe(keyframeOf(0, 'x'.repeat(2_000)))
  let version = 0
  while (!history.outgrown) history.append(blockOf(++version, 'y'.repeat(100)))
  assert.ok(history.size.bytes > 4_000 && history.size.bytes < 4_200, `${history.size.bytes} bytes`)
  history.setKeyframe(keyframeOf(version, ''))
  assert.equal(history.outgrown, false)
  while (!history.outgrown) history.append(blockOf(++version, 'y'.repeat(100)))
  assert.ok(history.size.bytes - 4_200 > 900, 'the least')
})

test('G6 bytes and counts are what is kept, and a dropped keyframe frees its turns', () => {
  const history = historyOf(0, 20, LIMITS)
  history.dropKeyframe()
  assert.equal(history.size.blocks, 4)
  assert.equal(history.catchUp(null), null)
  assert.deepEqual(versions(history.catchUp({ origin: ORIGIN, version: 17 })?.blocks ?? null), [18, 19, 20])
})

test('G2 whatever happens, what is served leads without a gap to the newest version, and bytes are accounted for', () => {
  const steps = fc.array(
    fc.record({
      kind: fc.constantFrom('block', 'block', 'block', 'keyframe', 'renew', 'origin'),
      at: fc.nat(12),
      bytes: fc.nat(60),
    }),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(steps, (program) => {
      const history = new History({ ...LIMITS, ringBytesMax: 600 })
      let origin = ORIGIN
      for (const { kind, at, bytes } of program) {
        const text = 'x'.repeat(bytes)
        if (kind === 'block') history.append(blockOf(history.version + 1, text, { origin }))
        else if (kind === 'keyframe') history.setKeyframe(keyframeOf(at, text, { origin }))
        else if (kind === 'renew') history.setKeyframe(keyframeOf(history.version, text, { origin }))
        else origin = { epoch: origin.epoch + 1, nonce: ORIGIN.nonce }
        const known = history.origin
        if (known === null) continue
        for (let from = 0; from <= history.version + 1; from++) {
          const served = history.catchUp({ origin: known, version: from })
          if (served === null) continue
          let reached = served.keyframe?.version ?? from
          for (const block of served.blocks) {
            assert.equal(block.previous, reached)
            reached = block.version
          }
          assert.equal(reached, history.version)
        }
        const ring = history.since(known, history.oldest) ?? []
        assert.equal(history.size.blocks, ring.length)
        assert.equal(
          history.size.bytes,
          ring.reduce((sum, { frame }) => sum + frame.length, 0),
        )
      }
    }),
    { numRuns: 300 },
  )
})
