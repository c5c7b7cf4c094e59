/**
 * What helps to find mistakes while an app is made. A page that is built for production is without it: bundlers write the value of
 * `NODE_ENV` in its place, and leave out what cannot run. Knows no links.
 */
import { closestName } from '../options/closest-name.js'
import { readOnlyView } from './read-only-view.js'

export interface DevelopmentHelp {
  /** Shows a state such that whoever writes to it learns that at once. */
  readonly view: <V>(state: V) => V
  /** Which of the known names was meant; null where none is near. */
  readonly closest: (name: string, known: Iterable<string>) => string | null
}

/** Undefined in production, and in a page that no bundler has seen, which has no `process`. */
export function developmentHelp(): DevelopmentHelp | undefined {
  try {
    if (process.env['NODE_ENV'] !== 'production') return { view: readOnlyView, closest: closestName }
  } catch {
    // As in production.
  }
  return undefined
}
