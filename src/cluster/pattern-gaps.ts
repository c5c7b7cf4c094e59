/**
 * Where the patterns of an app and those of a cluster's list do not meet: channels without an owner, and backs that list
 * what the app does not have. Each is a mistake in one of the two. Knows nothing of who is alive.
 */
import type { Log } from '../runtime/runtime.js'
import type { BackDescriptor } from './cluster.js'
import { EVERYTHING } from './static-cluster.js'

/** Logs each pattern of one side that no pattern of the other side has an id in common with. */
export function logPatternGaps(app: Iterable<string>, backs: readonly BackDescriptor[], log: Log): void {
  const own = [...app]
  const listed = new Set(backs.flatMap((back) => back.channels))
  for (const pattern of own) {
    if ([...listed].some((other) => haveIdInCommon(pattern, other))) continue
    log.warn('pattern.unowned', { pattern, add: listedForm(pattern), listed: [...listed] })
  }
  for (const pattern of listed) {
    if (own.some((other) => haveIdInCommon(pattern, other))) continue
    const those = backs.filter((back) => back.channels.includes(pattern)).map(({ id }) => id)
    log.warn('pattern.unused', { pattern, backs: those, patterns: own })
  }
}

/** What a list has to say for a pattern of an app: it knows segments, not their names. */
export function listedForm(pattern: string): string {
  return pattern
    .split('/')
    .map((segment) => (segment.startsWith(':') ? '*' : segment))
    .join('/')
}

function haveIdInCommon(one: string, other: string): boolean {
  if (one === EVERYTHING || other === EVERYTHING) return true
  const [a, b] = [one.split('/'), other.split('/')]
  return a.length === b.length && a.every((segment, i) => segment === b[i] || isOpen(segment) || isOpen(b[i] ?? ''))
}

function isOpen(segment: string): boolean {
  return segment === '*' || segment.startsWith(':')
}
