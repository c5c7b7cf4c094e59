/**
 * Makes a state that was just read of the objects that a mirror already has: an object at the same place stays the same
 * object, and what differs is told.
 */
import { setOwn } from '../value/decode-value.js'
import {
  type Fields,
  type ListNode,
  type MirrorNode,
  type RecordNode,
  setNode,
  type StructNode,
} from './mirror-nodes.js'
import { type Events, setWatches, watchesAt } from './mirror-watch.js'

/** Whether anything under a place differs; `next.value` is from then on the object of `before` where there is one. */
export function reconcile(before: MirrorNode | undefined, next: MirrorNode, events: Events): boolean {
  if (before === undefined || before.sort === 'bytes' || next.sort === 'bytes') return !isSameBytes(before, next)
  if ((before.sort === 'list') !== (next.sort === 'list')) return true
  next.watches = before.watches
  const changed =
    before.sort === 'list'
      ? reconcileList(before, next as ListNode, events)
      : reconcileFields(before, next as StructNode | RecordNode, events)
  return changed
}

function isSameBytes(before: MirrorNode | undefined, next: MirrorNode): boolean {
  if (before?.sort !== 'bytes' || next.sort !== 'bytes' || before.value.length !== next.value.length) return false
  return before.value.every((byte, i) => byte === next.value[i])
}

function reconcileList(before: ListNode, next: ListNode, events: Events): boolean {
  const { watches } = next
  const values = next.value
  const target = before.value
  let changed = values.length !== target.length
  for (let i = target.length - 1; i >= values.length; i--) {
    if (watches) events.push('remove', watches, target[i], i, target)
  }
  const lengthBefore = target.length
  target.length = Math.min(target.length, values.length)
  for (let i = 0; i < values.length; i++) {
    const child = next.nodes?.[i]
    const isNew = i >= lengthBefore
    const differs = isNew || differsAt(target[i], before.nodes?.[i], values[i], child, events)
    const value = valueOf(values[i], isNew ? undefined : before.nodes?.[i], child)
    target[i] = value
    if (child !== undefined) setNode(next, i, child)
    if (differs) changed = true
    if (!watches) continue
    setWatches(child, watchesAt(watches, i))
    if (differs) events.push(isNew ? 'add' : 'change', watches, value, i, target)
  }
  next.value = target
  return changed
}

function reconcileFields(before: StructNode | RecordNode, next: StructNode | RecordNode, events: Events): boolean {
  const { watches } = next
  const target = before.value
  const nodesBefore = nodesByKey(before)
  const nodes = nodesByKey(next)
  let changed = false
  for (const key of Object.keys(target)) {
    if (Object.hasOwn(next.value, key)) continue
    changed = true
    if (watches) events.push('remove', watches, own(target, key), key, target)
    delete target[key]
  }
  for (const key of Object.keys(next.value)) {
    const isNew = !Object.hasOwn(target, key)
    const child = nodes.get(key)
    const childBefore = nodesBefore.get(key)
    const read = own(next.value, key)
    const differs = isNew || differsAt(own(target, key), childBefore, read, child, events)
    const value = valueOf(read, childBefore, child)
    setOwn(target, key, value)
    if (differs) changed = true
    if (!watches) continue
    setWatches(child, watchesAt(watches, key))
    if (differs) events.push(isNew ? 'add' : 'change', watches, value, key, target)
  }
  next.value = target
  return changed
}

function differsAt(
  valueBefore: unknown,
  before: MirrorNode | undefined,
  value: unknown,
  next: MirrorNode | undefined,
  events: Events,
): boolean {
  return next === undefined ? !Object.is(valueBefore, value) : reconcile(before, next, events)
}

/** After reconciling: the object that stays. */
function valueOf(value: unknown, before: MirrorNode | undefined, next: MirrorNode | undefined): unknown {
  if (next === undefined) return value
  return before !== undefined && isSameBytes(before, next) ? before.value : next.value
}

function own(object: Fields, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value
}

function nodesByKey(node: StructNode | RecordNode): Map<string, MirrorNode> {
  const keys = node.sort === 'struct' ? node.shape.keys : node.keys
  const nodes = new Map<string, MirrorNode>()
  node.nodes?.forEach((child, i) => {
    if (child !== undefined) nodes.set(keys[i] as string, child)
  })
  return nodes
}
