/**
 * A shape: the keys that many objects have in common, how each field is written, and the code that compares such objects
 * with their shadows. A table of them belongs to one encoder, because it numbers them; the code is shared by all.
 */
import { layoutOf, type RowLayout } from './row-layout.js'
import { shapeCode, type ShapeCode } from './shape-code.js'
import type { Fields } from './shadow.js'
import { KIND, type Kind, SHAPE_FIELDS_MAX, SHAPES_MAX } from './state-format.js'
import type { TypeInfo } from './type-info.js'

/** Shapes are counted over all encoders of the process. */
let shapes = 0

export class Shape {
  readonly number = shapes++
  readonly keys: readonly string[]
  readonly kinds: readonly Kind[]
  /** The declared type of each field, if there is one. */
  readonly types: readonly (TypeInfo | undefined)[]
  /** Of the struct whose shape this is, if it was declared. */
  readonly declared: TypeInfo | undefined
  /** Whether entries of this shape are sealed: they must have these keys and no others as long as they are there. */
  readonly isSealed: boolean
  readonly layout: RowLayout
  readonly code: ShapeCode
  /** Its number on the wire; -1 until it has been written. */
  id = -1

  constructor(keys: readonly string[], kinds: readonly Kind[], declared: TypeInfo | undefined) {
    this.keys = keys
    this.kinds = kinds
    this.declared = declared
    this.types = keys.map((key) => declared?.fields?.[key])
    this.layout = layoutOf(this.types)
    this.isSealed = declared !== undefined && Object.values(declared.fields ?? {}).every((field) => !field.isOptional)
    this.code = shapeCode(keys, kinds, this.types, this.isSealed)
  }

  /** How many bytes tell which fields changed; the lowest bit is not a field's. */
  get maskBytes(): number {
    return (this.keys.length + 8) >> 3
  }

  indexOf(key: string): number {
    return this.keys.indexOf(key)
  }
}

interface Branch {
  shape: Shape | undefined
  readonly next: Map<string, Branch>
}

export class ShapeTable {
  /** Those that have been written, by number. */
  readonly announced: Shape[] = []
  readonly #roots = new Map<TypeInfo | undefined, Branch>()
  readonly #bySet = new Map<TypeInfo | undefined, Map<string, Shape>>()
  #count = 0
  /** The shape of the object that was met last. */
  latest: Shape | undefined = undefined

  /** The shape of these keys in any order, or undefined if there is none and none may be made. */
  find(keys: readonly string[], declared: TypeInfo | undefined, sample: Fields | undefined): Shape | undefined {
    let branch: Branch = this.#roots.get(declared) ?? { shape: undefined, next: new Map() }
    this.#roots.set(declared, branch)
    for (let i = 0; i < keys.length; i++) {
      let next: Branch | undefined = branch.next.get(keys[i] as string)
      if (next === undefined) {
        if (sample === undefined) return this.#findSet(keys, declared)
        next = { shape: undefined, next: new Map() }
        branch.next.set(keys[i] as string, next)
      }
      branch = next
    }
    branch.shape ??= this.#findSet(keys, declared) ?? (sample && this.#make(keys, declared, sample))
    return branch.shape
  }

  #findSet(keys: readonly string[], declared: TypeInfo | undefined): Shape | undefined {
    return this.#bySet.get(declared)?.get(JSON.stringify([...keys].sort()))
  }

  #make(keys: readonly string[], declared: TypeInfo | undefined, sample: Fields): Shape | undefined {
    if (this.#count >= SHAPES_MAX || keys.length > SHAPE_FIELDS_MAX || keys.some(isInherited)) return undefined
    this.#count++
    const kinds = keys.map((key) => declared?.fields?.[key]?.kind ?? inferKind(sample[key]))
    const shape = new Shape([...keys], kinds, declared)
    let sets = this.#bySet.get(declared)
    if (sets === undefined) this.#bySet.set(declared, (sets = new Map<string, Shape>()))
    sets.set(JSON.stringify([...keys].sort()), shape)
    return shape
  }

  announce(shape: Shape): void {
    shape.id = this.announced.length
    this.announced.push(shape)
  }

  /** Takes back the announcements since there were `count`: what was written of them is not sent. */
  forget(count: number): void {
    for (const shape of this.announced.splice(count)) shape.id = -1
  }
}

/** Every object answers to such a key: the code of a shape could not tell whether it is missing. */
export function isInherited(key: string): boolean {
  return key in Object.prototype
}

/** A field that is not whole when it is first seen is likely to stay so: eight bytes and no lead. */
function inferKind(value: unknown): Kind {
  return typeof value === 'number' && !Number.isInteger(value) && Math.fround(value) !== value ? KIND.f64 : KIND.any
}
