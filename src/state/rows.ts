/**
 * What was published of the structs in a large record: their fields side by side, a row for each slot. So a comparison reads
 * what it needs from few places in memory, and no shadow at all. A number lies in `numbers`; what is none lies in `others`,
 * and its number is NaN. The insides are open: the code that is made for each shape goes through them by itself.
 */
import type { Published, Shadow, StructShadow } from './shadow.js'
import type { Shape } from './shape.js'
import type { TrackedRecord } from './tracked-record.js'

/** The shape of a slot whose entry has no row. */
const NONE = -1
/**
 * How many times more fields there may be room for than there are, and how many more. Where one entry is so much wider than the
 * others that all rows would have to be too wide for its sake, it gets none.
 */
const ROOM_FACTOR = 4
const ROOM_MORE = 512

export class Rows {
  /** How many fields a row has room for. */
  stride = 0
  #slots = 0
  /** The number of the shape of each entry. */
  shapes = new Int32Array(0)
  /** The object that each entry was made of. */
  readonly objects: (object | undefined)[] = []
  numbers = new Float64Array(0)
  readonly others: Published[] = []
  /** How many fields each row has, and all of them together. */
  #widths = new Uint8Array(0)
  #fields = 0

  get(index: number): Published {
    const number = this.numbers[index] as number
    if (number === number) return number
    const other = this.others[index]
    return other === undefined ? NaN : other
  }

  set(index: number, published: Published): void {
    if (typeof published === 'number') {
      this.numbers[index] = published
      this.others[index] = undefined
    } else {
      this.numbers[index] = NaN
      this.others[index] = published
    }
  }

  /** Gives a slot the fields of a struct, and the shadow that stands for the row; the struct itself if it gets none. */
  take(slot: number, struct: StructShadow): StructShadow {
    const { shape, value, rows } = struct
    if (rows === this && struct.slot === slot) return struct
    const count = shape.keys.length
    if (count > this.stride) {
      const slots = Math.max(this.#slots, slot + 1)
      if (slots * count > (this.#fields + count) * ROOM_FACTOR + ROOM_MORE) return struct
    }
    if (slot >= this.#slots || count > this.stride) this.#reserve(slot + 1, count)
    struct.copyTo(this.numbers, this.others, slot * this.stride)
    this.objects[slot] = value
    this.shapes[slot] = shape.number
    this.#widths[slot] = count
    this.#fields += count
    return new RowShadow(value, shape, this, slot)
  }

  /** The entry of a slot went, or is another. */
  clear(slot: number): void {
    if (slot >= this.#slots) return
    this.#fields -= this.#widths[slot] as number
    this.#widths[slot] = 0
    this.shapes[slot] = NONE
    this.objects[slot] = undefined
    const at = slot * this.stride
    for (let i = at; i < at + this.stride; i++) this.others[i] = undefined
  }

  #reserve(slots: number, fields: number): void {
    const { stride, numbers, shapes, others } = this
    const before = this.#slots
    this.stride = Math.max(stride, fields)
    this.#slots = slots > before ? slots + (slots >> 2) : before
    this.numbers = new Float64Array(this.#slots * this.stride)
    this.shapes = new Int32Array(this.#slots).fill(NONE)
    this.shapes.set(shapes)
    const widths = new Uint8Array(this.#slots)
    widths.set(this.#widths)
    this.#widths = widths
    while (this.objects.length < this.#slots) this.objects.push(undefined)
    const kept = stride === this.stride ? others.length : 0
    while (others.length < this.#slots * this.stride) others.push(undefined)
    if (kept > 0 || before === 0) {
      this.numbers.set(numbers)
      return
    }
    // Wider rows: the last first, because they lie in the same list.
    for (let slot = before - 1; slot >= 0; slot--) {
      const from = slot * stride
      const to = slot * this.stride
      for (let i = this.stride - 1; i >= 0; i--) {
        if (i < stride) this.numbers[to + i] = numbers[from + i] as number
        others[to + i] = i < stride ? others[from + i] : undefined
      }
    }
  }
}

/** Stands for a row. */
export class RowShadow implements StructShadow {
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
    return this.rows.get(this.slot * this.rows.stride + i)
  }

  set(i: number, published: Published): void {
    this.rows.set(this.slot * this.rows.stride + i, published)
  }

  copyTo(numbers: Float64Array, others: Published[], at: number): void {
    for (let i = 0; i < this.shape.keys.length; i++) copyField(this.get(i), numbers, others, at + i)
  }
}

export function copyField(published: Published, numbers: Float64Array, others: Published[], at: number): void {
  numbers[at] = typeof published === 'number' ? published : NaN
  if (typeof published !== 'number') others[at] = published
}
