/**
 * Finds what changed in a state since it was published, and writes it. What is written is taken over into the shadows at once; if
 * something turns out to be no value, the log puts everything back.
 */
import type { Fields, Key } from '../format/fields.js'
import { hasPlainFields } from '../../value/encode-error.js'
import { VALUE_DEPTH_MAX } from '../../value/value.js'
import { HOLES_MAX } from '../format/state-format.js'
import { idleWriter } from '../format/state-writer.js'
import { narrow } from '../schema/narrow.js'
import type { TypeInfo } from '../schema/type-info.js'
import {
  type AnyShadow,
  type CollectionShadow,
  isShadow,
  type Published,
  type Run,
  SAME,
  samePrimitive,
  type Shape,
  type StructShadow,
} from '../shadow/shadow.js'
import { misfitCode } from '../shadow/general-code.js'
import { ShapeTable } from '../shadow/shape-table.js'
import { UndoLog } from '../shadow/undo-log.js'
import { targetOf } from '../tracking/record-source.js'
import { adopt, narrowed } from './adopt.js'
import { diffCollection, isUntouched } from './diff-collection.js'
import { diffList } from './diff-list.js'
import { sameList, sameMap, sameRecord } from './next-change.js'
import type { Differ } from './differ.js'
import { Homes } from './homes.js'
import { isOddFor } from './is-odd-for.js'
import { REFUSED } from './refused.js'
import { reshape } from './reshape.js'
import { writeEscape, writePublished } from './write-published.js'

export class Comparer implements Differ {
  /** Of the patch that is being made. */
  writer = idleWriter()
  readonly shapes = new ShapeTable()
  readonly log = new UndoLog()
  readonly ancestors: object[] = []
  readonly homes = new Homes()
  outer: CollectionShadow | undefined = undefined
  outerKey: Key = ''
  marks = false
  /** Whether something was marked that may have been passed already. */
  hasAgain = false
  /** Whether everything is looked at, also what nobody was seen to touch. */
  isComplete = false
  isPlainOnly = false
  /** What is published. */
  published: Published = undefined
  /** How often the keys of an object became a set that was not known: after a few it is taken for a record. */
  readonly novelties = new WeakMap<object, number>()
  /** Collections whose entries came or went. */
  readonly #restructured: CollectionShadow[] = []
  depth = 0

  /** Writes the change of the whole state, which is `holder.state`, behind what the writer has. Whether there is any. Throws what `rollBack` takes back. */
  compare(holder: { state: unknown }, type: TypeInfo | undefined): boolean {
    this.depth = 0
    this.hasAgain = false
    this.marks = this.homes.hasAny
    this.homes.markTouched()
    const next = this.change(holder.state, this.published, type, holder, 'state')
    if (next === SAME) return false
    this.published = next
    return true
  }

  /** After a failure: what was written is void, and what is registered may not be true any more. */
  fail(): void {
    this.rollBack()
    this.homes.renew(this.published)
  }

