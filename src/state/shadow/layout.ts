/**
 * What code is made for: a set of keys with the kinds and types of the fields, and how such structs lie within one another. All encoders of
 * a process share it, so it holds nothing of theirs.
 */
import type { Kind } from '../format/state-format.js'
import type { TypeInfo } from '../schema/type-info.js'

/** The class of the shadows of one set of keys. Those of whatever encoder are of it. */
export interface Layout {
  readonly id: number
  readonly keys: readonly string[]
  readonly kinds: readonly Kind[]
  readonly types: readonly (TypeInfo | undefined)[]
  readonly ghosts: readonly string[]
}

/** A struct, and by its fields the structs that were seen in them: one function goes through all of these. */
export interface Plan {
  readonly layout: Layout
  /** A bit for each field that had a number. */
  readonly numbers: number
  readonly within: readonly (Plan | undefined)[]
}

/** A plan in a function, whose variables for it bear its number. */
export interface PlanNode {
  readonly layout: Layout
  readonly numbers: number
  readonly number: number
  readonly depth: number
  readonly within: readonly (PlanNode | undefined)[]
}

/** The layouts of a plan in the order of their numbers. */
export function layoutsOf({ layout, within }: Plan): Layout[] {
  return [layout, ...within.flatMap((plan) => (plan ? layoutsOf(plan) : []))]
}

export function nodeOf({ layout, numbers, within }: Plan, number = 0, depth = 0): PlanNode {
  let next = number + 1
  const nodes = within.map((plan) => {
    if (plan === undefined) return undefined
    const node = nodeOf(plan, next, depth + 1)
    next += layoutsOf(plan).length
    return node
  })
  return { layout, numbers, number, depth, within: nodes }
}
