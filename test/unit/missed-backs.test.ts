/** Who is given up for dead, by what one process sees: votes shorten the wait, and time in which it did not look does not count. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ListedBack } from '../../src/cluster/cluster.js'
import { MissedBacks } from '../../src/cluster/missed-backs.js'

function back(given: Partial<ListedBack>): ListedBack {
  const place = {
    id: 'b',
    incarnation: '1',
    address: 'memory:b',
    channels: ['**'],
    weight: 1,
    capacity: null,
    labels: {},
  }
  const flags = { isCordoned: false, isDraining: false, isHeld: true, channelCount: 0, moves: 0 }
  return { ...place, ...flags, tail: 1, suspectedBy: 0, ...given }
}

/** When it is dead for who looks each second, in milliseconds; null where it is not within 20 seconds. */
function deadAfterMs(given: Partial<ListedBack>, tail: (second: number) => number = () => 1): number | null {
  const missed = new MissedBacks({ pollMs: 1_000, deadMs: 4_000, leaseMs: 10_000 })
  for (let second = 0; second <= 20; second++) {
    const now = 1_000 * second
    const seen = back({ ...given, tail: tail(second) })
    missed.observe([seen], now)
    if (missed.signsOf(seen, now) === 'dead') return now
  }
  return null
}

test('[G8] a back that stores nothing is dead after its lease; sooner where a master, or two, do not reach it, or its place is free', () => {
  assert.equal(deadAfterMs({}), 10_000)
  assert.equal(deadAfterMs({ suspectedBy: 1 }), 4_000)
  assert.equal(deadAfterMs({ suspectedBy: 2 }), 3_000)
  assert.equal(deadAfterMs({ isHeld: false }), 4_000)
})

test('[G8] a back that stores is not dead, whoever does not reach it', () => {
  assert.equal(
    deadAfterMs({ suspectedBy: 5, isHeld: false }, (second) => second),
    null,
  )
})

test('[G8] time in which the observer stood still, or could not ask, does not count', () => {
  const missed = new MissedBacks({ pollMs: 1_000, deadMs: 4_000, leaseMs: 10_000 })
  const seen = back({ suspectedBy: 1 })
  missed.observe([seen], 0)
  missed.observe([seen], 60_000)
  assert.equal(missed.signsOf(seen, 60_000), 'alive')
  assert.equal(missed.signsOf(seen, 90_000), 'dead', 'two pauses of its own count for four seconds of watching')
  missed.forget()
  assert.equal(missed.signsOf(seen, 91_000), 'still')
  missed.observe([seen], 92_000)
  assert.equal(missed.signsOf(seen, 93_000), 'alive')
})
