/**
 * Applies the changes of a patch to a mirror's objects, in place. What the bytes say is checked against what is there:
 * a slot that is free, an element moved twice or a field too many is a `DecodeError`.
 */
import type { Key } from '../format/fields.js'
import {
  type Children,
  type CollectionNode,
  compact,
  hasEntry,
  type ListNode,
  type MirrorKind,
  type MirrorNode,
  type MirrorShape,
  setEntry,
  removeEntry,
  setNode,
  type StructNode,
  type Tell,
  entryOf,
} from './mirror-nodes.js'
import { damaged, MirrorReader } from './mirror-reader.js'
import { RESHAPE, SHAPE_FIELDS_MAX } from '../format/state-format.js'

export class PatchReader extends MirrorReader {
  tell: Tell | undefined

  /** What becomes of the value of a node, which primitives have none of: the new value; the reader has its node. */
  override change(node: MirrorNode | undefined): unknown {
    if (node === undefined) return this.value()
    this.enter()
    let next: unknown
    if (node.sort === 'struct') next = this.#struct(node)
    else if (node.sort !== 'bytes') next = this.#entries(node)
    else if (this.u8() === 0) next = this.value()
    else damaged()
    this.leave()
    return next
  }

  #mask({ keys, maskBytes }: MirrorShape): number {
    let mask = 0
    for (let i = 0; i < maskBytes; i++) mask |= this.u8() << (8 * i)
    if (keys.length < SHAPE_FIELDS_MAX && mask >>> (keys.length + 1) !== 0) damaged()
    return mask
  }

  #struct(node: StructNode): unknown {
    const { shape, value } = node
    const mask = this.#mask(shape)
    if (mask === 0) return this.value()
    if (mask === 1) return this.#reshape(node)
    if ((mask & 1) === 1) damaged()
    for (let rest = mask; rest !== 0; rest &= rest - 1) {
      const i = 30 - Math.clz32(rest & -rest)
      const key = shape.keys[i] as string
      this.#field(node, i, key)
      this.tell?.('change', value[key], key, value)
    }
    this.node = node
    return value
  }

  #field(node: StructNode, i: number, key: string): void {
    const { shape, value, nodes } = node
    const kind = shape.kinds[i] as MirrorKind
    const child = nodes?.[i]
    value[key] = this.field(kind, child)
    if (this.node !== child) setNode(node, i, this.node)
  }

  #reshape(node: StructNode): unknown {
    const { value, nodes } = node
    const before = node.shape.keys
    const code = this.uvarint()
    if (code === RESHAPE.record) {
      const keys = [...before]
      return this.#entries({ sort: 'record', value, keys, size: keys.length, nodes: keys.map((_, i) => nodes?.[i]) })
    }
    const shape = code === RESHAPE.new ? this.newShape() : this.shapeAt(code - RESHAPE.known)
    const { keys } = shape
    node.shape = shape
    node.nodes = nodes && keys.map((key) => nodes[before.indexOf(key)])
    for (const key of before) if (!keys.includes(key)) this.#remove(value, key)
    const mask = this.#mask(shape)
    keys.forEach((key, i) => {
      const isNew = !before.includes(key)
      if (((mask >>> (i + 1)) & 1) === 1) {
        this.#field(node, i, key)
        this.tell?.(isNew ? 'add' : 'change', value[key], key, value)
      } else if (isNew) {
        damaged()
      }
    })
    this.node = node
    return value
  }

  #remove(value: object, key: Key): void {
    this.tell?.('remove', entryOf(value, key), key, value)
    removeEntry(value, key)
  }

  #entries(node: CollectionNode | ListNode): unknown {
    const head = this.uvarint()
    if (head === 0) return this.value()
    if (head % 2 === 1) {
      if (node.sort === 'list') this.#arrangement(node)
      else this.#structure(node)
    }
    const { value } = node
    let slot = -1
    for (let left = Math.floor(head / 2); left > 0; left--) {
      slot += this.uvarint() + 1
      const key = node.sort !== 'list' ? node.keys[slot] : slot < node.value.length ? slot : undefined
      if (key === undefined) damaged()
      const child = node.nodes?.[slot]
      const next = this.change(child)
      if (this.node !== child || child === undefined) {
        setNode(node, slot, this.node)
        setEntry(value, key, next)
      }
      this.tell?.('change', next, key, value)
    }
    if (node.sort !== 'list' && head % 2 === 1) compact(node)
    this.node = node
    return value
  }

  /** Which entries went and which came. */
  #structure(node: CollectionNode): void {
    const { value, keys } = node
    for (const slot of this.slots()) {
      this.#remove(value, keys[slot] ?? damaged())
      keys[slot] = undefined
      node.size--
      setNode(node, slot, undefined)
    }
    for (let left = this.count(); left > 0; left--) {
      const key = this.key(node)
      if (hasEntry(value, key)) damaged()
      const next = this.value()
      setNode(node, keys.length, this.node)
      keys.push(key)
      node.size++
      setEntry(value, key, next)
      this.tell?.('add', next, key, value)
    }
  }

  /** Where each element comes from: each of those before stays at most once, so that no list grows beyond its bytes. */
  #arrangement(node: ListNode): void {
    const { value } = node
    let runs = this.count()
    let run = runs > 0 ? this.uvarint() : 1
    let jump = run % 2 === 1 ? 0 : this.uvarint()
    // What stays at the beginning need not be moved.
    const kept = run % 2 === 0 && jump === 0 ? run / 2 : 0
    if (kept > value.length) damaged()
    const moved = new MovedElements(value.splice(kept), node.nodes?.splice(kept))
    if (kept > 0) run = 0
    for (; runs > 0; runs--) {
      if (run % 2 === 1) this.#newElements(node, Math.floor(run / 2))
      else moved.move(node, jump % 2 === 1 ? -(jump + 1) / 2 : jump / 2, run / 2)
      if (runs === 1) break
      run = this.uvarint()
      jump = run % 2 === 1 ? 0 : this.uvarint()
    }
    if (this.tell) moved.tellRemoved(this.tell, kept, value)
  }

  #newElements(node: ListNode, count: number): void {
    const { value } = node
    for (let left = count; left > 0; left--) {
      const i = value.length
      value.push(this.value())
      setNode(node, i, this.node)
      this.tell?.('add', value[i], i, value)
    }
  }
}

/** The elements of a list that may have moved, each of which is taken at most once. */
class MovedElements {
  readonly #values: unknown[]
  readonly #nodes: Children
  readonly #used: Uint8Array
  #from = 0

  constructor(values: unknown[], nodes: Children) {
    this.#values = values
    this.#nodes = nodes
    this.#used = new Uint8Array(values.length)
  }

  /** Puts `count` elements behind those of a list, from `jump` on behind the one that was taken last. */
  move({ value, nodes }: ListNode, jump: number, count: number): void {
    let from = this.#from + jump
    if (count > 0 && (from < 0 || from + count > this.#values.length)) damaged()
    for (let left = count; left > 0; left--) {
      if (this.#used[from] !== 0) damaged()
      this.#used[from] = 1
      const child = this.#nodes?.[from]
      if (nodes !== undefined) nodes[value.length] = child
      value.push(this.#values[from++])
    }
    this.#from = from
  }

  tellRemoved(tell: Tell, kept: number, of: unknown[]): void {
    this.#used.forEach((isUsed, i) => {
      if (isUsed === 0) tell('remove', this.#values[i], kept + i, of)
    })
  }
}
