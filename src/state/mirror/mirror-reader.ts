/**
 * Reads new values of a state: objects, and the nodes that go with them. What is announced is believed only as far as the
 * bytes that are left could hold it.
 */
import type { Fields, Key } from '../format/fields.js'
import * as STATE_LEAD from '../format/state-lead.js'
import * as KIND from '../format/kind.js'
import { ByteReader } from '../../value/byte-reader.js'
import { DecodeError } from '../../value/decode-error.js'
import { primitiveBehind, readText } from '../../value/decode-value.js'
import * as LEAD from '../../value/lead.js'
import { VALUE_DEPTH_MAX } from '../../value/value.js'
import {
  type CollectionNode,
  hasEntry,
  type ListNode,
  type MirrorKind,
  type MirrorNode,
  type MirrorShape,
  setEntry,
  setNode,
  type StructNode,
} from './mirror-nodes.js'
import {
  COLUMN,
  ESCAPE_LOW,
  type Kind,
  KIND_BYTES,
  RUN,
  SHAPE_FIELDS_MAX,
  SHARED_MAX,
  SHAPES_MAX,
} from '../format/state-format.js'
import { readOnlyMap } from './read-only-map.js'

/** What `#number` gives when a field holds something else. */
const ESCAPED = Symbol()

export class MirrorReader extends ByteReader {
  /** By number; undefined is a number that was given up. */
  shapes: (MirrorShape | undefined)[] = []
  /** Makes the Maps of the state. */
  newMap: () => Map<Key, unknown> = readOnlyMap
  /** The node of the value that was read last; undefined for primitives. */
  node: MirrorNode | undefined = undefined
  #depth = 0

  enter(): void {
    if (++this.#depth > VALUE_DEPTH_MAX) damaged()
  }

  leave(): void {
    this.#depth--
  }

  /** What becomes of the value of a node: here, where nothing was before, always a new value. */
  change(_node: MirrorNode | undefined): unknown {
    return this.value()
  }

  /** A count of things that take at least a byte each. */
  count(): number {
    const count = this.uvarint()
    if (count > this.remaining) damaged()
    return count
  }

  value(): unknown {
    const lead = this.u8()
    if (lead >= STATE_LEAD.list && lead < LEAD.null) {
      return lead < STATE_LEAD.shape
        ? this.#list(lead - STATE_LEAD.list)
        : this.#struct(this.shapeAt(lead - STATE_LEAD.shape))
    }
    switch (lead) {
      case STATE_LEAD.longList:
        return this.#list(this.count())
      case STATE_LEAD.longShape:
        return this.#struct(this.shapeAt(this.uvarint()))
      case STATE_LEAD.newShape:
        return this.#struct(this.newShape())
      case STATE_LEAD.record:
        return this.#collection({ sort: 'record', value: {}, keys: [], size: 0, nodes: undefined })
      case STATE_LEAD.map:
        return this.#collection({ sort: 'map', value: this.newMap(), keys: [], size: 0, nodes: undefined })
      default: {
        const value = primitiveBehind(this, lead)
        this.node = value instanceof Uint8Array ? { sort: 'bytes', value, nodes: undefined } : undefined
        return value
      }
    }
  }

  /** The shapes of a keyframe. */
  shapeTable(): void {
    const count = this.uvarint()
    if (count > SHAPES_MAX) damaged()
    const free = new Set(this.slots())
    for (let id = 0; id < count; id++) this.shapes.push(free.has(id) ? undefined : this.definition())
    for (const id of free) if (id >= count) damaged()
  }

  /** The numbers of shapes that are free from now on. */
  dropShapes(): void {
    for (const id of this.slots()) {
      this.shapeAt(id)
      this.shapes[id] = undefined
    }
    while (this.shapes.length > 0 && this.shapes[this.shapes.length - 1] === undefined) this.shapes.pop()
  }

  /** The definition of a shape, which gets the smallest number that is free. */
  newShape(): MirrorShape {
    const shape = this.definition()
    const free = this.shapes.indexOf(undefined)
    if (free >= 0) this.shapes[free] = shape
    else if (this.shapes.push(shape) > SHAPES_MAX) damaged()
    return shape
  }

  definition(): MirrorShape {
    const count = this.uvarint()
    if (count > SHAPE_FIELDS_MAX) damaged()
    const keys: string[] = []
    const kinds: MirrorKind[] = []
    for (let i = 0; i < count; i++) {
      const key = readText(this)
      if (key === '__proto__' || keys.includes(key)) damaged()
      const kind = this.u8()
      const isRange = kind === KIND.range
      const min = isRange ? this.f64() : 0
      const step = isRange ? this.f64() : 0
      const size = isRange ? this.u8() : KIND_BYTES[kind]
      if (size === undefined || (isRange && ![1, 2, 4].includes(size))) damaged()
      keys.push(key)
      kinds.push({ kind: kind as Kind, min, step, size })
    }
    return { keys, kinds, maskBytes: (count + 8) >> 3 }
  }

  shapeAt(id: number): MirrorShape {
    return this.shapes[id] ?? damaged()
  }

  /** Whether the eight bytes before are those that no number has. */
  #isEscape(): boolean {
    const from = this.position - 8
    for (let i = 0; i < 6; i++) if (this.bytes[from + i] !== (i === 0 ? ESCAPE_LOW : 0)) return false
    return this.bytes[from + 6] === 0xf8 && this.bytes[from + 7] === 0x7f
  }

