/** Declares a test for each of some seeds, and one that each fault happened in them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNone } from '../support/findings.js'
import { runSeed } from './run-seed.js'

/** `seeds`: each with what it once found, or null. Those without a name have to bring about each fault together, and
 * those with `showAllChecks` give each check something to look at. */
export function testSeeds(seeds: ReadonlyMap<number, string | null>, { showAllChecks = false } = {}): void {
  const faults = new Map<string, number>()
  const seen = new Map<string, number>()
  let isGeneral = false
  for (const [seed, about] of seeds) {
    isGeneral ||= about === null
    test(`G1 G2 G3 G5 G6 seed ${seed} comes right${about === null ? '' : `: ${about}`}`, async (t) => {
      const result = await runSeed(String(seed))
      for (const [name, times] of Object.entries(result.faults)) faults.set(name, (faults.get(name) ?? 0) + times)
      for (const [name, times] of Object.entries(result.seen)) seen.set(name, (seen.get(name) ?? 0) + times)
      t.diagnostic(
        `${(result.simulatedMs / 1_000).toFixed(0)} s simulated, ${result.counts['handled']} messages handled`,
      )
      assert.ok((result.counts['handled'] ?? 0) > 0, `seed ${seed}: nothing was handled`)
      assertNone([...result.findings], `Seed ${seed} found something. Again: npm run simulate -- --seed ${seed}`)
    })
  }
  if (!isGeneral) return
  test('each fault happened in these seeds', () => {
    assertNone(
      [...faults].flatMap(([name, times]) => (times === 0 ? [name] : [])),
      'What never happens shows nothing. Adapt profiles.ts, or take other seeds:',
    )
  })
  if (!showAllChecks) return
  test('each check had something before it in these seeds, and each count that it reads was above 0', () => {
    assertNone(
      [...seen].flatMap(([name, times]) => (times === 0 ? [name] : [])),
      'A check that sees nothing finds nothing. Is it fed by what is no longer written?',
    )
  })
}

/** Whole numbers from `first` to `last`, without some that take too long for every run of the tests. */
export function seedsFrom(first: number, last: number, without: readonly number[]): ReadonlyMap<number, null> {
  const all = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  return new Map(all.filter((seed) => !without.includes(seed)).map((seed) => [seed, null]))
}
