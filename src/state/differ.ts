/**
 * Finds what changed in a state since it was published, and writes it. One comparison has two halves: the first writes and
 * touches no shadow, so that it can fail (something is not a value) and leave everything as it was; the second, `commit`,
 * takes what was written over into the shadows.
 */
import { hasPlainFields } from '../value/encode-error.js'
import { LEAD, VALUE_DEPTH_MAX } from '../value/value.js'
import { diffList } from './diff-list.js'
import { diffRecord } from './diff-record.js'
import { diffTracked } from './diff-tracked.js'
import { REFUSED } from './refused.js'
import { reshape } from './reshape.js'
import {
  type AnyShadow,
  type Fields,
  isShadow,
  isStruct,
  type Primitive,
  ProxyMark,
  type Published,
  type RecordShadow,
  SAME,
  samePrimitive,
  sealEntry,
  type Shadow,
  Stamp,
  type StructShadow,
} from './shadow.js'
import { diffStruct } from './shape-code-general.js'
import { ShapeTable } from './shape.js'
import { ESCAPE_LOW, NAN_HIGH } from './state-format.js'
import { StateWriter } from './state-writer.js'
import type { TypeInfo } from './type-info.js'
import type { TrackedRecord } from './tracked-record.js'
import { stampEntry } from './twins.js'
import { UndoLog } from './undo-log.js'
import { writeNew } from './write-new.js'

/** A record is tracked from this many entries on; smaller ones are compared as a whole, which is as fast. */
export const TRACKED_ENTRIES_MIN = 24

export class Differ {
  readonly writer = new StateWriter()
  readonly shapes = new ShapeTable()
  /** What fields of structs held before this comparison. */
  readonly log = new UndoLog()
  /** All tracked records of the state. */
  tracked: TrackedRecord[] = []
  /** The containers that are being written anew, outermost first: a cycle shows as one that is its own ancestor. */
  readonly ancestors: object[] = []
  /** What `commit` does. */
  readonly #commits: (() => void)[] = []
  /** The same for what came: behind all that went, because it may have been somewhere else before. */
  readonly #arrivals: (() => void)[] = []
  #depth = 0
  #announcedBefore = 0
  /** Counts comparisons; each tracked record has that of the last one that looked at it. */
  comparison = 0
  /** What is published. */
  published: Published = undefined
  /** How often the keys of an object became a set that was not known: after a few it is taken for a record. */
  readonly novelties = new WeakMap<object, number>()
  /** How many tracked records want to be asked before each comparison what they watch. */
  watches = 0
  /** Whether a record is large enough to be tracked and is not, or one that was tracked may be gone. */
  wantsPlacing = false
  /** Whether something was marked during the comparison, so that there is another to be made. */
  hasAgain = false

  begin(): void {
    this.comparison = (this.comparison + 1) | 0
    this.writer.begin()
    this.hasAgain = false
    const { tracked } = this
    for (let i = 0; i < tracked.length; i++) {
      const record = tracked[i] as TrackedRecord
      if (record.handedCount > 0) record.markHanded()
    }
    this.#announcedBefore = this.shapes.announced.length
    this.#depth = 0
  }