  /** What was written is void. */
  rollBack(): void {
    this.depth = 0
    if (this.ancestors.length > 0) this.ancestors.length = 0
    if (this.#restructured.length > 0) this.#restructured.length = 0
    this.outer = undefined
    if (!this.log.isEmpty) this.log.takeBack()
  }

  /** What was written is published. */
  commit(): void {
    if (!this.log.isEmpty) this.log.forget()
    if (this.homes.wantsRenewal) this.homes.renew(this.published)
    if (this.#restructured.length === 0) return
    for (const shadow of this.#restructured) {
      const holes = shadow.values.length - shadow.size
      if (holes > HOLES_MAX && holes > shadow.size) shadow.compact()
    }
    this.#restructured.length = 0
  }

  /** What is looked at next lies in an entry. Only those of large collections count. */
  enterEntry(shadow: CollectionShadow, key: Key): void {
    if (shadow.source === undefined) return
    this.outer = shadow
    this.outerKey = key
    // Whatever lies within an entry is not looked for elsewhere, as long as no object is known to be two entries.
    this.marks = this.homes.hasAliases
  }

  leaveEntry(outer: CollectionShadow | undefined, outerKey: Key): void {
    this.outer = outer
    this.outerKey = outerKey
    this.marks = outer === undefined ? this.homes.hasAny : this.homes.hasAliases
  }

  restructured(shadow: CollectionShadow): void {
    this.#restructured.push(shadow)
  }

  announce(shape: Shape): void {
    this.shapes.announce(shape)
    this.log.step(() => this.shapes.retract(shape))
  }

  refuse(): never {
    throw REFUSED
  }

  enter(): void {
    if (++this.depth > VALUE_DEPTH_MAX) throw REFUSED
  }

  leave(): void {
    this.depth--
  }

  same(value: unknown, shadow: AnyShadow): boolean {
    // Only a Proxy stands for another object.
    if (value !== shadow.value) return shadow.sort === 'record' && isUntouched(this, value, shadow)
    switch (shadow.sort) {
      case 'list':
        return sameList(this, value as unknown[], shadow.items)
      case 'struct':
        return shadow.shape.code.same(this, value as Fields, shadow)
      case 'bytes':
        return equalBytes(value as Uint8Array, shadow.copy)
      default:
        if (shadow.wantsLook) return isUntouched(this, value, shadow)
        return shadow.sort === 'map' ? sameMap(this, value, shadow) : sameRecord(this, value as Fields, shadow)
    }
  }

  change(
    value: unknown,
    published: Published,
    type: TypeInfo | undefined,
    holder: object,
    key: Key,
  ): Published | typeof SAME {
    if (!isShadow(published)) {
      if (samePrimitive(value, published)) return SAME
      const fitting = narrowed(holder, key, value, type)
      return fitting !== value && samePrimitive(fitting, published) ? SAME : this.#writeNew(fitting, type, holder, key)
    }
    if (typeof value === 'object' && value !== null) {
      const next = this.#changeContainer(value, published, type, holder, key)
      if (next !== undefined) return next
    }
    // A change of nothing says that the value is replaced.
    const zeros = published.sort === 'struct' ? published.shape.maskBytes : 1
    for (let i = 0; i < zeros; i++) this.writer.byte(0)
    return this.#writeNew(narrowed(holder, key, value, type), type, holder, key)
  }

  #writeNew(value: unknown, type: TypeInfo | undefined, holder: object, key: Key): Published {
    const published = adopt(this, value, type, holder, key)
    writePublished(this, published)
    return published
  }

  changed(run: Run, i: number, published: StructShadow, next: Published): void {
    run.previous = i
    run.count++
    run.watching?.watchSlot(i)
    if (this.marks && this.homes.mark(published.value, this.outer, this.outerKey)) this.hasAgain = true
    if (next === published) return
    const { items } = run
    this.log.step(() => (items[i] = published))
    items[i] = next
  }

  /** The change within a container, or undefined if `value` is of another sort. */
  #changeContainer(
    given: object,
    shadow: AnyShadow,
    type: TypeInfo | undefined,
    holder: object,
    key: Key,
  ): Published | typeof SAME | undefined {
    // A Proxy is slow to be asked whether it is one.
    const isFace = shadow.sort === 'record' && shadow.source?.face === given
    const value = isFace ? shadow.value : given === shadow.value ? given : targetOf(given)
    if (value !== shadow.value && !canReplace(value, shadow, type)) return undefined
    if (shadow.sort === 'struct' && shadow.shape.code === misfitCode) return undefined
    if (shadow.sort === 'bytes') {
      if (!equalBytes(value as Uint8Array, shadow.copy)) return undefined
      shadow.value = value
      return SAME
    }
    this.enter()
    const next = this.#diff(given, value, shadow, holder, key)
    this.leave()
    // Depth 0 is the state itself, which is no entry of anything.
    if (next !== SAME && this.marks && this.depth > 0 && this.homes.mark(value, this.outer, this.outerKey))
      this.hasAgain = true
    return next
  }

  #diff(
    given: object,
    value: object,
    shadow: Exclude<AnyShadow, { sort: 'bytes' }>,
    holder: object,
    key: Key,
  ): Published | typeof SAME {
    const isOther = value !== shadow.value
    // Another object in the place of the one that was there: from now on the shadow is that one's.
    shadow.value = value
    if (shadow.sort === 'list') return diffList(this, value as unknown[], shadow)
    if (shadow.sort !== 'struct') return diffCollection(this, given, shadow, isOther, holder, key)
    const { shape } = shadow
    if (isOther && isOddFor(value, shape.keys) !== shape.isOdd) return this.reshape(value as Fields, shadow)
    return shape.code.diff(this, value as Fields, shadow)
  }

  escaped(
    value: unknown,
    published: Published,
    type: TypeInfo | undefined,
    holder: object,
    key: Key,
  ): Published | typeof SAME {
    const w = this.writer
    const start = w.position
    writeEscape(w)
    const next = this.change(value, published, type, holder, key)
    if (next === SAME) w.position = start
    return next
  }

  reshape(object: Fields, shadow: StructShadow): Published | typeof SAME {
    const w = this.writer
    const start = w.position
    const next = reshape(this, object, shadow)
    if (next === SAME) w.position = start
    return next
  }
}

/** Whether an object can take the place of the one that a shadow is of, so that only what differs is written. */
function canReplace(value: object, shadow: AnyShadow, type: TypeInfo | undefined): boolean {
  if (type !== undefined && narrow(value, type) === undefined) return false
  if (shadow.sort === 'bytes') return value instanceof Uint8Array
  if (shadow.sort === 'list') return Array.isArray(value) && shadow.type === type?.element
  if (shadow.sort === 'map') return value instanceof Map && shadow.type === type?.element
  return !Array.isArray(value) && !(value instanceof Uint8Array) && !(value instanceof Map) && hasPlainFields(value)
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
