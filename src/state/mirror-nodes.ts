/**
 * What a mirror knows of the containers in its state beyond the state itself: shapes and slots. A tree parallel to the
 * state. Knows nothing of bytes.
 */
import type { Kind } from './state-format.js'

export type Fields = Record<string, unknown>

/** How a field of a shape is read; `min`, `step` and `size` are a range's. */
export interface MirrorKind {
  readonly kind: Kind
  readonly min: number
  readonly step: number
  readonly size: number
}

/** Changes only when the owner finds that a field is better written in another way. */
export interface MirrorShape {
  readonly keys: readonly string[]
  readonly kinds: MirrorKind[]
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
  /** By slot; undefined is a free one. */
  keys: (string | undefined)[]
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

export type MirrorNode = StructNode | RecordNode | ListNode | BytesNode

/** Is told of each entry that came, changed, itself or within, or went, with the container that it is of. */
export type Tell = (kind: 'add' | 'change' | 'remove', value: unknown, key: string | number, of: object) => void

export function setNode(node: Exclude<MirrorNode, BytesNode>, i: number, child: MirrorNode | undefined): void {
  if (child !== undefined || node.nodes !== undefined) (node.nodes ??= [])[i] = child
}
