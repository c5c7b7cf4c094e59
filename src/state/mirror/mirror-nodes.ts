/**
 * What a mirror knows of the containers in its state beyond the state itself: shapes and slots. A tree parallel to the
 * state. Knows nothing of bytes.
 */
import { setOwn } from '../../value/decode-value.js'
import type { Fields, Key } from '../format/fields.js'
import { HOLES_MAX, type Kind } from '../format/state-format.js'

/** How a field of a shape is read; `min`, `step` and `size` are a range's. */
export interface MirrorKind {
  readonly kind: Kind
  readonly min: number
  readonly step: number
  readonly size: number
}

export interface MirrorShape {
  readonly keys: readonly string[]
  readonly kinds: readonly MirrorKind[]
  readonly maskBytes: number
}

/** The containers among the entries, by field, slot or index; undefined if there are none. */
export type Children = (MirrorNode | undefined)[] | undefined

export interface StructNode {
  readonly sort: 'struct'
  value: Fields
  shape: MirrorShape
  nodes: Children
}

export interface RecordNode {
  readonly sort: 'record'
  value: Fields
  /** By slot; undefined is a hole. */
  keys: (Key | undefined)[]
  /** How many entries there are. */
  size: number
  nodes: Children
}

export interface MapNode {
  readonly sort: 'map'
  value: Map<Key, unknown>
  keys: (Key | undefined)[]
  size: number
  nodes: Children
}

export interface ListNode {
  readonly sort: 'list'
  value: unknown[]
  nodes: Children
}

/** Bytes are replaced as a whole. */
export interface BytesNode {
  readonly sort: 'bytes'
  value: Uint8Array
  readonly nodes: undefined
}

export type CollectionNode = RecordNode | MapNode
export type MirrorNode = StructNode | CollectionNode | ListNode | BytesNode

/** Is told of each entry that came, changed, itself or within, or went, with the container that it is of. */
export type Tell = (kind: 'add' | 'change' | 'remove', value: unknown, key: Key, of: object) => void

export function setNode(node: Exclude<MirrorNode, BytesNode>, i: number, child: MirrorNode | undefined): void {
  if (child !== undefined || node.nodes !== undefined) (node.nodes ??= [])[i] = child
}

const map = Map.prototype as Map<Key, unknown>
const { set, delete: remove, clear } = map

/** The Maps of a mirror can be read and not written, except by these. */
export function setEntry(container: object, key: Key, value: unknown): void {
  if (container instanceof Map) set.call(container, key, value)
  else setOwn(container as Fields, key as string, value)
}

export function removeEntry(container: object, key: Key): void {
  if (container instanceof Map) remove.call(container, key)
  else delete (container as Fields)[key]
}

export function clearMap(container: Map<Key, unknown>): void {
  clear.call(container)
}

export function entryOf(container: object, key: Key): unknown {
  if (container instanceof Map) return container.get(key)
  return Object.hasOwn(container, key) ? (container as Fields)[key] : undefined
}

export function hasEntry(container: object, key: Key): boolean {
  return container instanceof Map ? container.has(key) : Object.hasOwn(container, key)
}

/** The entries of a container; the keys of a list are its indexes. */
export function entriesOf(container: object): [Key, unknown][] {
  if (container instanceof Map) return [...(container as Map<Key, unknown>)]
  if (Array.isArray(container)) return Array.from(container as unknown[], (value, i) => [i, value])
  return Object.entries(container)
}

/** After entries went: a collection with too many holes gets new slots, at both sides by the same rule. */
export function compact(node: CollectionNode): void {
  const { keys, nodes } = node
  const holes = keys.length - node.size
  if (holes <= HOLES_MAX || holes <= node.size) return
  if (nodes !== undefined) {
    const kept: Children = []
    for (let slot = 0; slot < keys.length; slot++) if (keys[slot] !== undefined) kept.push(nodes[slot])
    node.nodes = kept
  }
  node.keys = keys.filter((key) => key !== undefined)
}
