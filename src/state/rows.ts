/**
 * What was published of the structs in a large record: their fields side by side, a row for each slot. So a comparison reads
 * what it needs from few places in memory, and no shadow at all. A number lies in `numbers`; what is none lies in `others`,
 * and its number is NaN. The insides are open: the code that is made for each shape goes through them by itself.
 */
import type { AttachCode } from './attach.js'
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

/** What there is before there is any row: shared, because each object that has left a state has rows of its own. */
const NO_BYTES = new Uint8Array(0)
const NO_INTEGERS = new Int32Array(0)
const NO_NUMBERS = new Float64Array(0)
/** Of the one row of such an object: nobody asks what was set in it. */
const ALL_DIRTY = Int32Array.of(-1)

/** How the entry of a slot stands to its row: not at all or compared with it, compared in each patch, or attached to it. */
export const NONE = 0
export const YOUNG = 1
export const ATTACHED = 2

export class Rows {
  /** Whose entries these are; undefined for the row of an object that is in no state. */
  owner: TrackedRecord | undefined = undefined
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
  /** The numbers that the running comparison has changed, as they were; `masks` tells for each slot which fields those are. */
  before = NO_NUMBERS
  masks = NO_INTEGERS
  /**
   * Attached entries have in `numbers` and `others` what they are now. `dirty` tells which fields were set since the last patch, and
   * `before` and `othersBefore` what was published of those.
   */
  status = NO_BYTES
  dirty = NO_INTEGERS
  readonly othersBefore: Published[] = []
  /** The marks of the owner's due slots, which fields that are set note themselves in unless it is quiet. */
  marks = NO_INTEGERS
  isQuiet = true
  /** The shape of those that are attached, which all have the same, and their code. */
  shape: Shape | undefined = undefined
  code: AttachCode | undefined = undefined
  /** How many fields each row has, and all of them together. */
  #widths = NO_BYTES
  #fields = 0

  ownedBy(owner: TrackedRecord | undefined): void {
    if (this.owner === owner) return
    this.owner = owner
    this.isQuiet = true
  }

  get(index: number): Published {
    const number = this.numbers[index] as number
    if (number === number) return number
    const other = this.others[index]
    return other === undefined ? NaN : other
  }

  /** What was published of a field of an attached entry that was set since. */
  getBefore(index: number): Published {
    const number = this.before[index] as number
    return number === number ? number : (this.othersBefore[index] ?? NaN)
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

  /** Makes something what was published of a field of an attached entry. */
  publish(slot: number, i: number, published: Published): void {
    const index = slot * this.stride + i
    const bit = 2 << i
    if (Object.is(this.get(index), published)) this.dirty[slot]! &= ~bit
    else {
      this.before[index] = typeof published === 'number' ? published : NaN
      this.othersBefore[index] = typeof published === 'number' ? undefined : published
      this.dirty[slot]! |= bit
      this.noteSet(slot)
    }
  }

  /** A comparison has failed: takes back what it did to some slots. */
  takeBack(slots: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const slot = slots[i] as number
      const mask = this.masks[slot] as number
      if (this.status[slot] === ATTACHED) {
        this.dirty[slot]! |= mask
        continue
      }
      const at = slot * this.stride - 1
      for (let bits = mask; bits !== 0; bits &= bits - 1) {
        const index = at + 31 - Math.clz32(bits & -bits)
        this.numbers[index] = this.before[index] as number
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

  /** The entry of a slot, whose values are those of its row, has the accessors of `code` now. */
  attached(slot: number, shape: Shape, code: AttachCode): void {
    while (this.othersBefore.length < this.others.length) this.othersBefore.push(undefined)
    this.shape = shape
    this.code = code
    this.shapes[slot] = NO_SHAPE
    this.dirty[slot] = 0
    this.status[slot] = ATTACHED
  }

  /** A field of an attached entry is set, the first since the last patch, while this is quiet. */
  noteSet(slot: number): void {
    this.owner?.noteSet(slot, this)
  }

  /** What a slot has now, as the only row. */
  #alone(slot: number): Rows {
    const { stride, shape } = this
    const at = slot * stride
    const alone = new Rows()
    alone.stride = stride
    alone.shape = shape
    alone.numbers = this.numbers.slice(at, at + stride)
    alone.dirty = ALL_DIRTY
    for (let i = 0; i < stride; i++) alone.others.push(this.others[at + i])
    return alone
  }

  /** The entry of a slot gets a row of its own, because it goes or another takes its place. What was published stays. */
  detach(slot: number): void {
    const { stride, shape, code } = this
    if (this.status[slot] !== ATTACHED || shape === undefined || code === undefined) return
    const object = this.objects[slot] as object
    // If not, another state has it by now.
    if (code.isAt(object, this, slot)) code.put(object, this.#alone(slot), 0)
    for (let bits = this.dirty[slot] as number; bits !== 0; bits &= bits - 1) {
      const index = slot * stride + 30 - Math.clz32(bits & -bits)
      this.set(index, this.getBefore(index))
    }
    this.dirty[slot] = 0
    this.status[slot] = NONE
    this.shapes[slot] = shape.number
  }

  /** Another object in the place of the one that a row was made of. */
  replace(slot: number, object: object): void {
    this.detach(slot)
    this.objects[slot] = object
  }

  /** The entry of a slot went, or is another. */
  clear(slot: number): void {
    if (slot >= this.slots) return
    this.detach(slot)
    this.status[slot] = NONE
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
    this.status = grown(this.status, new Uint8Array(this.slots))
    this.masks = grown(this.masks, new Int32Array(this.slots))
    this.dirty = grown(this.dirty, new Int32Array(this.slots))
    while (this.objects.length < this.slots) this.objects.push(undefined)
    while (others.length < count) others.push(undefined)
    if (this.othersBefore.length > 0) while (this.othersBefore.length < count) this.othersBefore.push(undefined)
    const { numbers } = this
    if (stride === this.stride || before === 0) {
      this.numbers = grown(numbers, new Float64Array(count))
      this.before = grown(this.before, new Float64Array(count))
      return
    }
    // Wider rows, none of them attached: the last first, because they lie in the same list.
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
    const { rows, slot } = this
    const index = slot * rows.stride + i
    return ((rows.dirty[slot] as number) & (2 << i)) === 0 ? rows.get(index) : rows.getBefore(index)
  }

  set(i: number, published: Published): void {
    const { rows, slot } = this
    if (rows.status[slot] === ATTACHED) rows.publish(slot, i, published)
    else rows.set(slot * rows.stride + i, published)
  }
}
