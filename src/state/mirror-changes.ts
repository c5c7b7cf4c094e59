/**
 * Applies the changes of a patch to a mirror's objects, in place. What the bytes say is checked against what is there:
 * a slot that is free, an element moved twice or a field too many is a `DecodeError`.
 */
import { DecodeError } from '../value/decode-error.js'
import { readText, setOwn } from '../value/decode-value.js'
import { type ListNode, type MirrorKind, type MirrorNode, type MirrorShape, nodeAt } from './mirror-nodes.js'
import { RecordNode, setNode, StructNode } from './mirror-nodes.js'
import { ESCAPED, type MirrorReader } from './mirror-reader.js'
import { type Events, setWatches, watchesAt } from './mirror-watch.js'
import { KIND, RESHAPE } from './state-format.js'

export class MirrorChanges {
  readonly #reader: MirrorReader
  readonly #events: Events

  constructor(reader: MirrorReader, events: Events) {
    this.#reader = reader
    this.#events = events
  }

  /** What becomes of a value and its node: the new value; the reader has its node. */
  change(value: unknown, node: MirrorNode | undefined): unknown {
    const r = this.#reader
    if (node === undefined) return r.value()
    r.enter()
    let next: unknown
    if (node.sort === 'struct') next = this.#struct(node)
    else if (node.sort === 'record') next = this.#record(node)
    else if (node.sort === 'list') next = this.#list(node)
    else if (r.u8() === 0) next = r.value()
    else throw new DecodeError('bytes can only be replaced')
    r.leave()
    return next
  }

