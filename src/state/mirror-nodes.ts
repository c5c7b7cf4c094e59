/**
 * What a mirror knows of the containers in its state beyond the state itself: shapes, slots, who watches. A tree parallel
 * to the state. Knows nothing of bytes.
 */
import type { Watch } from './mirror-watch.js'
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

export class StructNode {
  readonly sort = 'struct'
  value: Fields
  shape: MirrorShape
  /** The containers among the fields; undefined if there are none. */
  nodes: (MirrorNode | undefined)[] | undefined
  watches: Watch[] | undefined = undefined

  constructor(value: Fields, shape: MirrorShape, nodes: (MirrorNode | undefined)[] | undefined) {
    this.value = value
    this.shape = shape
    this.nodes = nodes
  }
}

export class RecordNode {
  readonly sort = 'record'
  value: Fields
  /** By slot; undefined is a free one. */
  keys: (string | undefined)[] = []
  nodes: (MirrorNode | undefined)[] = []
  watches: Watch[] | undefined = undefined

  constructor(value: Fields) {
    this.value = value
  }
}

export class ListNode {
  readonly sort = 'list'
  value: unknown[]
  /** Undefined if no element is a container. */
  nodes: (MirrorNode | undefined)[] | undefined = undefined
  watches: Watch[] | undefined = undefined

  constructor(value: unknown[]) {
    this.value = value
  }
}

/** Bytes are replaced as a whole. */
export class BytesNode {
  readonly sort = 'bytes'
  readonly value: Uint8Array
  watches: Watch[] | undefined = undefined

  constructor(value: Uint8Array) {
    this.value = value
  }
}

export type MirrorNode = StructNode | RecordNode | ListNode | BytesNode

export function nodeAt(node: StructNode | ListNode, i: number): MirrorNode | undefined {
  return node.nodes === undefined ? undefined : node.nodes[i]
}

export function setNode(node: StructNode | ListNode, i: number, child: MirrorNode | undefined): void {
  if (node.nodes === undefined) {
    if (child === undefined) return
    node.nodes = []
  }
  node.nodes[i] = child
}
