/**
 * What was published of the structs in a large record: their fields side by side, a row for each slot. So a comparison reads
 * what it needs from few places in memory, and no shadow at all. A number lies in `numbers`; what is none lies in `others`,
 * and its number is NaN. The insides are open: the code that is made for each shape goes through them by itself.
 */
import type { Published, Shadow, StructShadow } from './shadow.js'
import type { Shape } from './shape.js'
import type { TrackedRecord } from './tracked-record.js'

/** The shape of a slot whose entry is not compared as a row. */
const NO_SHAPE = -1
/**
 * How many times more fields there may be room for than there are, and how many more. Where one entry is so much wider than the
 * others that all rows would have to be too wide for its sake, it gets none.
 */
const ROOM_FACTOR = 4
const ROOM_MORE = 512

const NO_BYTES = new Uint8Array(0)
const NO_INTEGERS = new Int32Array(0)
const NO_NUMBERS = new Float64Array(0)
export class Rows {
  /** How many fields a row has room for. */
  stride = 0
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
   * nearer than beside what they are now. `masks` tells for each which fields those are. None comes later than its slot.
   */
  before = NO_NUMBERS
  masks = NO_INTEGERS
  /** How many fields each row has, and all of them together. */
  #widths = NO_BYTES
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

  /** A comparison has failed: takes back what it did to the slots that changed. */
  takeBack(slots: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const at = (slots[i] as number) * this.stride
      for (let bits = this.masks[i] ?? 0; bits !== 0; bits &= bits - 1) {
        const field = 30 - Math.clz32(bits & -bits)
        this.numbers[at + field] = this.before[i * this.stride + field] as number
      }
    }
  }

  /** Gives a slot the fields of a struct, and the shadow that stands for the row; the struct itself if it gets none. */
  take(slot: number, struct: StructShadow): StructShadow {
    // It has its row already: no entry comes from another record.
    if (struct.rows !== undefined) return struct
    const { shape, value } = struct
    const count = shape.keys.length
    if (count > this.stride) {
      const slots = Math.max(this.slots, slot + 1)
      if (slots * count > (this.#fields + count) * ROOM_FACTOR + ROOM_MORE) return struct
    }
    if (slot >= this.slots || count > this.stride) this.#reserve(slot + 1, count)
    struct.copyTo(this.numbers, this.others, slot * this.stride)
    this.objects[slot] = value
    this.shapes[slot] = shape.number
    this.usual = shape
    this.#widths[slot] = count
    this.#fields += count
    return new RowShadow(value, shape, this, slot)
  }

  /** Another object in the place of the one that a row was made of. */
  replace(slot: number, object: object): void {
    this.objects[slot] = object
  }

  /** The entry of a slot went, or is another. */
  clear(slot: number): void {
    if (slot >= this.slots) return
    this.#fields -= this.#widths[slot] as number
    this.#widths[slot] = 0
    this.shapes[slot] = NO_SHAPE
    this.objects[slot] = undefined
    const at = slot * this.stride
    for (let i = at; i < at + this.stride; i++) this.others[i] = undefined
  }

  #reserve(slots: number, fields: number): void {
    const { stride, shapes, others } = this
    const before = this.slots
    this.stride = Math.max(stride, fields)
    this.slots = slots > before ? slots + (slots >> 2) : before
    const count = this.slots * this.stride
    this.shapes = new Int32Array(this.slots).fill(NO_SHAPE)
    this.shapes.set(shapes)
    this.#widths = grown(this.#widths, new Uint8Array(this.slots))
    this.masks = grown(this.masks, new Int32Array(this.slots))
    while (this.objects.length < this.slots) this.objects.push(undefined)
    while (others.length < count) others.push(undefined)
    const { numbers } = this
    if (stride === this.stride || before === 0) {
      this.numbers = grown(numbers, new Float64Array(count))
      this.before = grown(this.before, new Float64Array(count))
      return
    }
    // Wider rows: the last first, because they lie in the same list.
    this.numbers = new Float64Array(count)
    this.before = new Float64Array(count)
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

function grown<T extends Uint8Array | Int32Array | Float64Array>(from: T, to: T): T {
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
    return this.rows.get(this.slot * this.rows.stride + i)
  }

  set(i: number, published: Published): void {
    this.rows.set(this.slot * this.rows.stride + i, published)
  }
}
