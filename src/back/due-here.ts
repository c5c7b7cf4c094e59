/**
 * Channels without an owner that are to be woken, as one of several backs sees them: those that are placed at others are left to them for a
 * while, so that not all of them claim the same. Knows nothing of how they are opened.
 */
import type { DueChannel, Journal } from '../store/store.js'

/** How long the back at which a channel is placed has for it before all others try. */
const LATER_MS = 2_000

export class DueHere {
  readonly #journal: Pick<Journal, 'due'>
  readonly #isPlacedHere: (channelId: string) => boolean
  /** When channels of others were seen to be due for the first time. */
  #seen = new Map<string, number>()

  constructor(journal: Pick<Journal, 'due'>, isPlacedHere: (channelId: string) => boolean) {
    this.#journal = journal
    this.#isPlacedHere = isPlacedHere
  }

  /** The earliest first, those of others as late as this back may open them. */
  async due(now: number, by: number, limit: number): Promise<readonly DueChannel[]> {
    const seen = new Map<string, number>()
    const due = (await this.#journal.due(by, limit)).map((each) => {
      const { channelId, dueAt } = each
      if (this.#isPlacedHere(channelId)) return each
      const since = this.#seen.get(channelId) ?? Math.max(now, dueAt)
      seen.set(channelId, since)
      return { channelId, dueAt: since + LATER_MS }
    })
    this.#seen = seen
    return due.sort((a, b) => a.dueAt - b.dueAt)
  }
}
