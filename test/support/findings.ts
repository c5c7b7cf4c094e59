/** How tests of the house tell what they found: one line each, under a sentence that says what to do about it. */

/** Fails with all lines at once unless there are none. Without a stack, since the lines say where to look. */
export function assertNone(lines: readonly string[], sentence: string): void {
  if (lines.length === 0) return
  const error = new Error(`${sentence}\n${lines.map((line) => `- ${line}`).join('\n')}`)
  error.stack = error.message
  throw error
}
