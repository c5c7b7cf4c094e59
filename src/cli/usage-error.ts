/**
 * The two ways in which a command ends badly, and what is shown of each: what was given is wrong (exit code 2), or something
 * failed (exit code 1). Knows no command.
 */

/** Exit code of a command that was given something wrong: a flag, a variable, a file. */
export const EXIT_USAGE = 2
/** Exit code of a command that failed at start or while it ran. */
export const EXIT_FAILURE = 1

/** What was given is wrong. The message names the option, its value and the remedy. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Codes of errors that only a change of what was given can mend. */
const USAGE_CODES: readonly string[] = ['invalid-option', 'missing-key', 'invalid-definition', 'not-built']

export interface CommandEnding {
  readonly exitCode: number
  readonly text: string
}

/** How a command ends with an error. A stack is shown only of errors that centrum did not foresee. */
export function commandEndingOf(error: unknown): CommandEnding {
  if (error instanceof UsageError) return { exitCode: EXIT_USAGE, text: error.message }
  const code = codeOf(error)
  if (error instanceof Error && error.name === 'CentrumError') {
    return { exitCode: USAGE_CODES.includes(code ?? '') ? EXIT_USAGE : EXIT_FAILURE, text: error.message }
  }
  return { exitCode: EXIT_FAILURE, text: stackOf(error) }
}

/** The stack of an error and of what caused it; anything else as text. */
export function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const own = error.stack ?? `${error.name}: ${error.message}`
  return error.cause === undefined ? own : `${own}\nCaused by: ${stackOf(error.cause)}`
}

/** The code of an error of Node's or of centrum's, also of another copy of centrum. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
