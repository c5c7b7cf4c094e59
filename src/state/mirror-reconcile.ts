/**
 * Makes a state that was just read of the objects that a mirror already has: an object at the same place stays the same
 * object, and what differs is told.
 */
import { setOwn } from '../value/decode-value.js'
import type { Fields, ListNode, MirrorNode, RecordNode, StructNode, Tell } from './mirror-nodes.js'

/** Whether anything under a place differs; `next.value` is from then on the object of `before` where there is one. */
export function reconcile(before: MirrorNode | undefined, next: MirrorNode, tell: Tell | undefined): boolean {
  if (
    before?.sort === 'bytes' &&
    next.sort === 'bytes' &&
    before.value.length === next.value.length &&
    before.value.every((byte, i) => byte === next.value[i])
  ) {
    next.value = before.value
    return false
  }
  if (before === undefined || before.sort === 'bytes' || next.sort === 'bytes') return true
  if ((before.sort === 'list') !== (next.sort === 'list')) return true
  const isList = before.sort === 'list'
  // Entries of both alike: the keys of a list are its indexes.
  const target = before.value as Fields
  const values = next.value as Fields
  const nodesBefore = nodesByKey(before)
  const nodes = nodesByKey(next)
  let changed = false
  for (const key of Object.keys(target)) {
    if (Object.hasOwn(values, key)) continue
    changed = true
    tell?.('remove', target[key], key, target)
    if (!isList) delete target[key]
  }
  if (isList) before.value.length = (next as ListNode).value.length
  for (const key of Object.keys(values)) {
    const isNew = !Object.hasOwn(target, key)
    const child = nodes.get(key)
    const differs =
      child === undefined ? isNew || !Object.is(target[key], values[key]) : reconcile(nodesBefore.get(key), child, tell)
    setOwn(target, key, child === undefined ? values[key] : child.value)
    if (!differs) continue
    changed = true
    tell?.(isNew ? 'add' : 'change', target[key], key, target)
  }
  next.value = target as never
  return changed
}

function nodesByKey(node: StructNode | RecordNode | ListNode): Map<string, MirrorNode> {
  const keys = node.sort === 'struct' ? node.shape.keys : node.sort === 'record' ? node.keys : undefined
  const nodes = new Map<string, MirrorNode>()
  node.nodes?.forEach((child, i) => {
    if (child !== undefined) nodes.set(keys === undefined ? String(i) : (keys[i] as string), child)
  })
  return nodes
}
