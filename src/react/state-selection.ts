/**
 * A part of immutable states by a selector, computed once for each state, and the same value as before where the two are equal. It
 * knows no React.
 */

/** What was selected last, across selectors. */
export interface LastSelection {
  value: unknown
  /** Whether something was. */
  isSet: boolean
}

/** `equal`: whether two values are the same to whoever shows them. */
export function stateSelection<S, T>(
  selector: (state: S) => T,
  equal: (one: T, other: T) => boolean,
  last: Readonly<LastSelection>,
): (state: S) => T {
  let seen: { readonly state: S; readonly value: T } | null = null
  return (state) => {
    if (seen?.state === state) return seen.value
    const selected = selector(state)
    const before = seen ?? (last.isSet ? { value: last.value as T } : null)
    const value = before !== null && equal(before.value, selected) ? before.value : selected
    seen = { state, value }
    return value
  }
}
