/** The same seed is the same run, so that whatever is found once can be looked at again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSeed } from './run-seed.js'

for (const seed of ['1', '8', '11']) {
  test(`seed ${seed} says the same on all wires at the same times, however often it runs`, async () => {
    const first = await runSeed(seed, { fingerprint: true })
    const relink = await runSeed(seed, { fingerprint: true })
    assert.match(first.fingerprint, /^\d{3,} parts /)
    assert.deepEqual(relink, first)
  })
}

test('another seed is another run', async () => {
  const [one, other] = [await runSeed('1', { fingerprint: true }), await runSeed('11', { fingerprint: true })]
  assert.notEqual(one.fingerprint, other.fingerprint)
})
