/** docs/protocol.md is exact enough to write a mirror from: one that was reads what ours reads, and refuses what it refuses. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { canonical } from '../../src/state/format/canonical.js'
import { COMPLETE_PATCHES } from '../../src/state/encoder/state-encoder.js'
import { TRACKED_ENTRIES_MIN } from '../../src/state/shadow/shadow.js'
import { generateCode } from '../../src/state/shadow/shape-code.js'
import { SHAPE_FIELDS_MAX } from '../../src/state/format/state-format.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { VALUE_DEPTH_MAX } from '../../src/value/value.js'
import { Dice } from '../support/dice.js'
import { DocumentedMirror } from '../support/documented-mirror.js'
import { inProject } from '../support/project-root.js'
import { makeProgram, runProgram } from '../support/seeded-program.js'
import { damage } from '../support/state-damage.js'

interface Vector {
  readonly name: string
  readonly steps: { readonly bytes: string; readonly canonical: string }[]
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('G2 a mirror that was written from docs/protocol.md alone reads the published vectors', () => {
  const vectors = JSON.parse(readFileSync(inProject('test/vectors/state.json'), 'utf8')) as Vector[]
  for (const { name, steps } of vectors) {
    const mirror = new DocumentedMirror()
    steps.forEach(({ bytes, canonical: expected }, i) => {
      if (i === 0 || i === steps.length - 1) mirror.load(Buffer.from(bytes, 'hex'))
      else mirror.patch(Buffer.from(bytes, 'hex'))
      assert.equal(hex(canonical(mirror.state)), expected, `${name}, step ${i}`)
    })
  }
})

test('G2 it follows random programs, as ours does', () => {
  for (let seed = 201; seed <= 215; seed++) {
    runProgram(makeProgram(seed, 60), { patches: 0, mutations: 0, bytes: 0 }, { other: new DocumentedMirror() })
  }
  generateCode(true)
})

test('it refuses the damaged bytes that ours refuses, and makes the same of the others', () => {
  const dice = new Dice(7)
  let refused = 0
  let tried = 0
  const read = (mirror: StateMirror | DocumentedMirror, keyframe: Uint8Array, patch?: Uint8Array): string => {
    try {
      mirror.load(keyframe)
      if (patch) mirror.patch(patch)
      return hex(canonical(mirror.state))
    } catch {
      return 'refused'
    }
  }
  const compare = (keyframe: Uint8Array, patch?: Uint8Array): void => {
    const ours = read(new StateMirror(), keyframe, patch)
    assert.equal(read(new DocumentedMirror(), keyframe, patch), ours, hex(patch ?? keyframe))
    tried++
    if (ours === 'refused') refused++
  }
  for (let seed = 301; seed <= 306; seed++) {
    const onPatch = (keyframe: Uint8Array, patch: Uint8Array): void => {
      for (let i = 0; i < 40; i++) {
        compare(damage(keyframe, dice))
        compare(keyframe, damage(patch, dice))
      }
    }
    runProgram(makeProgram(seed, 60), { patches: 0, mutations: 0, bytes: 0 }, { onPatch })
  }
  generateCode(true)
  assert.ok(refused > 100 && tried - refused > 50, `${refused} of ${tried} refused`)
})

test('docs/state.md names the limits that hold', () => {
  const document = readFileSync(inProject('docs/state.md'), 'utf8').replaceAll(/\s+/g, ' ')
  const count = (value: number): string => value.toLocaleString('en')
  for (const sentence of [
    `a record or \`Map\` of ${TRACKED_ENTRIES_MIN} entries or more`,
    `within ${count(COMPLETE_PATCHES)} patches`,
    `Nesting goes ${VALUE_DEPTH_MAX} deep`,
    `more than ${SHAPE_FIELDS_MAX} keys is a record`,
  ]) {
    assert.ok(document.includes(sentence), `it does not say "${sentence}"`)
  }
})
