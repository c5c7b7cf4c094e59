/**
 * Which entries of a large record are attached to their rows. One that has just come is **young**: it is an ordinary object, and
 * compared in every patch. When it has stayed for a while it is attached, and known to change without being looked at. One that
 * cannot be attached (frozen, with getters, or also in another large record) is a **stranger**, and looked at when it is handed out.
 */
import { attach, type AttachCode, attachCode } from './attach.js'
import { NONE, type RowShadow, YOUNG } from './rows.js'
import { type Fields, isStruct, Stamp } from './shadow.js'
import type { TrackedRecord } from './tracked-record.js'
import { isElsewhere, stampEntry } from './twins.js'

/** How many are attached at most in one patch: it costs about two microseconds each. */
const ATTACHED_MAX = 512
/** How many strangers are asked at once whether they still are. */
const ASKED_MAX = 64

export class Attachments {
  readonly #record: TrackedRecord
  #code: AttachCode | undefined
  /** The slots that came since `grow` was called last, and those before them that are not attached yet. */
  #young: number[] = []
  #old: number[] = []
  /** How often the young have become old, and at which of these times the entry of each slot came. */
  #time = 0
  readonly #births: number[] = []
  readonly #strangers = new Set<number>()

  constructor(record: TrackedRecord) {
    this.#record = record
  }

  get hasYoung(): boolean {
    return this.#young.length > 0 || this.#old.length > 0
  }

  get hasStrangers(): boolean {
    return this.#strangers.size > 0
  }

  /** A new entry, or another object in its place. Whether it is young; if not, it is to be stamped. */
  came(slot: number): boolean {
    const row = this.#rowOf(slot)
    // It may have been in another large record, with the whole of which it came here.
    row?.rows.detach(slot)
    if (row !== undefined && this.#isFree(row)) {
      this.#bear(row, slot)
      return true
    }
    if (row !== undefined) row.rows.status[slot] = NONE
    this.#strangers.add(slot)
    return false
  }

  #bear(row: RowShadow, slot: number): void {
    row.rows.status[slot] = YOUNG
    while (this.#births.length <= slot) this.#births.push(-1)
    // So that each slot is among them once.
    if (this.#births[slot] === this.#time) return
    this.#births[slot] = this.#time
    this.#young.push(slot)
  }

  /** Whether what happens to an entry is found without its being handed out. */
  isWatched(slot: number): boolean {
    return !this.#strangers.has(slot)
  }

  went(slot: number): void {
    this.#strangers.delete(slot)
  }

  clear(): void {
    this.#young.length = this.#old.length = this.#births.length = 0
    this.#strangers.clear()
  }

  /** Whether an object is in no other large record; and one that once was in any must have been attached there. */
  #isFree(row: RowShadow): boolean {
    if (!Stamp.isOn(row.value)) return true
    if (isElsewhere(row)) return false
    this.#code ??= attachCode(row.shape)
    return this.#code.rowsOf(row.value) !== undefined
  }

  /** Before a comparison: all that are young are looked at. */
  prepare(): void {
    const { due, shadow } = this.#record
    const status = shadow.rows?.status
    if (status === undefined) return
    for (const slots of [this.#young, this.#old]) {
      for (let i = 0; i < slots.length; i++) {
        const slot = slots[i] as number
        if (status[slot] === YOUNG) due.watch(slot)
      }
    }
  }

  /** Behind a comparison, now and then: attaches those that have been there for a while. */
  grow(): void {
    for (const slot of [...this.#strangers].slice(0, ASKED_MAX)) this.#ask(slot)
    for (let attached = 0; attached < ATTACHED_MAX && this.#old.length > 0;) {
      if (this.#attach(this.#old.pop() as number)) attached++
    }
    if (this.#old.length > 0) return
    this.#old = this.#young
    this.#young = []
    this.#time++
  }

  #ask(slot: number): void {
    const row = this.#rowOf(slot)
    this.#strangers.delete(slot)
    if (row === undefined || !this.#isFree(row)) this.#strangers.add(slot)
    else this.#bear(row, slot)
  }

  #rowOf(slot: number): RowShadow | undefined {
    const entry = this.#record.shadow.values[slot]
    return entry !== undefined && isStruct(entry) && entry.rows !== undefined ? entry : undefined
  }

  /** Whether that was tried. */
  #attach(slot: number): boolean {
    const row = this.#rowOf(slot)
    // Slots are used again: one that came since is among the young by itself.
    if (row === undefined || row.rows.status[slot] !== YOUNG || this.#births[slot] === this.#time) return false
    const object = row.value as Fields
    if (this.#isFree(row)) {
      // Changed since: the next patch finds it first.
      if (!isPublished(object, row)) {
        this.#bear(row, slot)
        return true
      }
      this.#code ??= attachCode(row.shape)
      if (attach(object, this.#code, row.rows, slot)) {
        row.rows.attached(slot, row.shape, this.#code)
        stampEntry(row)
        Object.preventExtensions(object)
        return true
      }
    }
    row.rows.status[slot] = NONE
    this.#strangers.add(slot)
    stampEntry(row)
    return true
  }
}

function isPublished(object: Fields, row: RowShadow): boolean {
  const { keys } = row.shape
  for (let i = 0; i < keys.length; i++) if (!Object.is(object[keys[i] as string], row.get(i))) return false
  return true
}
