/**
 * The turns of a journal that no image stands for yet, by channel, and which entries of the journal hold none of them any more.
 * Knows nothing of where they are stored.
 */
import type { StoredTurn } from './store.js'

/** An entry of the journal that holds turns which are needed. */
interface LiveRow {
  readonly seq: number
  readonly bytes: number
  readonly turns: LiveTurn[]
  /** How many of them are needed. */
  needed: number
}

interface LiveTurn {
  readonly turn: StoredTurn
  readonly row: LiveRow
  isNeeded: boolean
}

/**
 * How many bytes of turns are copied out of a journal with a commit that has so many itself: more than it adds, so that the journal gets
 * smaller, and never so many that commits wait long for it.
 */
export function carriedBytesMax(commitBytes: number): number {
  return Math.max(CARRIED_BYTES_MIN, 2 * commitBytes)
}

const CARRIED_BYTES_MIN = 64 * 1024

export class LiveTurns {
  readonly #channels = new Map<string, LiveTurn[]>()
  /** In the order of their numbers. */
  readonly #rows = new Map<number, LiveRow>()
  readonly #dead: number[] = []
  #bytes = 0

  /** Bytes of the entries that are needed. */
  get bytes(): number {
    return this.#bytes
  }

  /** Adds an entry of so many bytes, with those of its turns that no image stands for. */
  add(seq: number, bytes: number, turns: readonly StoredTurn[]): void {
    if (turns.length === 0) {
      this.#dead.push(seq)
      return
    }
    const row: LiveRow = { seq, bytes, turns: [], needed: turns.length }
    for (const turn of turns) {
      const live = { turn, row, isNeeded: true }
      row.turns.push(live)
      const known = this.#channels.get(turn.channelId)
      if (known) known.push(live)
      else this.#channels.set(turn.channelId, [live])
    }
    this.#rows.set(seq, row)
    this.#bytes += bytes
  }

  of(channelId: string): StoredTurn[] {
    return (this.#channels.get(channelId) ?? []).map(({ turn }) => turn)
  }

  channelIds(): IterableIterator<string> {
    return this.#channels.keys()
  }

  lastNumber(channelId: string): number | undefined {
    return this.#channels.get(channelId)?.at(-1)?.turn.number
  }

  /** An image stands for the turns up to a number. */
  drop(channelId: string, upTo: number): void {
    const turns = this.#channels.get(channelId)
    if (turns === undefined) return
    const kept = turns.findIndex(({ turn }) => turn.number > upTo)
    const dropped = turns.splice(0, kept < 0 ? turns.length : kept)
    if (turns.length === 0) this.#channels.delete(channelId)
    for (const live of dropped) {
      const { row } = live
      live.isNeeded = false
      if (--row.needed > 0) continue
      this.#rows.delete(row.seq)
      this.#bytes -= row.bytes
      this.#dead.push(row.seq)
    }
  }

  /**
   * The needed turns of the oldest entries, as many entries as are above a number of bytes; no more of them than have so many bytes
   * together, the oldest in any case.
   */
  oldest(bytesMax: number, bytesAtOnceMax: number): StoredTurn[] {
    const turns: StoredTurn[] = []
    let left = this.#bytes
    let bytes = 0
    for (const row of this.#rows.values()) {
      if (left <= bytesMax || bytes >= bytesAtOnceMax) break
      left -= row.bytes
      for (const { turn, isNeeded } of row.turns) {
        if (!isNeeded) continue
        turns.push(turn)
        bytes += turn.bytes.length
      }
    }
    return turns
  }

  /** The numbers of entries that are not needed any more. */
  get dead(): readonly number[] {
    return this.#dead
  }

  /** The first so many of `dead` have been removed. */
  forgetDead(count: number): void {
    this.#dead.splice(0, count)
  }
}
