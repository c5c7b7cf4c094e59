/**
 * The code that compares objects of one shape with their shadows and writes what differs. It is generated where the platform lets code be
 * generated (about ten times as fast), when the first object is compared: then it is known what lies within such objects. Else general code
 * does the same.
 */
import { putNumber } from '../format/put-number.js'
import { KIND, type Kind } from '../format/state-format.js'
import type { TypeInfo } from '../schema/type-info.js'
import { changeField, generalCode, oddCode } from './general-code.js'
import { type Layout, layoutsOf, type Plan } from './layout.js'
import { isStruct, SAME, type Shape, type ShapeCode, type StructShadow } from './shadow.js'
import { shadowSource, shapeSource } from './shape-source.js'

/** Layouts, and functions, kept in each of two generations for all encoders of the process. */
const CODE_MAX = 256
/** No code is compiled for a shape whose keys have more characters than this together. */
const KEYS_LENGTH_MAX = 2048
/** Bytes that one function writes at most without asking for room: less than the margin of a writer. */
const FIXED_BYTES_MAX = 480
/** Bytes of a field at most, and of a mask. */
const FIELD_BYTES = 10
const MASK_BYTES = 4

/** What was made for a name, and is used: the older half goes when there are many. */
class Generations<T> {
  #recent = new Map<string, T>()
  #older = new Map<string, T>()

  of(name: string, make: () => T): T {
    const made = this.#recent.get(name) ?? this.#older.get(name) ?? make()
    if (this.#recent.size >= CODE_MAX) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(name, made)
    return made
  }
}

let layouts = new Generations<[Layout, ShapeCode]>()
let compiled = new Generations<ShapeCode>()
let layoutsMade = 0
let generates: boolean | undefined

/** Whether code may be generated here. Tests turn it off to run the general code. */
export function generateCode(allowed: boolean): void {
  generates = allowed
  layouts = new Generations()
  compiled = new Generations()
}

/** The layout, if code is made for it, and the code. */
export function shapeCode(
  keys: readonly string[],
  kinds: readonly Kind[],
  types: readonly (TypeInfo | undefined)[],
  ghosts: readonly string[],
  isOdd: boolean,
): readonly [Layout | undefined, ShapeCode] {
  if (isOdd) return [undefined, oddCode]
  if (!(generates ??= canGenerate())) return [undefined, generalCode]
  const length = keys.reduce((sum, key) => sum + key.length, 0) + ghosts.reduce((sum, key) => sum + key.length, 0)
  if (length > KEYS_LENGTH_MAX) return [undefined, generalCode]
  const name = JSON.stringify([
    keys,
    kinds,
    ghosts,
    types.map((type) => type && [type.check, type.min, type.max, type.step]),
  ])
  return layouts.of(name, () => {
    const layout = { id: ++layoutsMade, keys, kinds, types, ghosts }
    return [layout, uncompiled(classOf(layout))]
  })
}

/** Compiles itself for the first object that is compared, and what lies within that. */
function uncompiled(Shadow: ShapeCode['Shadow']): ShapeCode {
  const compile = (shape: Shape, shadow: StructShadow): ShapeCode => {
    const plan = planOf(shadow, shape.layout as Layout, { bytes: FIXED_BYTES_MAX })
    return (shape.code = compiled.of(nameOf(plan), () => ({ isGeneral: false, Shadow, ...compiledFor(plan) })))
  }
  return {
    isGeneral: false,
    Shadow,
    same: (c, object, shadow) => compile(shadow.shape, shadow).same(c, object, shadow),
    diff: (c, object, shadow) => compile(shadow.shape, shadow).diff(c, object, shadow),
    sameRun(c, objects, shadows, from, to, shape) {
      const shadow = shadows[from]
      if (!isStruct(shadow) || shadow.shape !== shape) return from
      return compile(shape, shadow).sameRun(c, objects, shadows, from, to, shape)
    },
    diffRun(c, run, from, to, shape) {
      const shadow = run.items[from]
      if (!isStruct(shadow) || shadow.shape !== shape) return from
      return compile(shape, shadow).diffRun(c, run, from, to, shape)
    },
  }
}

/** Those within are gone into by the same code as long as there is room for what it writes. */
function planOf(shadow: StructShadow, layout: Layout, left: { bytes: number }): Plan {
  left.bytes -= bytesOf(layout)
  let numbers = 0
  const within = layout.keys.map((_, i) => {
    const inner = shadow.get(i)
    if (typeof inner === 'number') numbers |= 1 << i
    if (layout.kinds[i] !== KIND.any || !isStruct(inner)) return undefined
    const { layout: known } = inner.shape
    return known === undefined || bytesOf(known) > left.bytes ? undefined : planOf(inner, known, left)
  })
  return { layout, numbers, within }
}

function bytesOf({ keys }: Layout): number {
  return keys.length * FIELD_BYTES + MASK_BYTES
}

function nameOf({ layout, numbers, within }: Plan): string {
  return `${layout.id}:${numbers}(${within.map((plan) => (plan ? nameOf(plan) : '')).join()})`
}

/** Tried with such code as shapes have: an engine may have `Function` and not take all of the language. */
function canGenerate(): boolean {
  try {
    const layout = {
      id: 0,
      keys: ['a', 'b'],
      kinds: [KIND.any, KIND.f64],
      types: [undefined, undefined],
      ghosts: ['c'],
    }
    classOf(layout)
    compiledFor({ layout, numbers: 2, within: [{ layout, numbers: 1, within: [] }, undefined] })
    return true
  } catch {
    return false
  }
}

function classOf(layout: Layout): ShapeCode['Shadow'] {
  // oxlint-disable-next-line typescript/no-implied-eval
  const make = new Function(shadowSource(layout)) as () => ShapeCode['Shadow']
  return make()
}

function compiledFor(plan: Plan): Omit<ShapeCode, 'isGeneral' | 'Shadow'> {
  // oxlint-disable-next-line typescript/no-implied-eval
  const make = new Function('SAME', 'change', 'putNumber', 'layouts', shapeSource(plan)) as (
    ...parts: unknown[]
  ) => ReturnType<typeof compiledFor>
  return make(SAME, changeField, putNumber, layoutsOf(plan))
}
