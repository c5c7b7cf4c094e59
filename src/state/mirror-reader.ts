/**
 * Reads new values of a state: objects, and the nodes that go with them. What is announced is believed only as far as the
 * bytes that are left could hold it.
 */
import { ByteReader } from '../value/byte-reader.js'
import { DecodeError } from '../value/decode-error.js'
import { readPrimitive, readText, setOwn } from '../value/decode-value.js'
import { LEAD, VALUE_DEPTH_MAX } from '../value/value.js'
import { BytesNode, type Fields, ListNode, type MirrorKind, type MirrorNode, type MirrorShape } from './mirror-nodes.js'
import { RecordNode, StructNode } from './mirror-nodes.js'
import {
  COLUMN,
  ESCAPE_LOW,
  KIND,
  type Kind,
  KIND_BYTES,
  SHAPE_FIELDS_MAX,
  SHAPES_MAX,
  STATE_LEAD,
} from './state-format.js'

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
    if (++this.#depth > VALUE_DEPTH_MAX) throw new DecodeError(`state is nested deeper than ${VALUE_DEPTH_MAX}`)
  }

  leave(): void {
    this.#depth--
  }

  /** A count of things that take at least `bytesEach`. */
  count(bytesEach: number): number {
    const count = this.uvarint()
    if (count * bytesEach > this.remaining) throw new DecodeError(`${count} announced, ${this.remaining} bytes left`)
    return count
  }

  value(): unknown {
    const lead = this.bytes[this.position] as number
    if (lead >= STATE_LEAD.list && lead < LEAD.null) {
      this.position++
      return lead < STATE_LEAD.shape
        ? this.#list(lead - STATE_LEAD.list)
        : this.#struct(this.#shapeAt(lead - STATE_LEAD.shape))
    }
    switch (lead) {
      case STATE_LEAD.longList:
        this.position++
        return this.#list(this.count(1))
      case STATE_LEAD.longShape:
        this.position++
        return this.#struct(this.#shapeAt(this.uvarint()))
      case STATE_LEAD.newShape:
        this.position++
        return this.#struct(this.newShape())
      case STATE_LEAD.record:
        this.position++
        return this.#record()
      default: {
        const value = readPrimitive(this)
        this.node = value instanceof Uint8Array ? new BytesNode(value) : undefined
        return value
      }
    }
  }

  /** The definition of a shape, which gets the next number. */
  newShape(): MirrorShape {
    if (this.shapes.length >= SHAPES_MAX) throw new DecodeError(`more than ${SHAPES_MAX} shapes`)
    const count = this.uvarint()
    if (count > SHAPE_FIELDS_MAX) throw new DecodeError(`a shape of ${count} fields, more than ${SHAPE_FIELDS_MAX}`)
    const keys: string[] = []
    const kinds: MirrorKind[] = []
    for (let i = 0; i < count; i++) {
      const key = readText(this)
      if (key === '__proto__' || keys.includes(key)) throw new DecodeError('a shape has a key that it may not have')
      keys.push(key)
      kinds.push(this.kind())
    }
    const shape = { keys, kinds, maskBytes: (count + 8) >> 3 }
    this.shapes.push(shape)
    return shape
  }

  kind(): MirrorKind {
    const kind = this.u8()
    if (kind > KIND.range) throw new DecodeError(`no field is of kind ${kind}`)
    if (kind !== KIND.range) return { kind: kind as Kind, min: 0, step: 0, size: KIND_BYTES[kind] as number }
    const min = this.f64()
    const step = this.f64()
    const size = this.u8()
    if (size !== 1 && size !== 2 && size !== 4) throw new DecodeError(`no range has ${size} bytes`)
    return { kind, min, step, size }
  }

  /** A shape by its number plus one, or a new one. */
  shapeReference(): MirrorShape {
    const reference = this.uvarint()
    return reference === 0 ? this.newShape() : this.#shapeAt(reference - 1)
  }

  #shapeAt(id: number): MirrorShape {
    const shape = this.shapes[id]
    if (shape === undefined) throw new DecodeError(`there is no shape ${id}`)
    return shape
  }

  /** A number of a kind that is not `any`, or `ESCAPED`. */
  number({ kind, min, step, size }: MirrorKind): number | typeof ESCAPED {
    switch (kind) {
      case KIND.f64: {
        const value = this.f64()
        return value !== value && this.bytes[this.position - 8] === ESCAPE_LOW ? ESCAPED : value
      }
      case KIND.f32:
        return this.f32()
      case KIND.u8:
        return this.u8()
      case KIND.i8:
        return (this.u8() << 24) >> 24
      case KIND.u16:
        return this.u8() | (this.u8() << 8)
      case KIND.i16:
        return ((this.u8() | (this.u8() << 8)) << 16) >> 16
      case KIND.i32:
        return this.u32() | 0
      case KIND.range:
        return min + step * (size === 1 ? this.u8() : size === 2 ? this.u8() | (this.u8() << 8) : this.u32())
      default:
        return this.u32()
    }
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
    let nodes: (MirrorNode | undefined)[] | undefined
    for (let i = 0; i < keys.length; i++) {
      value[keys[i] as string] = this.field(kinds[i] as MirrorKind)
      if (this.node !== undefined) (nodes ??= [])[i] = this.node
    }
    this.leave()
    this.node = new StructNode(value, shape, nodes)
    return value
  }

  #list(count: number): unknown[] {
    if (count > this.remaining) throw new DecodeError(`${count} elements announced, ${this.remaining} bytes left`)
    this.enter()
    const value: unknown[] = []
    const node = new ListNode(value)
    for (let i = 0; i < count; i++) {
      value.push(this.value())
      if (this.node !== undefined) (node.nodes ??= [])[i] = this.node
    }
    this.leave()
    this.node = node
    return value
  }

  #record(): Fields {
    this.enter()
    const count = this.count(2)
    const free = new Set<number>()
    let slot = -1
    for (let left = this.count(1); left > 0; left--) free.add((slot += this.uvarint() + 1))
    if (free.size > 0 && slot >= count + free.size) throw new DecodeError('a free slot lies beyond the record')
    const value: Fields = {}
    const node = new RecordNode(value)
    const slots: number[] = []
    for (slot = 0; slot < count + free.size; slot++) {
      node.keys.push(undefined)
      node.nodes.push(undefined)
      if (!free.has(slot)) slots.push(slot)
    }
    let key = ''
    for (let from = 0; from < count;) {
      const head = this.uvarint()
      const to = from + Math.floor(head / 2)
      if (to > count || to === from) throw new DecodeError('a run of entries does not fit its record')
      const shape = head % 2 === 1 ? this.shapeReference() : undefined
      for (let i = from; i < to; i++) {
        key = this.difference(key)
        if (Object.hasOwn(value, key)) throw new DecodeError('a record has a key twice')
        node.keys[slots[i] as number] = key
        setOwn(value, key, shape === undefined ? this.value() : undefined)
        if (shape === undefined) node.nodes[slots[i] as number] = this.node
      }
      if (shape !== undefined) this.#columns(node, shape, slots, from, to)
      from = to
    }
    this.leave()
    this.node = node
    return value
  }

  /** Structs of one shape, column by column. */
  #columns(node: RecordNode, shape: MirrorShape, slots: readonly number[], from: number, to: number): void {
    this.enter()
    const rows: StructNode[] = []
    for (let i = from; i < to; i++) rows.push(new StructNode({}, shape, undefined))
    for (let i = 0; i < shape.keys.length; i++) {
      const name = shape.keys[i] as string
      const kind = shape.kinds[i] as MirrorKind
      const column = kind.kind === KIND.any ? this.u8() : COLUMN.plain
      if (column > COLUMN.keys) throw new DecodeError(`no column is written as ${column}`)
      let text = ''
      for (let row = 0; row < rows.length; row++) {
        const struct = rows[row] as StructNode
        if (column === COLUMN.plain) {
          struct.value[name] = this.field(kind)
          if (this.node !== undefined) (struct.nodes ??= [])[i] = this.node
        } else if (column === COLUMN.texts) {
          struct.value[name] = text = this.difference(text)
        } else {
          struct.value[name] = node.keys[slots[from + row] as number]
        }
      }
    }
    for (let row = 0; row < rows.length; row++) {
      const slot = slots[from + row] as number
      const struct = rows[row] as StructNode
      node.nodes[slot] = struct
      setOwn(node.value, node.keys[slot] as string, struct.value)
    }
    this.leave()
  }

  /** A text as what it shares with the one before, and the rest. */
  difference(previous: string): string {
    const shared = this.uvarint()
    if (shared > previous.length) throw new DecodeError('a text shares more than there is')
    const rest = readText(this)
    return shared === 0 ? rest : previous.slice(0, shared) + rest
  }
}