  /** A number of a kind, or `ESCAPED` for `any` and what is no number. */
  #number({ kind, min, step, size }: MirrorKind): number | typeof ESCAPED {
    if (kind === KIND.any) return ESCAPED
    if (kind === KIND.f64) {
      const value = this.f64()
      return value !== value && this.#isEscape() ? ESCAPED : value
    }
    if (kind === KIND.f32) return this.f32()
    const number = size === 1 ? this.u8() : size === 2 ? this.u8() | (this.u8() << 8) : this.u32()
    if (kind < KIND.i8) return number
    if (kind === KIND.range) return min + step * number
    const unused = 32 - 8 * size
    return (number << unused) >> unused
  }

  /** The value of a field, of which `before` was the node. */
  field(kind: MirrorKind, before?: MirrorNode): unknown {
    const value = this.#number(kind)
    if (value === ESCAPED) return this.change(before)
    this.node = undefined
    return value
  }

  #struct(shape: MirrorShape): Fields {
    this.enter()
    const { keys, kinds } = shape
    const value: Fields = {}
    const node: StructNode = { sort: 'struct', value, shape, nodes: undefined }
    for (let i = 0; i < keys.length; i++) {
      value[keys[i] as string] = this.field(kinds[i] as MirrorKind)
      setNode(node, i, this.node)
    }
    this.leave()
    this.node = node
    return value
  }

  #list(count: number): unknown[] {
    this.enter()
    const value: unknown[] = []
    const node: ListNode = { sort: 'list', value, nodes: undefined }
    for (let i = 0; i < count; i++) {
      value.push(this.value())
      setNode(node, i, this.node)
    }
    this.leave()
    this.node = node
    return value
  }

  /** A list of slots. */
  slots(): number[] {
    const slots: number[] = []
    let slot = -1
    for (let left = this.count(); left > 0; left--) slots.push((slot += this.uvarint() + 1))
    return slots
  }

  #collection(node: CollectionNode): object {
    this.enter()
    const count = this.count()
    const holes = this.slots()
    const end = count + holes.length
    if (holes.length > 0 && (holes[holes.length - 1] as number) >= end) damaged()
    node.size = count
    const slots: number[] = []
    for (let slot = 0, hole = 0; slot < end; slot++) {
      node.keys.push(undefined)
      if (holes[hole] === slot) hole++
      else slots.push(slot)
    }
    const before = { text: '', number: 0 }
    for (let from = 0; from < count;) {
      const head = this.uvarint()
      const run = slots.slice(from, (from += Math.floor(head / RUN.unit)))
      if (from > count || run.length === 0) damaged()
      this.#run(node, run, head, before)
    }
    this.leave()
    this.node = node
    return node.value
  }

  /** Entries whose keys are of one sort, and which are structs of one shape, or none. */
  #run(node: CollectionNode, run: number[], head: number, before: { text: string; number: number }): void {
    const isNumber = (head & RUN.numbers) !== 0
    if (isNumber && node.sort === 'record') damaged()
    let shape: MirrorShape | undefined
    if ((head & RUN.structs) !== 0) {
      const reference = this.uvarint()
      shape = reference === 0 ? this.newShape() : this.shapeAt(reference - 1)
    }
    const rows: StructNode[] = []
    for (const slot of run) {
      const key = isNumber
        ? (before.number = this.#numberKey(before.number))
        : (before.text = this.#difference(before.text))
      if (hasEntry(node.value, key)) damaged()
      node.keys[slot] = key
      if (shape === undefined) {
        setEntry(node.value, key, this.value())
        setNode(node, slot, this.node)
      } else {
        const row: StructNode = { sort: 'struct', value: {}, shape, nodes: undefined }
        rows.push(row)
        setEntry(node.value, key, row.value)
        setNode(node, slot, row)
      }
    }
    if (shape !== undefined) this.#columns(rows, shape, (row) => node.keys[run[row] as number])
  }

  /** A key of an entry that comes. */
  key(node: CollectionNode): Key {
    const lead = this.u8()
    const key = primitiveBehind(this, lead)
    if (typeof key === 'string') return key
    return node.sort === 'map' && Number.isSafeInteger(key) && !Object.is(key, -0) ? (key as number) : damaged()
  }

  #numberKey(before: number): number {
    const lead = this.u8()
    const difference = primitiveBehind(this, lead === LEAD.null ? this.u8() : lead)
    const key = typeof difference === 'number' ? (lead === LEAD.null ? difference : before + difference) : NaN
    return Number.isSafeInteger(key) && !Object.is(key, -0) ? key : damaged()
  }

  /** The fields of structs of one shape, column by column. */
  #columns(rows: StructNode[], { keys, kinds }: MirrorShape, keyOf: (row: number) => Key | undefined): void {
    this.enter()
    for (let i = 0; i < keys.length; i++) {
      const kind = kinds[i] as MirrorKind
      const column = kind.kind === KIND.any ? this.u8() : COLUMN.plain
      if (column > COLUMN.keys) damaged()
      let text: Key | undefined = ''
      for (let row = 0; row < rows.length; row++) {
        const struct = rows[row] as StructNode
        if (column === COLUMN.plain) {
          struct.value[keys[i] as string] = this.field(kind)
          setNode(struct, i, this.node)
        } else {
          text = column === COLUMN.texts ? this.#difference(text as string) : keyOf(row)
          struct.value[keys[i] as string] = text
        }
      }
    }
    this.leave()
  }

  /** A text as what it shares with the one before, and the rest. */
  #difference(previous: string): string {
    const shared = this.uvarint()
    if (shared > previous.length || shared > SHARED_MAX) damaged()
    return previous.slice(0, shared) + readText(this)
  }
}

export function damaged(): never {
  throw new DecodeError('damaged, or of another state')
}
