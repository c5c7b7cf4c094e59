/**
 * The turns of a journal that no image stands for yet, by channel, and which entries of the journal hold none of them any more.
 * Knows nothing of where they are stored.
 */
import { decodeJournalRow } from './journal-row.js'
import type { StoredTurn } from './store.js'

/** An entry of the journal that holds turns which are needed. */
interface LiveRow {
  readonly seq: number
  readonly bytes: number
  /** How many turns are needed. */
  turns: number
}

interface LiveTurn {
  readonly turn: StoredTurn
  readonly row: LiveRow
}

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

  /** Adds an entry. `isNeeded` says of a turn whether no image stands for it. */
  add(seq: number, bytes: Uint8Array, where: string, isNeeded?: (turn: StoredTurn) => boolean): void {
    const row: LiveRow = { seq, bytes: bytes.length, turns: 0 }
    for (const turn of decodeJournalRow(bytes, where)) {
      if (isNeeded?.(turn) === false) continue
      row.turns++
      const known = this.#channels.get(turn.channelId)
      if (known) known.push({ turn, row })
      else this.#channels.set(turn.channelId, [{ turn, row }])
    }
    if (row.turns === 0) {
      this.#dead.push(seq)
      return
    }
    this.#rows.set(seq, row)
    this.#bytes += row.bytes
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
    for (const { row } of dropped) {
      if (--row.turns > 0) continue
      this.#rows.delete(row.seq)
      this.#bytes -= row.bytes
      this.#dead.push(row.seq)
    }
  }

  /** The needed turns of the oldest entries, as many entries as are above a number of bytes. */
  oldest(bytesMax: number): StoredTurn[] {
    const rows = new Set<LiveRow>()
    let left = this.#bytes
    for (const row of this.#rows.values()) {
      if (left <= bytesMax) break
      left -= row.bytes
      rows.add(row)
    }
    if (rows.size === 0) return []
    return [...this.#channels.values()].flatMap((turns) =>
      turns.flatMap(({ turn, row }) => (rows.has(row) ? [turn] : [])),
    )
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
