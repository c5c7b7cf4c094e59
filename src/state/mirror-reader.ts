/**
 * Reads new values of a state: objects, and the nodes that go with them. What is announced is believed only as far as the
 * bytes that are left could hold it.
 */
import * as STATE_LEAD from './state-lead.js'
import * as KIND from './kind.js'
import { ByteReader } from '../value/byte-reader.js'
import { DecodeError } from '../value/decode-error.js'
import { primitiveBehind, readText, setOwn } from '../value/decode-value.js'
import * as LEAD from '../value/lead.js'
import { VALUE_DEPTH_MAX } from '../value/value.js'
import { type Children, type MirrorKind, type MirrorNode, type MirrorShape, setNode } from './mirror-nodes.js'
import type { Fields, ListNode, RecordNode, StructNode } from './mirror-nodes.js'
import { COLUMN, ESCAPE_LOW, type Kind, KIND_BYTES, SHAPE_FIELDS_MAX, SHAPES_MAX } from './state-format.js'

/** What `number` gives when a field holds something else. */
export const ESCAPED = Symbol('escaped')

export class MirrorReader extends ByteReader {
  readonly shapes: MirrorShape[]
  /** The node of the value that was read last; undefined for primitives. */
  node: MirrorNode | undefined = undefined
  #depth = 0

  constructor(bytes: Uint8Array, shapes: MirrorShape[]) {
    super(bytes)
    this.shapes = shapes
  }

  enter(): void {
    if (++this.#depth > VALUE_DEPTH_MAX) damaged('nested too deep')
  }

  leave(): void {
    this.#depth--
  }

  /** A count of things that take at least a byte each. */
  count(): number {
    const count = this.uvarint()
    if (count > this.remaining) damaged('cut short')
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
        return this.#record()
      default: {
        const value = primitiveBehind(this, lead)
        this.node = value instanceof Uint8Array ? { sort: 'bytes', value, nodes: undefined } : undefined
        return value
      }
    }
  }

  /** The definition of a shape, which gets the next number. */
  newShape(): MirrorShape {
    const count = this.uvarint()
    if (this.shapes.length >= SHAPES_MAX || count > SHAPE_FIELDS_MAX) damaged('shape')
    const keys: string[] = []
    const kinds: MirrorKind[] = []
    for (let i = 0; i < count; i++) {
      const key = readText(this)
      if (key === '__proto__' || keys.includes(key)) damaged('shape')
      keys.push(key)
      kinds.push(this.kind())
    }
    const shape = { keys, kinds, maskBytes: (count + 8) >> 3 }
    this.shapes.push(shape)
    return shape
  }

  kind(): MirrorKind {
    const kind = this.u8()
    const isRange = kind === KIND.range
    const min = isRange ? this.f64() : 0
    const step = isRange ? this.f64() : 0
    const size = isRange ? this.u8() : KIND_BYTES[kind]
    if (size === undefined || (isRange && size !== 1 && size !== 2 && size !== 4)) damaged('shape')
    return { kind: kind as Kind, min, step, size }
  }

  shapeAt(id: number): MirrorShape {
    return this.shapes[id] ?? damaged('shape')
  }

  /** A number of a kind that is not `any`, or `ESCAPED`. */
  number({ kind, min, step, size }: MirrorKind): number | typeof ESCAPED {
    if (kind === KIND.f64) {
      const value = this.f64()
      return value !== value && this.bytes[this.position - 8] === ESCAPE_LOW ? ESCAPED : value
    }
    if (kind === KIND.f32) return this.f32()
    const number = size === 1 ? this.u8() : size === 2 ? this.u8() | (this.u8() << 8) : this.u32()
    if (kind < KIND.i8) return number
    if (kind === KIND.range) return min + step * number
    const unused = 32 - 8 * size
    return (number << unused) >> unused
  }

  field(kind: MirrorKind): unknown {
    if (kind.kind !== KIND.any) {
      const value = this.number(kind)
      if (value !== ESCAPED) {
        this.node = undefined
        return value
      }
    }
    return this.value()
  }

  #struct(shape: MirrorShape): Fields {
    this.enter()
    const { keys, kinds } = shape
    const value: Fields = {}
    let nodes: Children
    for (let i = 0; i < keys.length; i++) {
      value[keys[i] as string] = this.field(kinds[i] as MirrorKind)
      if (this.node !== undefined) (nodes ??= [])[i] = this.node
    }
    this.leave()
    this.node = { sort: 'struct', value, shape, nodes }
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

  #record(): Fields {
    this.enter()
    const count = this.count()
    const free = new Set<number>()
    let slot = -1
    for (let left = this.count(); left > 0; left--) free.add((slot += this.uvarint() + 1))
    if (free.size > 0 && slot >= count + free.size) damaged('record')
    const keys: (string | undefined)[] = []
    const nodes: (MirrorNode | undefined)[] = []
    const node: RecordNode = { sort: 'record', value: {}, keys, nodes }
    const slots: number[] = []
    for (slot = 0; slot < count + free.size; slot++) {
      keys.push(undefined)
      nodes.push(undefined)
      if (!free.has(slot)) slots.push(slot)
    }
    let key = ''
    for (let from = 0; from < count;) {
      const head = this.uvarint()
      const run = slots.slice(from, (from += Math.floor(head / 2)))
      if (from > count || run.length === 0) damaged('record')
      let shape: MirrorShape | undefined
      if (head % 2 === 1) {
        const reference = this.uvarint()
        shape = reference === 0 ? this.newShape() : this.shapeAt(reference - 1)
      }
      for (slot of run) {
        key = this.#difference(key)
        if (Object.hasOwn(node.value, key)) damaged('record')
        keys[slot] = key
        setOwn(node.value, key, shape === undefined ? this.value() : undefined)
        if (shape === undefined) nodes[slot] = this.node
      }
      if (shape !== undefined) this.#columns(node, shape, run)
    }
    this.leave()
    this.node = node
    return node.value
  }

  /** Structs of one shape, column by column. */
  #columns({ value, keys, nodes }: RecordNode, shape: MirrorShape, slots: readonly number[]): void {
    this.enter()
    const rows = slots.map((): StructNode => ({ sort: 'struct', value: {}, shape, nodes: undefined }))
    for (let i = 0; i < shape.keys.length; i++) {
      const name = shape.keys[i] as string
      const kind = shape.kinds[i] as MirrorKind
      const column = kind.kind === KIND.any ? this.u8() : COLUMN.plain
      if (column > COLUMN.keys) damaged('record')
      let text = ''
      for (let row = 0; row < rows.length; row++) {
        const struct = rows[row] as StructNode
        if (column === COLUMN.plain) {
          struct.value[name] = this.field(kind)
          if (this.node !== undefined) setNode(struct, i, this.node)
        } else {
          text = column === COLUMN.texts ? this.#difference(text) : (keys[slots[row] as number] as string)
          struct.value[name] = text
        }
      }
    }
    rows.forEach((struct, row) => {
      const slot = slots[row] as number
      ;(nodes as MirrorNode[])[slot] = struct
      setOwn(value, keys[slot] as string, struct.value)
    })
    this.leave()
  }

  /** A text as what it shares with the one before, and the rest. */
  #difference(previous: string): string {
    const shared = this.uvarint()
    if (shared > previous.length) damaged('text')
    return previous.slice(0, shared) + readText(this)
  }
}

/** `what`: what the bytes were of. */
export function damaged(what: string): never {
  throw new DecodeError(`damaged state: ${what}`)
}
