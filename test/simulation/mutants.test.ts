/** The simulation can fail: it finds deliberate breaks. All of them are tried by `npm run simulate -- --mutants`, two here. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNone } from '../support/findings.js'
import { projectRoot } from '../support/project-root.js'
import { MUTANTS } from './mutants.js'
import { brokenText, judge } from './run-mutants.js'

const CHEAP = [
  'what was taken is acknowledged before it is processed',
  'what is private of a turn goes out behind what is shared',
]

test('what the mutants break stands in the source, once', async () => {
  const wrong: string[] = []
  for (const { name, patches } of MUTANTS) {
    for (const patch of patches) {
      await brokenText(patch, projectRoot).catch((error: Error) => wrong.push(`${name}: ${error.message}`))
    }
  }
  assertNone(wrong, 'Breaks that break nothing any more. Adapt test/simulation/mutants.ts:')
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
