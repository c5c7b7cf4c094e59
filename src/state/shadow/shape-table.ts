/**
 * The shapes of one encoder, by their keys, and their numbers on the wire. The code that goes with a shape is shared by all encoders.
 */
import type { Fields } from '../format/fields.js'
import { KIND, type Kind, SHAPE_FIELDS_MAX, SHAPES_MAX } from '../format/state-format.js'
import type { TypeInfo } from '../schema/type-info.js'
import type { Shape, WireShape } from './shadow.js'
import { misfitCode } from './general-code.js'
import { shapeCode } from './shape-code.js'

/** How a shape differs from others of the same keys, for the owner alone. */
export interface Variant {
  readonly declared: TypeInfo | undefined
  readonly ghosts: readonly string[]
  readonly isOdd: boolean
}

/** Shapes of the same keys in whatever order: to the mirror they are one. */
interface Family {
  readonly wire: WireShape
  readonly first: Shape
  readonly others: Shape[]
}

interface Branch {
  family: Family | undefined
  readonly next: Map<string, Branch>
}

/** How many compiled variants one shape may have; beyond this general code handles the object. */
const VARIANTS_MAX = 8
/** So many shapes at least are new before it is worth looking for those that nothing has any more. */
const SWEPT_MIN = 32

const NONE: (readonly [id: number, shape: Shape])[] = []

export class ShapeTable {
  /** Those that the mirror knows, by number. A number that was given up is undefined. */
  readonly announced: (Shape | undefined)[] = []
  /** Numbers that nothing has any more and the mirror does not know of yet. */
  dropped: number[] = []
  /** The shape of the object that was met last. */
  latest: Shape | undefined = undefined
  #undeclared: Branch = newBranch()
  readonly #declared = new Map<TypeInfo, Branch>()
  #families = new Map<string, Family>()
  /** How many were made, or wanted, since those in use were counted, and how many that may be until they are again. */
  #made = 0
  #madeMax = SWEPT_MIN

