/**
 * What was published of each place in the state: primitives as they are, containers as shadows, which form a tree
 * parallel to the state. A shadow also remembers the object that it was made of, so that moves can be told from changes.
 * Knows nothing of bytes.
 */
import type { Shape } from './shape.js'
import type { FieldType } from './struct.js'
import type { TrackedRecord } from './tracked-record.js'

export type Fields = Record<string, unknown>
export type Primitive = undefined | null | boolean | number | string
export type Published = Primitive | AnyShadow
export type AnyShadow = StructShadow | RecordShadow | ListShadow | BytesShadow

/** What a comparison gives when there is nothing to write. */
export const SAME = Symbol('same')
/** An empty slot of a record. */
export const HOLE = Symbol('hole')

export abstract class Shadow {
  readonly sort: 'struct' | 'record' | 'list' | 'bytes'
  /** The object in the owner's state: never a Proxy. */
  value: object
  /** The tracked record that this is an entry of, and its slot there. */
  home: TrackedRecord | undefined = undefined
  slot = -1
  /** Another shadow of the same object, in another tracked record. */
  twin: Shadow | undefined = undefined
  /** What stands for the object in the owner's state, if this is a large record. */
  tracked: TrackedRecord | undefined = undefined

  constructor(sort: Shadow['sort'], value: object) {
    this.sort = sort
    this.value = value
  }
}

/** Cheaper than `instanceof`, which follows prototypes. */
export function isShadow(published: Published | typeof HOLE): published is AnyShadow {
  return typeof published === 'object' && published !== null
}

export function isStruct(published: Published | typeof HOLE): published is StructShadow {
  return typeof published === 'object' && published !== null && published.sort === 'struct'
}

/** An object with a shape. The published values of its fields are `f0`, `f1`, … of the shape's own subclass. */
export abstract class StructShadow extends Shadow {
  declare readonly sort: 'struct'
  readonly shape: Shape
  /** The number of the shape: numbers are cheaper to compare. */
  readonly shapeNumber: number

  constructor(value: object, shape: Shape) {
    super('struct', value)
    this.shape = shape
    this.shapeNumber = shape.number
  }
}

/** The published values of a struct, by the names in `FIELD`. */
export type FieldsOf = Record<string, Published>
export const FIELD: readonly string[] = Array.from({ length: 32 }, (_, i) => `f${i}`)

export function fieldOf(shadow: StructShadow, i: number): Published {
  return (shadow as unknown as FieldsOf)[FIELD[i] as string]
}

export function setField(shadow: StructShadow, i: number, published: Published): void {
  ;(shadow as unknown as FieldsOf)[FIELD[i] as string] = published
}

/** An object whose keys come and go: each entry has a slot, and a freed slot is used again. */
export class RecordShadow extends Shadow {
  declare readonly sort: 'record'
  readonly type: FieldType | undefined
  readonly keys: string[] = []
  readonly values: (Published | typeof HOLE)[] = []
  readonly slots = new Map<string, number>()
  readonly free: number[] = []
  /** False if a Proxy could not take its place, or stands for it elsewhere already. */
  isTrackable = true

  constructor(value: object, type: FieldType | undefined) {
    super('record', value)
    this.type = type
  }

  add(slot: number, key: string, published: Published): void {
    while (this.values.length < slot) {
      this.free.push(this.values.length)
      this.values.push(HOLE)
      this.keys.push('')
    }
    this.keys[slot] = key
    this.values[slot] = published
    this.slots.set(key, slot)
  }

  remove(slot: number): void {
    this.slots.delete(this.keys[slot] as string)
    this.keys[slot] = ''
    this.values[slot] = HOLE
    this.free.push(slot)
  }
}

export class ListShadow extends Shadow {
  declare readonly sort: 'list'
  readonly type: FieldType | undefined
  items: Published[] = []

  constructor(value: object, type: FieldType | undefined) {
    super('list', value)
    this.type = type
  }
}

export class BytesShadow extends Shadow {
  declare readonly sort: 'bytes'
  readonly copy: Uint8Array

  constructor(value: Uint8Array) {
    super('bytes', value)
    this.copy = new Uint8Array(value)
  }
}

/** Whether two primitives are the same value: NaN is itself, and 0 is not -0. */
export function samePrimitive(a: unknown, b: unknown): boolean {
  return a === b ? a !== 0 || 1 / (a as number) === 1 / (b as number) : a !== a && b !== b
}

/** Marks objects with their shadow in a private field, which nobody else can see, copy or stumble over. */
class Give {
  constructor(object: object) {
    return object
  }
}

export class Stamp extends Give {
  #shadow: Shadow

  private constructor(object: object, shadow: Shadow) {
    super(object)
    this.#shadow = shadow
  }

  static get(object: object): Shadow | undefined {
    return #shadow in object ? object.#shadow : undefined
  }

  static set(object: object, shadow: Shadow): void {
    if (#shadow in object) object.#shadow = shadow
    else new Stamp(object, shadow)
  }
}

/** Proxies that stand for records, and the records. */
class ProxyMark extends Give {
  #record: TrackedRecord

  private constructor(proxy: object, record: TrackedRecord) {
    super(proxy)
    this.#record = record
  }

  static get(object: object): TrackedRecord | undefined {
    return #record in object ? object.#record : undefined
  }

  static set(proxy: object, record: TrackedRecord): void {
    new ProxyMark(proxy, record)
  }
}

export { ProxyMark }
