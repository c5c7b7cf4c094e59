/**
 * What breaks a rule of the house and is known. The lists only shrink: a new violation fails its test, and so does an entry
 * that is not needed any more.
 */
import { assertNone } from '../support/findings.js'

/** Files that import themselves through others, types included. */
export const CIRCLES: readonly string[] = []

/** Limits that no test drives to the edge and one beyond, by their table. */
export const LIMITS_WITHOUT_EDGE: readonly string[] = []

/** Files that are called after none of their exports. */
export const OTHER_MAIN_EXPORT: readonly string[] = []

/** Exported names that stand in several files. */
export const NAMES_TWICE: readonly string[] = []

/** Functions of more than 70 lines, by file and name. */
export const LONG_FUNCTIONS: readonly string[] = []

export function assertOnlyKnown(
  found: readonly string[],
  known: readonly string[],
  tell: (each: string) => string,
  sentence: string,
): void {
  assertNone(
    [
      ...found.filter((each) => !known.includes(each)).map(tell),
      ...known
        .filter((each) => !found.includes(each))
        .map((each) => `${each} is mended: remove it from the known ones`),
    ],
    sentence,
  )
}
