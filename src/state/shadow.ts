/**
 * What was published of each place in the state: primitives as they are, containers as shadows, which form a tree
 * parallel to the state. A shadow also remembers the object that it was made of, so that moves can be told from changes.
 * Knows nothing of bytes.
 */
import { Rows, type RowShadow } from './rows.js'
import type { Shape } from './shape.js'
import type { TypeInfo } from './type-info.js'
import type { TrackedRecord } from './tracked-record.js'

export type Fields = Record<string, unknown>
export type Primitive = undefined | null | boolean | number | string
export type Published = Primitive | AnyShadow
export type AnyShadow = StructShadow | RecordShadow | ListShadow | BytesShadow

/** What a comparison gives when there is nothing to write. */
export const SAME = Symbol('same')
/** An empty slot of a record. */
export const HOLE = Symbol('hole')

/**
 * What all shadows have. Those of structs have no class in common: the engine is slow at making objects whose constructor is
 * shared by as many classes as there are shapes.
 */
export interface Shadow {
  readonly sort: 'struct' | 'record' | 'list' | 'bytes'
  /** The object in the owner's state: never a Proxy. */
  value: object
  /** The tracked record that this is an entry of, and its slot there. */
  home: TrackedRecord | undefined
  slot: number
  /** Another shadow of the same object, in another tracked record. */
  twin: Shadow | undefined
  /** What stands for the object in the owner's state, if this is a large record. */
  tracked: TrackedRecord | undefined
}

/** Cheaper than `instanceof`, which follows prototypes. */
export function isShadow(published: Published | typeof HOLE): published is AnyShadow {
  return typeof published === 'object' && published !== null
}

export function isStruct(published: Published | typeof HOLE): published is StructShadow {
  return typeof published === 'object' && published !== null && published.sort === 'struct'
}

/** An object with a shape. It has the published values of its fields itself, or, as an entry of a large record, in a row. */
export type StructShadow = OwnStructShadow | RowShadow

export interface OwnStructShadow extends Shadow {
  readonly sort: 'struct'
  readonly shape: Shape
  readonly rows: undefined
  get: (i: number) => Published
  set: (i: number, published: Published) => void
  /** Copies the fields to where nothing else is yet. */
  copyTo: (numbers: Float64Array, others: Published[], numbersFrom: number, othersFrom: number) => void
}

/** What is no struct: few classes, which may have one in common. */
abstract class ContainerShadow<S extends Shadow['sort']> implements Shadow {
  readonly sort: S
  value: object
  home: TrackedRecord | undefined = undefined
  slot = -1
  twin: Shadow | undefined = undefined
  tracked: TrackedRecord | undefined = undefined

  constructor(sort: S, value: object) {
    this.sort = sort
    this.value = value
  }
}

/** An object whose keys come and go: each entry has a slot, and a freed slot is used again. */
export class RecordShadow extends ContainerShadow<'record'> {
  readonly type: TypeInfo | undefined
  readonly keys: string[] = []
  readonly values: (Published | typeof HOLE)[] = []
  /** Of the entries that are structs, once it has been tracked. */
  rows: Rows | undefined = undefined
  readonly slots = new Map<string, number>()
  readonly free: number[] = []
  /** False if a Proxy could not take its place, or stands for it elsewhere already. */
  isTrackable = true

  constructor(value: object, type: TypeInfo | undefined) {
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

  /** Another one in the place of an entry. */
  replace(slot: number, published: Published): void {
    this.values[slot] = published
    this.rows?.clear(slot)
  }

  /** Makes a row of an entry, if it may have one. */
  toRow(slot: number, struct: StructShadow): StructShadow {
    if (struct.rows === undefined && struct.shape.isSealed && !sealEntry(struct.value, struct)) return struct
    this.rows ??= new Rows()
    const row = this.rows.take(slot, struct)
    this.values[slot] = row
    return row
  }

  remove(slot: number): void {
    this.slots.delete(this.keys[slot] as string)
    this.keys[slot] = ''
    this.values[slot] = HOLE
    this.rows?.clear(slot)
    this.free.push(slot)
  }
}

export class ListShadow extends ContainerShadow<'list'> {
  readonly type: TypeInfo | undefined
  items: Published[] = []

  constructor(value: object, type: TypeInfo | undefined) {
    super('list', value)
    this.type = type
  }
}

export class BytesShadow extends ContainerShadow<'bytes'> {
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
  /** As the shadow has them, if no other shadow is of the same object: read without touching the shadow. */
  #home: TrackedRecord | undefined
  #slot: number

  private constructor(object: object, shadow: Shadow) {
    super(object)
    this.#shadow = shadow
    this.#home = shadow.twin ? undefined : shadow.home
    this.#slot = shadow.slot
  }

  /** Whether an object ever had one. */
  static isOn(object: object): boolean {
    return #shadow in object
  }

  /** The shadow of an object; not one that is another's by now. */
  static get(object: object): Shadow | undefined {
    return #shadow in object && object.#shadow.value === object ? object.#shadow : undefined
  }

  /** To be called again whenever the home, the slot or the twin of the shadow change. */
  static set(object: object, shadow: Shadow): void {
    if (#shadow in object) {
      object.#shadow = shadow
      object.#home = shadow.twin ? undefined : shadow.home
      object.#slot = shadow.slot
    } else {
      new Stamp(object, shadow)
    }
  }

  /** The slot that an object has in a record, if it is there and nowhere else; -1 if not. */
  static slotIn(object: object, home: TrackedRecord): number {
    return #home in object && object.#home === home ? object.#slot : -1
  }
}

/**
 * Seals an object that is to be, or takes the place of, the entry that a shadow is of. False, and it stays as it is, if it has other keys
 * than the shape, or is a Proxy that forbids it: then its keys have to be looked at in each comparison.
 */
export function sealEntry(object: object, shadow: StructShadow): boolean {
  const { shape } = shadow
  const keys = Object.keys(object)
  if (keys.length !== shape.keys.length || !keys.every((key) => shape.indexOf(key) >= 0)) return false
  // Before it is sealed: engines to come may not let it take one afterwards.
  if (!Stamp.isOn(object)) Stamp.set(object, shadow)
  try {
    Object.seal(object)
    return true
  } catch {
    return false
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
