/** How tests of the house tell what they found: one line each, under a sentence that says what to do about it. */
import assert from 'node:assert/strict'

/** Fails with all lines at once unless there are none. */
export function assertNone(lines: readonly string[], sentence: string): void {
  if (lines.length > 0) assert.fail(`${sentence}\n${lines.map((line) => `  - ${line}`).join('\n')}\n`)
}
