/**
 * One comparison of a state with what was published of it, as those see it who compare collections, lists and structs that take another
 * shape. It is a face of the comparer, so that those know nothing of how a comparison begins and ends.
 */
import type { Key } from '../format/fields.js'
import type { CollectionShadow, Comparison } from '../shadow/shadow.js'
import type { Adopter } from './adopt.js'
import type { Target } from './write-published.js'

export interface Differ extends Comparison, Adopter, Target {
  /** Whether everything is looked at, also what nobody was seen to touch. */
  readonly isComplete: boolean
  /** Whether something was marked that may have been passed already. */
  hasAgain: boolean
  /** How often the keys of an object became a set that was not known: after a few it is taken for a record. */
  readonly novelties: WeakMap<object, number>
  /** What is looked at next lies in an entry. Only those of large collections count. */
  enterEntry: (shadow: CollectionShadow, key: Key) => void
  leaveEntry: (outer: CollectionShadow | undefined, outerKey: Key) => void
  /** Entries came or went. */
  restructured: (shadow: CollectionShadow) => void
}
