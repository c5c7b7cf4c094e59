/**
 * What was published of the structs in a large record: their fields side by side, a row for each slot. So a comparison reads
 * what it needs from few places in memory, and no shadow at all. A number lies in `numbers`; what is none lies in `others`,
 * and its number, if it has a place, is NaN. The insides are open: the code that is made for each shape goes through them by itself.
 */
import type { Published, Shadow, StructShadow } from './shadow.js'
import type { Shape } from './shape.js'
import type { TrackedRecord } from './tracked-record.js'

/** The shape of a slot whose entry is not compared as a row. */
const NO_SHAPE = -1
/**
 * How many times more places there may be than are used, and how many more. Where one entry is so much wider than the
 * others that all rows would have to be too wide for its sake, it gets none.
 */
const ROOM_FACTOR = 4
const ROOM_MORE = 512

const NO_BYTES = new Uint8Array(0)
const NO_INTEGERS = new Int32Array(0)
const NO_NUMBERS = new Float64Array(0)

export class Rows {
  /** For how many numbers and others a row has room. */
  stride = 0
  otherStride = 0
  /** For how many slots there is room. */
  slots = 0
  /** The number of the shape of each entry. */
  shapes = NO_INTEGERS
  /** The shape of the entry that came last: most have the same. */
  usual: Shape | undefined = undefined
  /** The object that each entry was made of. */
  readonly objects: (object | undefined)[] = []
  numbers = NO_NUMBERS
  readonly others: Published[] = []
  /**
   * The numbers that the running comparison has changed, as they were: a row for each entry that changed, one behind the other, which is
   * nearer than beside what they are now. `masks` tells for each which fields changed. None comes later than its slot.
   */
  before = NO_NUMBERS
  masks = NO_INTEGERS
  /** How many places each row uses, and all of them together. */
  #widths = NO_BYTES
  #places = 0

  get({ layout }: Shape, slot: number, i: number): Published {
    const numberAt = layout.numberAt[i] as number
    const otherAt = layout.otherAt[i] as number
    const number = numberAt < 0 ? NaN : (this.numbers[slot * this.stride + numberAt] as number)
    if (number === number || otherAt < 0) return number
    const other = this.others[slot * this.otherStride + otherAt]
    return other === undefined ? NaN : other
  }

  set({ layout }: Shape, slot: number, i: number, published: Published): void {
    const numberAt = layout.numberAt[i] as number
    const otherAt = layout.otherAt[i] as number
    const isNumber = typeof published === 'number'
    if (numberAt >= 0) this.numbers[slot * this.stride + numberAt] = isNumber ? published : NaN
    if (otherAt >= 0) this.others[slot * this.otherStride + otherAt] = isNumber ? undefined : published
  }

  /** A comparison has failed: takes back what it did to the numbers of the entries that changed. */
  takeBack(slots: Int32Array, count: number, shadows: readonly unknown[]): void {
    for (let i = 0; i < count; i++) {
      const slot = slots[i] as number
      for (let bits = this.masks[i] ?? 0; bits !== 0; bits &= bits - 1) {
        const { layout } = (shadows[slot] as RowShadow).shape
        const numberAt = layout.numberAt[30 - Math.clz32(bits & -bits)] as number
        if (numberAt < 0) continue
        this.numbers[slot * this.stride + numberAt] = this.before[i * this.stride + numberAt] as number
      }
    }
  }

  /** Gives a slot the fields of a struct, and the shadow that stands for the row; the struct itself if it gets none. */
  take(slot: number, struct: StructShadow): StructShadow {
    // It has its row already: no entry comes from another record.
    if (struct.rows !== undefined) return struct
    const { shape, value } = struct
    const { numbers, others } = shape.layout
    const stride = Math.max(this.stride, numbers)
    const otherStride = Math.max(this.otherStride, others)
    const isWider = stride > this.stride || otherStride > this.otherStride
    if (isWider) {
      const places = Math.max(this.slots, slot + 1) * (stride + otherStride)
      if (places > (this.#places + numbers + others) * ROOM_FACTOR + ROOM_MORE) return struct
    }
    if (slot >= this.slots || isWider) this.#reserve(slot + 1, stride, otherStride)
    struct.copyTo(this.numbers, this.others, slot * stride, slot * otherStride)
    this.objects[slot] = value
    this.shapes[slot] = shape.number
    this.usual = shape
    this.#widths[slot] = numbers + others
    this.#places += numbers + others
    return new RowShadow(value, shape, this, slot)
  }

  /** Another object in the place of the one that a row was made of. */
  replace(slot: number, object: object): void {
    this.objects[slot] = object
  }

  /** The entry of a slot went, or is another. */
  clear(slot: number): void {
    if (slot >= this.slots) return
    this.#places -= this.#widths[slot] as number
    this.#widths[slot] = 0
    this.shapes[slot] = NO_SHAPE
    this.objects[slot] = undefined
    const at = slot * this.otherStride
    for (let i = at; i < at + this.otherStride; i++) this.others[i] = undefined
  }

  #reserve(slots: number, stride: number, otherStride: number): void {
    const before = this.slots
    this.slots = slots > before ? slots + (slots >> 2) : before
    this.shapes = grown(this.shapes, new Int32Array(this.slots).fill(NO_SHAPE))
    this.#widths = grown(this.#widths, new Uint8Array(this.slots))
    this.masks = grown(this.masks, new Int32Array(this.slots))
    while (this.objects.length < this.slots) this.objects.push(undefined)
    while (this.others.length < this.slots * otherStride) this.others.push(undefined)
    const numbers = new Float64Array(this.slots * stride)
    for (let slot = 0; slot < before && this.stride > 0; slot++) {
      numbers.set(this.numbers.subarray(slot * this.stride, (slot + 1) * this.stride), slot * stride)
    }
    this.numbers = numbers
    this.before = new Float64Array(numbers.length)
    this.#widen(before, otherStride)
    this.stride = stride
    this.otherStride = otherStride
  }

  /** Moves the others of each row to where it begins when there is room for more of them, the last first: they lie in the same list. */
  #widen(slots: number, otherStride: number): void {
    const { others, otherStride: stride } = this
    if (stride === otherStride) return
    for (let slot = slots - 1; slot >= 0; slot--) {
      for (let i = otherStride - 1; i >= 0; i--) {
        others[slot * otherStride + i] = i < stride ? others[slot * stride + i] : undefined
      }
    }
  }
}

function grown<T extends Uint8Array | Int32Array>(from: T, to: T): T {
  to.set(from)
  return to
}

/** Stands for a row. */
export class RowShadow implements Shadow {
  readonly sort = 'struct'
  value: object
  home: TrackedRecord | undefined = undefined
  slot: number
  twin: Shadow | undefined = undefined
  tracked: TrackedRecord | undefined = undefined
  readonly shape: Shape
  readonly rows: Rows

  constructor(value: object, shape: Shape, rows: Rows, slot: number) {
    this.value = value
    this.shape = shape
    this.rows = rows
    this.slot = slot
  }

  get(i: number): Published {
    return this.rows.get(this.shape, this.slot, i)
  }

  set(i: number, published: Published): void {
    this.rows.set(this.shape, this.slot, i, published)
  }
}