  /** The shape of these keys, in whatever order; undefined if there is none, and none is to be made or may be. */
  find(keys: readonly string[], variant: Variant, sample: Fields | undefined): Shape | undefined {
    let branch = this.#root(variant.declared)
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string
      let next = branch.next.get(key)
      if (next === undefined) {
        if (sample === undefined) return this.#variantOf(this.#known(keys, variant.declared), variant)
        next = newBranch()
        branch.next.set(key, next)
      }
      branch = next
    }
    branch.family ??= this.#known(keys, variant.declared) ?? (sample && this.#make(keys, variant, sample))
    return this.#variantOf(branch.family, variant)
  }

  #root(declared: TypeInfo | undefined): Branch {
    if (declared === undefined) return this.#undeclared
    let root = this.#declared.get(declared)
    if (root === undefined) this.#declared.set(declared, (root = newBranch()))
    return root
  }

  #known(keys: readonly string[], declared: TypeInfo | undefined): Family | undefined {
    return this.#families.get(nameOf(keys, declared))
  }

  #variantOf(family: Family | undefined, variant: Variant): Shape | undefined {
    if (family === undefined || isOf(family.first, variant)) return family?.first
    let shape = family.others.find((other) => isOf(other, variant))
    if (shape !== undefined) return shape
    const { keys, kinds } = family.first
    if (family.others.length >= VARIANTS_MAX && !variant.isOdd)
      return this.#variantOf(family, { ...variant, isOdd: true })
    shape = newShape(keys, kinds, variant, family.wire)
    family.others.push(shape)
    return shape
  }

  #make(keys: readonly string[], variant: Variant, sample: Fields): Family | undefined {
    const { declared } = variant
    const isKnownToAll = keys.some(isInherited)
    this.#made++
    if (this.#families.size >= SHAPES_MAX || keys.length > SHAPE_FIELDS_MAX || isKnownToAll) return undefined
    const kinds = keys.map((key) => declared?.fields?.[key]?.kind ?? inferKind(sample[key]))
    return this.#add(newShape([...keys], kinds, variant, { id: -1 }))
  }

  #add(first: Shape): Family {
    const family = { wire: first.wire, first, others: [] }
    this.#families.set(nameOf(first.keys, first.declared), family)
    return family
  }

  /** A shape that the mirror knows by this number already. */
  restore(id: number, keys: readonly string[], kinds: readonly Kind[], declared: TypeInfo | undefined): Shape {
    const shape = newShape(keys, kinds, { declared, ghosts: [], isOdd: false }, { id })
    if (this.#known(keys, declared) === undefined) this.#add(shape)
    this.announced[id] = shape
    return shape
  }

  /** The same for one that objects of the type at its place are not written in: they are written anew. */
  restoreMisfit(
    id: number,
    keys: readonly string[],
    kinds: readonly Kind[],
    types: readonly (TypeInfo | undefined)[],
  ): Shape {
    const wire = { id }
    const maskBytes = (keys.length + 8) >> 3
    const shape = {
      keys,
      kinds,
      types,
      declared: undefined,
      ghosts: [],
      isOdd: true,
      maskBytes,
      code: misfitCode,
      layout: undefined,
      wire,
    }
    this.announced[id] = shape
    return shape
  }

  /** Gives a number to a shape that is written. */
  announce(shape: Shape): void {
    const free = this.announced.indexOf(undefined)
    const id = free < 0 ? this.announced.length : free
    shape.wire.id = id
    this.announced[id] = shape
  }

  /** Takes back that a shape was announced, the last first: what was written of it is not sent. */
  retract(shape: Shape): void {
    this.announced[shape.wire.id] = undefined
    shape.wire.id = -1
    this.#trim()
  }

  /** Whether there are so many shapes that it is time to look for those that nothing has any more. */
  get wantsSweep(): boolean {
    return this.#made >= this.#madeMax
  }

  /** Forgets all shapes but those that are in use. The numbers of those that go are told with the next patch. */
  sweep(used: ReadonlySet<WireShape>): void {
    const kept = [...this.#families].filter(([, { wire }]) => used.has(wire))
    this.#families = new Map(kept)
    this.#undeclared = newBranch()
    this.latest = undefined
    this.#declared.clear()
    this.#made = 0
    this.#madeMax = Math.max(SWEPT_MIN, kept.length)
    this.announced.forEach((shape, id) => {
      if (shape === undefined || used.has(shape.wire) || this.dropped.includes(id)) return
      shape.wire.id = -1
      this.dropped.push(id)
    })
    this.dropped.sort((a, b) => a - b)
  }

  /** The numbers that were dropped are told now: from here on they are free. */
  takeDropped(): (readonly [id: number, shape: Shape])[] {
    const { dropped } = this
    if (dropped.length === 0) return NONE
    this.dropped = []
    const taken = dropped.map((id) => [id, this.announced[id] as Shape] as const)
    for (const id of dropped) this.announced[id] = undefined
    this.#trim()
    return taken
  }

  /** They were not told after all. */
  redrop(dropped: readonly (readonly [id: number, shape: Shape])[]): void {
    for (const [id, shape] of dropped) {
      while (this.announced.length <= id) this.announced.push(undefined)
      this.announced[id] = shape
      this.dropped.push(id)
    }
  }

  #trim(): void {
    while (this.announced.length > 0 && this.announced[this.announced.length - 1] === undefined) this.announced.pop()
  }
}

function newBranch(): Branch {
  return { family: undefined, next: new Map() }
}

function newShape(keys: readonly string[], kinds: readonly Kind[], variant: Variant, wire: WireShape): Shape {
  const { declared, ghosts, isOdd } = variant
  const types = keys.map((key) => declared?.fields?.[key])
  const [layout, code] = shapeCode(keys, kinds, types, ghosts, isOdd)
  return {
    keys,
    kinds,
    types,
    declared,
    ghosts,
    isOdd,
    maskBytes: (keys.length + 8) >> 3,
    code,
    layout,
    wire,
  }
}

function isOf(shape: Shape, { ghosts, isOdd }: Variant): boolean {
  const { ghosts: own } = shape
  if (shape.isOdd || isOdd) return shape.isOdd === isOdd
  return own.length === ghosts.length && own.every((key) => ghosts.includes(key))
}

/** Types are told apart by a number: what they say may be long. */
const numbers = new WeakMap<TypeInfo, number>()
let types = 0

function nameOf(keys: readonly string[], declared: TypeInfo | undefined): string {
  let number = 0
  if (declared !== undefined) {
    number = numbers.get(declared) ?? ++types
    numbers.set(declared, number)
  }
  return `${number}${JSON.stringify([...keys].sort())}`
}

/** Every object answers to such a key: the code of a shape could not tell whether it is missing. */
export function isInherited(key: string): boolean {
  return key in Object.prototype
}

/** A field that is not whole when it is first seen is likely to stay so: eight bytes and no lead. */
function inferKind(value: unknown): Kind {
  return typeof value === 'number' && !Number.isInteger(value) && Math.fround(value) !== value ? KIND.f64 : KIND.any
}
