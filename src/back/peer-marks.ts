/**
 * How far a channel has come with what other channels sent: the number of the last message of each, so that one that comes again, after
 * the death of either, has no second effect. Knows nothing of sessions.
 */
import type { PeerMark } from '../durable/channel-image.js'
import { CentrumError } from '../protocol/errors.js'
import type { PeerPlace } from '../protocol/peer-place.js'

/** A message that has no outcome yet: those before it come first. */
export class TooEarly extends CentrumError {}

export class PeerMarks {
  readonly #max: number
  /** By the senders' ids; the one that was silent longest first. */
  readonly #serials = new Map<string, number>()
  readonly #changed = new Set<string>()

  /** Of so many senders. */
  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#serials.size
  }

  /** Whether the message has had its effect. Throws a `TooEarly` where one before it has not come. */
  isDone(sender: string, { serial, after }: PeerPlace): boolean {
    const last = this.#serials.get(sender) ?? 0
    if (serial <= last) return true
    if (after <= last) return false
    throw new TooEarly('gap', `message ${serial} of '${sender}' came before its message ${after}`)
  }

  /** The message has its outcome. */
  advance(sender: string, serial: number): void {
    if (serial <= (this.#serials.get(sender) ?? 0)) return
    this.#put(sender, serial)
    this.#changed.add(sender)
  }

  #put(sender: string, serial: number): void {
    this.#serials.delete(sender)
    this.#serials.set(sender, serial)
    for (const silent of this.#serials.keys()) {
      if (this.#serials.size <= this.#max) return
      this.#serials.delete(silent)
    }
  }

  /** Those that moved since the last call. */
  takeChanges(): readonly PeerMark[] {
    if (this.#changed.size === 0) return []
    const changed = [...this.#changed].flatMap((sender) => {
      const serial = this.#serials.get(sender)
      return serial === undefined ? [] : { sender, serial }
    })
    this.#changed.clear()
    return changed
  }

  toImage(): PeerMark[] {
    return [...this.#serials].map(([sender, serial]) => ({ sender, serial }))
  }

  restore(marks: readonly PeerMark[]): void {
    for (const { sender, serial } of marks) this.#put(sender, serial)
  }
}