  #mask(shape: MirrorShape): number {
    const r = this.#reader
    let mask = r.u8()
    for (let i = 1; i < shape.maskBytes; i++) mask |= r.u8() << (8 * i)
    const fields = shape.keys.length
    if (fields < SHAPE_FIELDS && mask >>> (fields + 1) !== 0)
      throw new DecodeError('a struct changes a field it has not')
    return mask
  }

  #struct(node: StructNode): unknown {
    const r = this.#reader
    const { shape, value, watches } = node
    const mask = this.#mask(shape)
    if (mask === 0) return r.value()
    if ((mask & 1) === 1) return mask === 1 ? this.#reshape(node) : this.#refuse()
    const { keys, kinds } = shape
    for (let rest = mask & -2; rest !== 0; rest &= rest - 1) {
      const i = 30 - Math.clz32(rest & -rest)
      const key = keys[i] as string
      const kind = kinds[i] as MirrorKind
      if (kind.kind !== KIND.any) {
        const number = r.number(kind)
        if (number !== ESCAPED) {
          value[key] = number
          if (node.nodes !== undefined) node.nodes[i] = undefined
          if (watches !== undefined) this.#events.push('change', watches, number, key, value)
          continue
        }
      }
      const child = nodeAt(node, i)
      const next = this.change(value[key], child)
      value[key] = next
      if (r.node !== child) this.#put(node, i, key)
      if (watches !== undefined) this.#events.push('change', watches, next, key, value)
    }
    r.node = node
    return value
  }

  #refuse(): never {
    throw new DecodeError('a struct changes fields and its shape at once')
  }

  /** The node that was read last takes a place. */
  #put(node: StructNode | ListNode, i: number, key: string | number): void {
    const child = this.#reader.node
    setNode(node, i, child)
    if (node.watches !== undefined) setWatches(child, watchesAt(node.watches, key))
  }

  #reshape(node: StructNode): unknown {
    const r = this.#reader
    const code = r.uvarint()
    if (code === RESHAPE.record) return this.#toRecord(node)
    if (code === RESHAPE.kinds) return this.#setKind(node)
    const shape = code === RESHAPE.new ? r.newShape() : r.shapes[code - RESHAPE.known]
    if (shape === undefined) throw new DecodeError(`there is no shape ${code - RESHAPE.known}`)
    const { value, watches } = node
    const before = node.shape
    const nodes = node.nodes
    const indexes = shape.keys.map((key) => before.keys.indexOf(key))
    node.shape = shape
    node.nodes = undefined
    indexes.forEach((old, i) => setNode(node, i, old < 0 ? undefined : nodes?.[old]))
    for (const key of before.keys) {
      if (shape.keys.includes(key)) continue
      if (watches !== undefined) this.#events.push('remove', watches, value[key], key, value)
      delete value[key]
    }
    const mask = this.#mask(shape)
    for (let i = 0; i < shape.keys.length; i++) {
      const key = shape.keys[i] as string
      const isNew = indexes[i] === -1
      if (((mask >>> (i + 1)) & 1) === 0) {
        if (isNew) throw new DecodeError('a field of a new shape has no value')
        continue
      }
      const kind = shape.kinds[i] as MirrorKind
      const number = kind.kind === KIND.any ? ESCAPED : r.number(kind)
      r.node = undefined
      const child = nodeAt(node, i)
      value[key] = number === ESCAPED ? this.change(value[key], child) : number
      if (r.node !== child) this.#put(node, i, key)
      if (watches !== undefined) this.#events.push(isNew ? 'add' : 'change', watches, value[key], key, value)
    }
    r.node = node
    return value
  }

  /** A field of this shape, wherever it occurs, is written in another way from here on. */
  #setKind(node: StructNode): unknown {
    const r = this.#reader
    const i = r.uvarint()
    if (i >= node.shape.kinds.length) throw new DecodeError('a shape has no such field')
    node.shape.kinds[i] = r.kind()
    return this.#struct(node)
  }

  #toRecord(node: StructNode): unknown {
    const record = new RecordNode(node.value)
    record.keys = [...node.shape.keys]
    record.nodes = record.keys.map((_, i) => nodeAt(node, i))
    record.watches = node.watches
    return this.#record(record)
  }

  #record(node: RecordNode): unknown {
    const r = this.#reader
    const head = r.uvarint()
    if (head === 0) return r.value()
    const { value, keys, nodes, watches } = node
    if (head % 2 === 1) this.#structure(node)
    let slot = -1
    for (let left = Math.floor(head / 2); left > 0; left--) {
      slot += r.uvarint() + 1
      const key = keys[slot]
      if (key === undefined) throw new DecodeError(`a record changes slot ${slot}, which is free`)
      const child = nodes[slot]
      const next = this.change(undefined, child)
      if (r.node !== child || child === undefined) {
        nodes[slot] = r.node
        setOwn(value, key, next)
        if (watches !== undefined) setWatches(r.node, watchesAt(watches, key))
      }
      if (watches !== undefined) this.#events.push('change', watches, next, key, value)
    }
    r.node = node
    return value
  }

  /** Which entries went and which came. */
  #structure({ value, keys, nodes, watches }: RecordNode): void {
    const r = this.#reader
    let slot = -1
    for (let left = r.count(1); left > 0; left--) {
      slot += r.uvarint() + 1
      const key = keys[slot]
      if (key === undefined) throw new DecodeError(`a record removes slot ${slot}, which is free`)
      if (watches !== undefined) {
        this.#events.push('remove', watches, Object.getOwnPropertyDescriptor(value, key)?.value, key, value)
      }
      keys[slot] = undefined
      nodes[slot] = undefined
      delete value[key]
    }
    slot = -1
    for (let left = r.count(3); left > 0; left--) {
      slot += r.uvarint() + 1
      if (slot > keys.length || keys[slot] !== undefined)
        throw new DecodeError(`a record adds slot ${slot} out of turn`)
      const key = readText(r)
      if (Object.hasOwn(value, key)) throw new DecodeError('a record has a key twice')
      const next = r.value()
      keys[slot] = key
      nodes[slot] = r.node
      setOwn(value, key, next)
      if (watches !== undefined) {
        setWatches(r.node, watchesAt(watches, key))
        this.#events.push('add', watches, next, key, value)
      }
    }
  }

  #list(node: ListNode): unknown {
    const r = this.#reader
    const head = r.uvarint()
    if (head === 0) return r.value()
    const { value, watches } = node
    if (head % 2 === 1) this.#arrangement(node)
    let i = -1
    for (let left = Math.floor(head / 2); left > 0; left--) {
      i += r.uvarint() + 1
      if (i >= value.length) throw new DecodeError(`a list of ${value.length} changes element ${i}`)
      const child = nodeAt(node, i)
      value[i] = this.change(value[i], child)
      if (r.node !== child) this.#put(node, i, i)
      if (watches !== undefined) this.#events.push('change', watches, value[i], i, value)
    }
    r.node = node
    return value
  }

  /** Where each element comes from: each of those before stays at most once, so that no list grows beyond its bytes. */
  #arrangement(node: ListNode): void {
    const r = this.#reader
    const { value, watches } = node
    const before = value.slice()
    const nodesBefore = node.nodes
    const used = new Uint8Array(before.length)
    node.nodes = undefined
    value.length = 0
    let expected = 0
    for (let runs = r.count(1); runs > 0; runs--) {
      const run = r.uvarint()
      const isNew = run % 2 === 1
      const length = Math.floor(run / 2)
      if (length > (isNew ? r.remaining : before.length)) throw new DecodeError('a run of elements is too long')
      if (!isNew) {
        const jump = r.uvarint()
        expected += jump % 2 === 1 ? -(jump + 1) / 2 : jump / 2
      }
      for (let k = 0; k < length; k++) {
        const i = value.length
        if (isNew) {
          value.push(r.value())
          if (r.node !== undefined) this.#put(node, i, i)
          if (watches !== undefined) this.#events.push('add', watches, value[i], i, value)
          continue
        }
        if (used[expected] !== 0) throw new DecodeError('a list keeps an element twice, or one it has not')
        used[expected] = 1
        value.push(before[expected])
        setNode(node, i, nodesBefore?.[expected])
        expected++
      }
    }
    if (watches === undefined) return
    for (let i = 0; i < before.length; i++) {
      if (used[i] === 0) this.#events.push('remove', watches, before[i], i, value)
    }
    setWatches(node, watches)
  }
}

const SHAPE_FIELDS = 31
