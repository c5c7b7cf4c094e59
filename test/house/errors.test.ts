/** docs/errors.md has a heading for each code that a user can meet, and says of each what the tables in src/protocol/ say. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type ErrorCode, isRetryable, LOCAL_FINAL, LOCAL_RETRYABLE } from '../../src/protocol/errors.js'
import { closeCodeOf, type Reason, REASONS } from '../../src/protocol/reasons.js'
import { assertNone } from '../support/findings.js'
import { inProject } from '../support/project-root.js'

interface Section {
  readonly code: string
  readonly body: string
}

/** A code's heading is a code and nothing else: "### `gap`". */
const sections: readonly Section[] = readFileSync(inProject('docs/errors.md'), 'utf8')
  .split(/^#+ /m)
  .flatMap((text) => {
    const heading = /^`([^`]+)`\n/.exec(text)
    return heading?.[1] ? [{ code: heading[1], body: text.slice(heading[0].length) }] : []
  })
const reasons = Object.keys(REASONS) as Reason[]
const codes: readonly ErrorCode[] = [...reasons, ...LOCAL_FINAL, ...LOCAL_RETRYABLE]
const known: readonly string[] = codes

test('each code has one heading in docs/errors.md, and no other has', () => {
  const headings = sections.map(({ code }) => code)
  assertNone(
    [
      ...known.filter((code) => !headings.includes(code)).map((code) => `${code} has no heading`),
      ...headings
        .filter((code) => !known.includes(code))
        .map((code) => `${code} is no code of REASONS, LOCAL_FINAL or LOCAL_RETRYABLE`),
      ...headings.filter((code, index) => headings.indexOf(code) !== index).map((code) => `${code} has two headings`),
    ],
    'docs/errors.md and the codes of src/protocol/ differ:',
  )
})

test('each heading says whether to try again, and what to do', () => {
  const retryable = new Map<string, boolean>(codes.map((code) => [code, isRetryable(code)]))
  const wrong = sections.flatMap(({ code, body }) => {
    const says = /^- Retryable: (yes|no)\b/m.exec(body)?.[1]
    const should = retryable.get(code) ? 'yes' : 'no'
    return [
      ...(says === should ? [] : [`${code}: write "Retryable: ${should}", not ${JSON.stringify(says ?? 'nothing')}`]),
      ...(/^- What to do: \S/m.test(body) ? [] : [`${code}: write "What to do: …"`]),
    ]
  })
  assertNone(wrong, 'docs/errors.md says something else than the code:')
})

test('each reason names the code that a socket closes with', () => {
  const wrong = sections.flatMap(({ code, body }) => {
    const says = /^- Close code: (\d+)$/m.exec(body)?.[1]
    const should = code in REASONS ? String(closeCodeOf(code as Reason)) : undefined
    return says === should ? [] : [`${code}: the close code is ${should ?? 'none'}, not ${says ?? 'none'}`]
  })
  assertNone(wrong, 'docs/errors.md and the close codes differ:')
})

test('no ordinal and no code stands for two things', () => {
  const ordinals = reasons.map((reason) => REASONS[reason])
  assert.equal(new Set(ordinals).size, ordinals.length, 'an ordinal is used twice')
  assert.equal(new Set(known).size, known.length, 'a code is both a reason and local')
})
