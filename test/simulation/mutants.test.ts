/** The simulation can fail: it finds deliberate breaks. All of them are tried by `npm run simulate -- --mutants`, two here. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { assertNone } from '../support/findings.js'
import { inProject } from '../support/project-root.js'
import { MUTANTS } from './mutants.js'
import { ALL_MUTANTS, broken, judge } from './run-mutants.js'

const CHEAP = [
  'what was taken is acknowledged before it is processed',
  'what is private of a turn goes out behind what is shared',
]

test('what the mutants break stands in the source, once', () => {
  const wrong: string[] = []
  for (const { name, patches } of ALL_MUTANTS) {
    for (const patch of patches) {
      try {
        broken(readFileSync(inProject('src', patch.file), 'utf8'), patch)
      } catch (error) {
        wrong.push(`${name}: ${(error as Error).message}`)
      }
    }
  }
  assertNone(wrong, 'Breaks that break nothing any more. Adapt test/simulation/*mutants.ts:')
})

for (const name of CHEAP) {
  test(`the simulation finds that ${name}`, async (t) => {
    const mutant = MUTANTS.find((one) => one.name === name)
    assert.ok(mutant, `there is a mutant '${name}'`)
    const { isGood, told } = await judge(mutant)
    assert.ok(isGood, `it found nothing: ${told.join('\n')}`)
    t.diagnostic(told.join(' | '))
  })
}
