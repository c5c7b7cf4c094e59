/** Runs with backs that come and go, and an engine in every kind of trouble. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNone } from '../support/findings.js'
import type { LivingTrouble } from './living-troubles.js'
import { runLivingSeed } from './run-living-seed.js'

/** 10: a back was fenced, and could not be announced as it joined anew; what it had opened meanwhile was shown before it was stored. */
const SEEDS = [10, 35]
/** Those that come up in so few seeds; `npm run simulate -- --living` has all. */
const TROUBLES: readonly LivingTrouble[] = [
  'kill back',
  'stop back',
  'drain back',
  'move',
  'stall back',
  'cut back off engine',
  'cut front off back',
  'engine away',
]
const seen: Record<string, number> = {}

for (const seed of SEEDS) {
  test(`G1 G3 G4 G8 living seed ${seed}: through deaths, moves, drains and cuts durable channels have one history, and each effect comes once`, async (t) => {
    const { findings, counts } = await runLivingSeed(String(seed))
    for (const [what, times] of Object.entries(counts)) seen[what] = (seen[what] ?? 0) + times
    t.diagnostic(JSON.stringify(counts))
    assertNone(
      findings.slice(0, 12),
      `Seed ${seed} found something. Again: npm run simulate -- --living --seed ${seed}`,
    )
  })
}

test('troubles of each kind of back and engine came up in these seeds, and each check had something before it', () => {
  const wanted = [
    'answered',
    'sent',
    'versions',
    'owners',
    'owners fenced',
    'left to newer',
    'resets of rooms',
    ...TROUBLES,
  ]
  assert.deepEqual(
    wanted.filter((what) => (seen[what] ?? 0) === 0),
    [],
  )
})
