/** Runs with durable channels: backs that die at each step of a commit, and stores in every kind of trouble. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNone } from '../support/findings.js'
import { runDurableSeed } from './run-durable-seed.js'
import { STORE_TROUBLES } from './store-troubles.js'

const SEEDS = [1, 2, 3, 4]
const seen: Record<string, number> = {}

for (const seed of SEEDS) {
  test(`G3 G4 seed ${seed}: what was answered is kept, and each effect, message and timer of durable channels comes once`, async (t) => {
    const { findings, counts } = await runDurableSeed(String(seed))
    for (const [what, times] of Object.entries(counts)) seen[what] = (seen[what] ?? 0) + times
    t.diagnostic(JSON.stringify(counts))
    assertNone(findings.slice(0, 12), `Seed ${seed} found something:`)
  })
}

test('each trouble came up in these seeds', () => {
  const wanted = ['answered', 'kills', 'intruders', 'versions', ...STORE_TROUBLES.map((kind) => `store ${kind}`)]
  assert.deepEqual(
    wanted.filter((what) => (seen[what] ?? 0) === 0),
    [],
  )
})
