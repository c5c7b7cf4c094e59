/** The same seed is the same run, so that whatever is found once can be looked at again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSeed } from './run-seed.js'

const SEEDS = ['1', '8', '11']
const fingerprints = new Set<string>()

for (const seed of SEEDS) {
  test(`seed ${seed} says the same on all wires at the same times, however often it runs`, async () => {
    const first = await runSeed(seed, { fingerprint: true })
    fingerprints.add(first.fingerprint)
    const again = await runSeed(seed, { fingerprint: true })
    assert.match(first.fingerprint, /^\d{3,} parts /)
    assert.deepEqual(again, first)
  })
}

test('another seed is another run', () => {
  assert.equal(fingerprints.size, SEEDS.length)
})
