/**
 * The code that compares objects of one shape with their shadows and writes what differs. It is generated for each set of
 * keys where the platform lets code be generated (about ten times as fast), else one general function does the same.
 */
import type { Differ } from './differ.js'
import { type Fields, type Published, type OwnStructShadow, SAME } from './shadow.js'
import type { Shape } from './shape.js'
import { changeField, generalCode } from './shape-code-general.js'
import { shapeSource } from './shape-source.js'
import type { Kind } from './state-format.js'
import type { TypeInfo } from './type-info.js'
import type { TrackedRecord } from './tracked-record.js'

type ShadowClass = new (value: object, shape: Shape, published: readonly Published[]) => OwnStructShadow
export interface ShapeCode {
  readonly Shadow: ShadowClass
  /**
   * Writes the mask and what changed of `object` since `shadow`, and takes it over into the shadow. Gives `SAME` if that is
   * nothing (then nothing is written), the shadow, or, if the object is no longer of this shape, the shadow that takes its place.
   */
  readonly diff: (differ: Differ, object: Fields, shadow: OwnStructShadow) => Published | typeof SAME
  /**
   * The same for those entries of a record that are due, from the `from`-th until one is of another shape, each behind the
   * distance of its slot from the one before that changed. Gives the index of the first that was not looked at.
   */
  readonly diffDue: (differ: Differ, record: TrackedRecord, shape: Shape, from: number) => number
}

/** How many pieces of code are kept for all encoders of the process; shapes beyond get the general one. */
const CODE_MAX = 4096
const cache = new Map<string, ShapeCode>()
let generates: boolean | undefined

/** Whether code may be generated here. Tests turn it off to run the general code. */
export function generateCode(allowed: boolean): void {
  generates = allowed
  cache.clear()
}

export function shapeCode(
  keys: readonly string[],
  kinds: readonly Kind[],
  types: readonly (TypeInfo | undefined)[],
  isSealed: boolean,
): ShapeCode {
  const name = JSON.stringify([
    isSealed,
    keys,
    kinds,
    types.map((type) => type && [type.check, type.min, type.max, type.step]),
  ])
  const known = cache.get(name)
  if (known) return known
  const code = mayGenerate() && cache.size < CODE_MAX ? generate(keys, kinds, types, isSealed) : generalCode
  if (cache.size < CODE_MAX) cache.set(name, code)
  return code
}

export function mayGenerate(): boolean {
  return (generates ??= canGenerate())
}

function canGenerate(): boolean {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval
    return (new Function('return true') as () => boolean)()
  } catch {
    return false
  }
}

function generate(
  keys: readonly string[],
  kinds: readonly Kind[],
  types: readonly (TypeInfo | undefined)[],
  isSealed: boolean,
): ShapeCode {
  // oxlint-disable-next-line typescript/no-implied-eval
  const make = new Function('SAME', 'change', shapeSource(keys, kinds, types, isSealed)) as (
    ...parts: unknown[]
  ) => ShapeCode
  return make(SAME, changeField)
}
