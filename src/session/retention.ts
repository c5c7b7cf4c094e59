/**
 * What one link has sent and the channel has not yet acknowledged: numbered without gaps from 1, kept in order, bounded.
 * Knows nothing of connections; whoever holds it hands entries out, and replays them after a break.
 */
import { CentrumError } from '../protocol/errors.js'
import { ENTRY, type EntryKind } from '../protocol/frame-types.js'
import { type Entry, makeVoid } from '../protocol/link-frames.js'

export interface RetentionLimits {
  /** How many messages and requests one link keeps until they are acknowledged. At it, sending throws `buffer-full`. */
  readonly retainedEntriesMax: number
  /** The bytes of all of them together. At it, sending throws `buffer-full`. */
  readonly retainedBytesMax: number
}

export const RETENTION_LIMITS: RetentionLimits = { retainedEntriesMax: 4096, retainedBytesMax: 4 * 1024 * 1024 }

/** Trimmed entries are cut off the front of the array only when there are this many, since that moves all the others. */
const TRIMMED_MAX = 256

export class Retention {
  readonly #limits: RetentionLimits
  readonly #channelId: string
  /** Entries by `n - #first`; those before `#head` are trimmed. */
  #entries: Entry[] = []
  #first = 1
  #head = 0
  #bytes = 0

  constructor(channelId: string, limits: RetentionLimits = RETENTION_LIMITS) {
    this.#channelId = channelId
    this.#limits = limits
  }

  /** The last n that was given out; 0 before the first. */
  get last(): number {
    return this.#first + this.#entries.length - 1
  }

  get count(): number {
    return this.#entries.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * Numbers an entry and keeps it. What steers the link (unlink, take, release) always fits: there are few of them, and
   * a link whose buffer is full must still be able to end.
   * @throws CentrumError `buffer-full`; then nothing was numbered.
   */
  add(kind: EntryKind, body: Uint8Array): Entry {
    if (kind === ENTRY.message || kind === ENTRY.request) this.#expectRoom(body.length)
    const entry = { n: this.last + 1, kind, body }
    this.#entries.push(entry)
    this.#bytes += body.length
    return entry
  }

  /** Makes an entry that has no outcome yet a void: should it have to be sent again, it has no effect. False if it is gone. */
  withdraw(n: number): boolean {
    const at = n - this.#first
    const entry = this.#entries[at]
    if (entry === undefined || at < this.#head) return false
    this.#bytes -= entry.body.length
    const body = makeVoid('withdrawn')
    this.#bytes += body.length
    this.#entries[at] = { n, kind: ENTRY.void, body }
    return true
  }

  /** Forgets everything up to n: it has its outcome. */
  trim(n: number): void {
    const end = Math.min(n - this.#first + 1, this.#entries.length)
    for (; this.#head < end; this.#head++) this.#bytes -= this.#entries[this.#head]?.body.length ?? 0
    if (this.#head < TRIMMED_MAX && this.#head < this.#entries.length) return
    this.#entries.splice(0, this.#head)
    this.#first += this.#head
    this.#head = 0
  }

  /** What is kept above n, in order. */
  above(n: number): readonly Entry[] {
    return this.#entries.slice(Math.max(n - this.#first + 1, this.#head))
  }

  /** Gives back all that is kept, in order, and begins again with n = 1. */
  restart(): readonly Entry[] {
    const kept = this.#entries.slice(this.#head)
    this.#entries = []
    this.#first = 1
    this.#head = 0
    this.#bytes = 0
    return kept
  }

  #expectRoom(bytes: number): void {
    const { retainedEntriesMax, retainedBytesMax } = this.#limits
    if (this.count >= retainedEntriesMax) {
      throw new CentrumError(
        'buffer-full',
        `${this.count} messages to '${this.#channelId}' are not acknowledged yet, the limit is ${retainedEntriesMax}. Send less often, or wait until some are acknowledged.`,
      )
    }
    if (this.#bytes + bytes > retainedBytesMax) {
      throw new CentrumError(
        'buffer-full',
        `${this.#bytes} bytes of messages to '${this.#channelId}' are not acknowledged yet, and ${bytes} more would exceed the limit of ${retainedBytesMax}. Send less, or wait until some are acknowledged.`,
      )
    }
  }
}
