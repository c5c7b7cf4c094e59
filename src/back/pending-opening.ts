/**
 * A channel that is not open yet, and what waits for it: tasks, and calls of `open()`. Its origin may be
 * unknown for a while: a claim, or a restore. Knows nothing of turns.
 */
import type { Restored } from '../channel/context.js'
import type { CentrumError } from '../protocol/errors.js'
import type { Origin } from '../protocol/origin.js'
import type { ChannelImage } from './channel-image.js'
import type { Ending, Task } from './tasks.js'

/** What a channel begins with: the epoch of this ownership, and a new history or the image of an earlier one. */
export interface Opening {
  readonly epoch: number
  readonly origin: Origin
  readonly image?: ChannelImage
}

export type OpeningStep =
  /** The origin is not known yet. */
  | { readonly at: 'claim' }
  | { readonly at: 'claimed'; readonly restored: Restored | null }
  /** `onOpen` or `onRestore` runs. */
  | { readonly at: 'begun' }
  /** It has settled; its turn ends. */
  | { readonly at: 'opened' }
  /** The outcome of that turn is not released yet. */
  | { readonly at: 'committing' }
  | { readonly at: 'failed'; readonly error: CentrumError }

interface Waiter {
  resolve(): void
  reject(error: Error): void
}

export class PendingOpening {
  step: OpeningStep = { at: 'claim' }
  /** It closes as soon as it is open. */
  ending: Ending | null = null
  readonly tasks: Task[] = []
  /** Calls that wait for the channel to be open. */
  readonly waiters: Waiter[] = []
  #epochSeen: number

  /** `epochSeen`: the greatest epoch that a front has seen of the channel, 0 for none. */
  constructor(epochSeen: number) {
    this.#epochSeen = epochSeen
  }

  get epochSeen(): number {
    return this.#epochSeen
  }

  seenIn(epoch: number): void {
    this.#epochSeen = Math.max(this.#epochSeen, epoch)
  }
}
