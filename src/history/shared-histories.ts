/** Histories that the backs of a process lend to its fronts, so that each turn is kept once. Knows nothing of either. */
import type { History } from './history.js'

export class SharedHistories {
  readonly #lent = new Map<string, History>()

  lend(backId: string, channelId: string, history: History): void {
    this.#lent.set(keyOf(backId, channelId), history)
  }

  /** The channel is closed. Those that still look at the history keep it. */
  takeBack(backId: string, channelId: string): void {
    this.#lent.delete(keyOf(backId, channelId))
  }

  of(backId: string, channelId: string): History | null {
    return this.#lent.get(keyOf(backId, channelId)) ?? null
  }
}

function keyOf(backId: string, channelId: string): string {
  return `${backId}\n${channelId}`
}
