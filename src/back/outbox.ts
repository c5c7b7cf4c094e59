/**
 * What a channel has sent to others, until each message has its outcome: stored with the turn that sent it, so that a later owner sends
 * it again. Each has a number, by which its receiver tells a repetition. Knows nothing of links.
 */
import type { OutboxEntry } from '../durable/channel-image.js'
import { CentrumError } from '../protocol/errors.js'

/** What a turn changed. */
export interface OutboxChanges {
  readonly added: readonly OutboxEntry[]
  /** The numbers of those that have their outcome. */
  readonly removed: readonly number[]
}

export interface OutboxLimits {
  readonly peerMessagesQueuedMax: number
  readonly peerBytesQueuedMax: number
}

const NO_CHANGES: OutboxChanges = { added: [], removed: [] }

export class Outbox {
  readonly #limits: OutboxLimits
  readonly #entries = new Map<number, OutboxEntry>()
  #added: OutboxEntry[] = []
  #removed: number[] = []
  #bytes = 0
  #serial = 0

  constructor(limits: OutboxLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#entries.size
  }

  /** The number that was given last. */
  get serial(): number {
    return this.#serial
  }

  /** Takes a message in. Throws `overflow` at its limits. */
  add(message: Omit<OutboxEntry, 'serial'>): OutboxEntry {
    const { peerMessagesQueuedMax, peerBytesQueuedMax } = this.#limits
    const bytes = this.#bytes + message.payload.length
    if (this.size >= peerMessagesQueuedMax || bytes > peerBytesQueuedMax) {
      throw new CentrumError(
        'overflow',
        `${this.size} messages (${this.#bytes} bytes) of this channel have no outcome yet, so that one of ${message.payload.length} bytes to '${message.to}' is too much: the limits are ${peerMessagesQueuedMax} (peerMessagesQueuedMax) and ${peerBytesQueuedMax} bytes (peerBytesQueuedMax). Send less at once.`,
      )
    }
    const entry = { serial: ++this.#serial, ...message }
    this.#bytes = bytes
    this.#entries.set(entry.serial, entry)
    this.#added.push(entry)
    return entry
  }

  /** A message has its outcome. */
  settle(serial: number): void {
    const entry = this.#entries.get(serial)
    if (entry === undefined) return
    this.#entries.delete(serial)
    this.#bytes -= entry.payload.length
    this.#removed.push(serial)
  }

  /** What changed since the last call. */
  takeChanges(): OutboxChanges {
    if (this.#added.length + this.#removed.length === 0) return NO_CHANGES
    const changes = { added: this.#added, removed: this.#removed }
    this.#added = []
    this.#removed = []
    return changes
  }

  toImage(): OutboxEntry[] {
    return [...this.#entries.values()]
  }

  restore(entries: readonly OutboxEntry[], serial: number): void {
    for (const entry of entries) {
      this.#entries.set(entry.serial, entry)
      this.#bytes += entry.payload.length
    }
    this.#serial = serial
  }
}