  /** After a failure: what was written is void, and what was visited is looked at again by the next comparison. */
  rollBack(): void {
    this.shapes.forget(this.#announcedBefore)
    this.#depth = 0
    for (const record of this.tracked) if (record.comparison === this.comparison) record.failed()
    // Behind the rows: a field of a row that is in the log too was changed by both.
    this.log.takeBack()
    this.#commits.length = 0
    this.#arrivals.length = 0
    this.ancestors.length = 0
  }

  commit(): void {
    if (this.log.count > 0) this.log.forget()
    if (this.#commits.length > 0) runAll(this.#commits)
    if (this.#arrivals.length > 0) runAll(this.#arrivals)
  }

  later(commit: () => void): void {
    this.#commits.push(commit)
  }

  onArrival(commit: () => void): void {
    this.#arrivals.push(commit)
  }

  /** Remembers that there is a record large enough to be tracked. */
  noticeSize(shadow: RecordShadow): void {
    if (shadow.tracked === undefined && shadow.isTrackable && shadow.slots.size >= TRACKED_ENTRIES_MIN) {
      this.wantsPlacing = true
    }
  }

  refuse(): never {
    throw REFUSED
  }

  enter(): void {
    if (++this.#depth > VALUE_DEPTH_MAX) throw REFUSED
  }

  leave(): void {
    this.#depth--
  }

  /**
   * Writes what makes `value` of what was published at the same place: its change if both are containers of a sort, else
   * the value. Gives what is published then; `SAME`, and nothing is written, if nothing changed.
   */
  change(value: unknown, published: Published, type: TypeInfo | undefined): Published | typeof SAME {
    if (!isShadow(published)) return samePrimitive(value, published) ? SAME : writeNew(this, value, type)
    const { tracked } = published
    if (tracked !== undefined && tracked.proxy === value) return diffTracked(this, tracked)
    if (typeof value === 'object' && value !== null) {
      const next = this.#changeContainer(value, published, type)
      if (next !== undefined) return next
    }
    // A change of nothing says that the value is replaced.
    const zeros = published.sort === 'struct' ? published.shape.maskBytes : 1
    for (let i = 0; i < zeros; i++) this.writer.byte(0)
    return writeNew(this, value, type)
  }

  /** The same for a large record that is still where it was. */
  changeTracked(tracked: TrackedRecord): Published | typeof SAME {
    return diffTracked(this, tracked)
  }

  /** The change of the whole state. */
  changeRoot(state: unknown, type: TypeInfo | undefined): Published | typeof SAME {
    const { published } = this
    if (!isStruct(published) || published.rows !== undefined || published.value !== state) {
      return this.change(state, published, type)
    }
    this.#depth = 1
    return published.shape.code.diff(this, state as Fields, published)
  }

  /** The change of a struct that is still made of the same object. */
  changeStruct(shadow: StructShadow): Published | typeof SAME {
    this.#depth++
    const next = diffStruct(this, shadow.value as Fields, shadow)
    this.#depth--
    return next
  }

  /** The change within a container, or undefined if `value` is of another sort. */
  #changeContainer(given: object, shadow: AnyShadow, type: TypeInfo | undefined): Published | typeof SAME | undefined {
    const value = ProxyMark.get(given)?.target ?? given
    let next: Published | typeof SAME
    if (value !== shadow.value && !this.#canReplace(value, shadow, type)) return undefined
    if (shadow.sort === 'bytes') return equalBytes(value as Uint8Array, shadow.copy) ? SAME : undefined
    this.#moved(value, shadow)
    this.enter()
    if (shadow.sort === 'struct') next = diffStruct(this, value as Fields, shadow)
    else if (shadow.sort === 'record') next = diffRecord(this, value as Fields, shadow)
    else next = diffList(this, value as unknown[], shadow)
    this.leave()
    if (next !== SAME) this.markElsewhere(value, shadow)
    return next
  }

  /** Another object in the place of the one that was there: from now on the shadow is that one's. */
  #moved(value: object, shadow: AnyShadow): void {
    if (shadow.value !== value) {
      if (shadow.sort === 'record') {
        if (shadow.tracked) this.wantsPlacing = true
        shadow.tracked = undefined
        shadow.isTrackable = true
        this.noticeSize(shadow)
      }
      const { home } = shadow
      home?.unstamp(shadow)
      shadow.value = value
      if (isStruct(shadow)) shadow.rows?.replace(shadow.slot, value)
      shadow.home = home
      if (home) stampEntry(shadow)
      home?.watch(shadow.slot)
    }
  }

  #canReplace(value: object, shadow: AnyShadow, type: TypeInfo | undefined): boolean {
    if (shadow.sort === 'bytes') return value instanceof Uint8Array
    if (shadow.sort === 'list') return Array.isArray(value) && shadow.type === type?.element
    if (Array.isArray(value) || value instanceof Uint8Array || !hasPlainFields(value)) return false
    return !isStruct(shadow) || shadow.rows === undefined || !shadow.shape.isSealed || sealEntry(value, shadow)
  }

  /** An object that is also an entry of a tracked record changed where it was found: the entry is to be looked at too. */
  markElsewhere(value: object, shadow: Shadow): void {
    for (let home = Stamp.get(value); home !== undefined; home = home.twin) {
      if (home === shadow || !home.home) continue
      const { home: record, slot } = home
      this.later(() => record.mark(slot))
      this.hasAgain = true
    }
  }

  /** As `change`, for a field of the kind `f64` that holds, or held, something else than a number. */
  escaped(value: unknown, published: Published, type: TypeInfo | undefined): Published | typeof SAME {
    const w = this.writer
    const start = w.position
    w.view.setUint32(start, ESCAPE_LOW, true)
    w.view.setUint32(start + 4, NAN_HIGH, true)
    w.position += 8
    w.ensure(0)
    const next = this.change(value, published, type)
    if (next === SAME) w.position = start
    return next
  }

  /** A struct whose keys are no longer those of its shape. */
  reshape(object: Fields, shadow: StructShadow): Published | typeof SAME {
    const w = this.writer
    const start = w.position
    const next = reshape(this, object, shadow)
    if (next === SAME) w.position = start
    return next
  }

  /** The same for an entry of a tracked record. Whether anything changed. */
  reshapeEntry(record: TrackedRecord, slot: number, distance: number): boolean {
    const shadow = record.shadow.values[slot] as StructShadow
    const w = this.writer
    const start = w.position
    w.uvarint(distance)
    this.enter()
    const next = reshape(this, shadow.value as Fields, shadow)
    this.leave()
    if (next === SAME) w.position = start
    else if (next !== shadow) record.replace(slot, shadow, next)
    return next !== SAME
  }

  /** Writes a primitive. */
  primitive(value: unknown): Primitive {
    const w = this.writer
    switch (typeof value) {
      case 'number':
        w.number(value)
        return value
      case 'string':
        w.text(value)
        return value
      case 'boolean':
        w.byte(value ? LEAD.true : LEAD.false)
        return value
      case 'undefined':
        w.byte(LEAD.undefined)
        return value
      default:
        if (value !== null) throw REFUSED
        w.byte(LEAD.null)
        return value
    }
  }
}

function runAll(commits: (() => void)[]): void {
  for (let i = 0; i < commits.length; i++) commits[i]?.()
  commits.length = 0
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
