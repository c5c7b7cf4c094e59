/**
 * Who wants to be told of changes: a tree of the paths that are watched, and the events of one patch, which are told after
 * all of it has been applied.
 */
import type { MirrorNode } from './mirror-nodes.js'

/** What happened to the entries of the containers at a path. `key` is an index in lists. */
export interface ChangeHandlers<V = unknown> {
  /** An entry came. Also called for each entry that is there when one begins to watch. */
  add?: (value: V, key: string | number, container: object) => void
  /** An entry has another value, or something within it has. */
  change?: (value: V, key: string | number, container: object) => void
  /** An entry went. `value` is what it was. */
  remove?: (value: V, key: string | number, container: object) => void
}

/** A place in the tree of paths. `*` stands for every key. */
export class Watch {
  readonly handlers = new Set<ChangeHandlers>()
  readonly next = new Map<string, Watch>()

  at(key: string): Watch {
    let next = this.next.get(key)
    if (next === undefined) {
      next = new Watch()
      this.next.set(key, next)
    }
    return next
  }
}

type Event = [
  kind: keyof ChangeHandlers,
  watches: readonly Watch[],
  value: unknown,
  key: string | number,
  container: object,
]

export class Events {
  #events: Event[] = []

  push(kind: keyof ChangeHandlers, watches: readonly Watch[], value: unknown, key: string | number, of: object): void {
    this.#events.push([kind, watches, value, key, of])
  }

  clear(): void {
    this.#events = []
  }

  /** Tells them all, then throws the first error that a handler threw. */
  tell(): void {
    const events = this.#events
    if (events.length === 0) return
    this.#events = []
    let failed: { error: unknown } | undefined
    for (const [kind, watches, value, key, of] of events) {
      for (const watch of watches) {
        for (const handlers of watch.handlers) {
          try {
            handlers[kind]?.(value, key, of)
          } catch (error) {
            failed ??= { error }
          }
        }
      }
    }
    if (failed) throw failed.error
  }
}

/** Who watches the entry `key` of what `watches` watch. */
export function watchesAt(watches: readonly Watch[] | undefined, key: string | number): Watch[] | undefined {
  if (watches === undefined) return undefined
  const inner: Watch[] = []
  for (const watch of watches) {
    const named = watch.next.get(String(key))
    const any = watch.next.get('*')
    if (named) inner.push(named)
    if (any && any !== named) inner.push(any)
  }
  return inner.length > 0 ? inner : undefined
}

/** Tells a node, and the nodes within it, who watches them. */
export function setWatches(node: MirrorNode | undefined, watches: Watch[] | undefined): void {
  if (node === undefined || (watches === undefined && node.watches === undefined)) return
  node.watches = watches
  if (node.sort === 'bytes' || node.nodes === undefined) return
  const { nodes } = node
  for (let i = 0; i < nodes.length; i++) {
    if (nodes[i] !== undefined) setWatches(nodes[i], watchesAt(watches, keyOf(node, i)))
  }
}

/** The key of the i-th field, slot or element. */
export function keyOf(node: Exclude<MirrorNode, { sort: 'bytes' }>, i: number): string | number {
  if (node.sort === 'list') return i
  return (node.sort === 'struct' ? node.shape.keys[i] : node.keys[i]) as string
}
