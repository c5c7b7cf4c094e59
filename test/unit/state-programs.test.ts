import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateCode } from '../../src/state/shadow/shape-code.js'
import { Dice } from '../support/dice.js'
import { tryDamages } from '../support/state-damage.js'
import { type Counts, makeProgram, runProgram } from '../support/seeded-program.js'

// `npm run test:long` goes on with other seeds until a million patches.
const PROGRAMS = 24
const TURNS = 120

test('G2 random programs of every kind: after each patch all mirrors equal the owner, and handlers were told of each entry', () => {
  const counts: Counts = { patches: 0, mutations: 0, bytes: 0 }
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    try {
      runProgram(makeProgram(seed, TURNS), counts)
    } catch (error) {
      throw new Error(`npm run test:long -- --seed ${seed} --only: ${String(error)}`, { cause: error })
    }
  }
  generateCode(true)
  assert.ok(counts.patches === PROGRAMS * TURNS && counts.mutations > counts.patches)
})

test('damaged keyframes and patches of such programs are refused with a code, or give a state that their bytes can say', () => {
  const damages = { tried: 0, refused: 0 }
  const dice = new Dice(1)
  for (let seed = 101; seed <= 108; seed++) {
    runProgram(
      makeProgram(seed, 60),
      { patches: 0, mutations: 0, bytes: 0 },
      { onPatch: (keyframe, patch) => tryDamages(keyframe, patch, dice, 40, damages) },
    )
  }
  generateCode(true)
  assert.ok(damages.tried > 1000 && damages.refused > damages.tried / 4, JSON.stringify(damages))
})
