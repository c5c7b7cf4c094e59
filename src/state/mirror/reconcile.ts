/**
 * Makes a state that was just read of the objects that a mirror already has: an object at the same place stays the same
 * object, and what differs is told.
 */
import type { Key } from '../format/fields.js'
import {
  clearMap,
  entriesOf,
  entryOf,
  hasEntry,
  type MirrorNode,
  setEntry,
  removeEntry,
  type Tell,
} from './mirror-nodes.js'

/** Whether anything under a place differs; `next.value` is from then on the object of `before` where there is one. */
export function reconcile(before: MirrorNode | undefined, next: MirrorNode, tell: Tell | undefined): boolean {
  if (before?.sort === 'bytes' && next.sort === 'bytes' && isEqual(before.value, next.value)) {
    next.value = before.value
    return false
  }
  if (before === undefined || before.sort === 'bytes' || next.sort === 'bytes') return true
  if (before.sort !== next.sort && (isOther(before) || isOther(next))) return true
  const target = before.value
  const values = next.value
  const nodesBefore = nodesByKey(before)
  const nodes = nodesByKey(next)
  let changed = false
  for (const [key, value] of entriesOf(target)) {
    if (hasEntry(values, key)) continue
    changed = true
    tell?.('remove', value, key, target)
    if (!Array.isArray(target)) removeEntry(target, key)
  }
  if (Array.isArray(target)) target.length = (values as unknown[]).length
  const told: [kind: 'add' | 'change', value: unknown, key: Key][] = []
  const result: [Key, unknown][] = []
  for (const [key, value] of entriesOf(values)) {
    const isNew = !hasEntry(target, key)
    const child = nodes.get(key)
    const differs =
      child === undefined
        ? isNew || !Object.is(entryOf(target, key), value)
        : reconcile(nodesBefore.get(key), child, tell)
    const reconciled = child === undefined ? value : child.value
    result.push([key, reconciled])
    if (differs) told.push([isNew ? 'add' : 'change', reconciled, key])
  }
  if (target instanceof Map) {
    // The order is state.
    if ([...target.keys()].some((key, i) => key !== result[i]?.[0])) changed = true
    clearMap(target)
  }
  for (const [key, value] of result) setEntry(target, key, value)
  for (const [kind, value, key] of told) tell?.(kind, value, key, target)
  next.value = target as never
  return changed || told.length > 0
}

/** Structs and records are both objects. */
function isOther({ sort }: MirrorNode): boolean {
  return sort !== 'struct' && sort !== 'record'
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

function nodesByKey(node: Exclude<MirrorNode, { sort: 'bytes' }>): Map<Key, MirrorNode> {
  const nodes = new Map<Key, MirrorNode>()
  const keys = node.sort === 'struct' ? node.shape.keys : node.sort === 'list' ? undefined : node.keys
  node.nodes?.forEach((child, i) => {
    if (child !== undefined) nodes.set(keys === undefined ? i : (keys[i] as Key), child)
  })
  return nodes
}
