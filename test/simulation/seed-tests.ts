/** Declares a test for each of some seeds, one that each fault happened in them, and for some seeds one that they are the same run again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNone } from '../support/findings.js'
import { type RunResult, runSeed } from './run-seed.js'

/** `seeds`: each with what it once found, or null. Those without a name have to bring about each fault together, and
 * those with `showAllChecks` give each check something to look at. `twice`: those of the seeds that are run again. */
export function testSeeds(
  seeds: ReadonlyMap<number, string | null>,
  { showAllChecks = false, twice = [] }: { readonly showAllChecks?: boolean; readonly twice?: readonly number[] } = {},
): void {
  const firstRuns = new Map<number, RunResult>()
  const faults = new Map<string, number>()
  const seen = new Map<string, number>()
  let isGeneral = false
  for (const [seed, about] of seeds) {
    isGeneral ||= about === null
    test(`G1 G2 G3 G5 G6 seed ${seed} comes right${about === null ? '' : `: ${about}`}`, async (t) => {
      const result = await runSeed(String(seed), { fingerprint: twice.includes(seed) })
      if (twice.includes(seed)) firstRuns.set(seed, result)
      for (const [name, times] of Object.entries(result.faults)) faults.set(name, (faults.get(name) ?? 0) + times)
      for (const [name, times] of Object.entries(result.seen)) seen.set(name, (seen.get(name) ?? 0) + times)
      t.diagnostic(
        `${(result.simulatedMs / 1_000).toFixed(0)} s simulated, ${result.counts['handled']} messages handled`,
      )
      assert.ok((result.counts['handled'] ?? 0) > 0, `seed ${seed}: nothing was handled`)
      assertNone([...result.findings], `Seed ${seed} found something. Again: npm run simulate -- --seed ${seed}`)
    })
  }
  if (twice.length > 0) testAgain(twice, firstRuns)
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

/** The same seed is the same run, so that whatever is found once can be looked at again. */
function testAgain(seeds: readonly number[], firstRuns: ReadonlyMap<number, RunResult>): void {
  for (const seed of seeds) {
    test(`seed ${seed} says the same on all wires at the same times, however often it runs`, async () => {
      const first = firstRuns.get(seed)
      assert.ok(first, `seed ${seed} is among those that are run`)
      assert.match(first.fingerprint, /^\d{3,} parts /)
      assert.deepEqual(await runSeed(String(seed), { fingerprint: true }), first)
    })
  }
  test('another seed is another run', () => {
    const fingerprints = [...firstRuns.values()].map(({ fingerprint }) => fingerprint)
    assert.equal(new Set(fingerprints).size, seeds.length)
  })
}

/** Whole numbers from `first` to `last`, without some that take too long for every run of the tests. */
export function seedsFrom(first: number, last: number, without: readonly number[]): ReadonlyMap<number, null> {
  const all = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  return new Map(all.filter((seed) => !without.includes(seed)).map((seed) => [seed, null]))
}
