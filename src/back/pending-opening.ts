/**
 * A channel that is not open yet, and what waits for it: tasks, and calls of `open()`. Its origin may be
 * unknown for a while: a claim, or a restore. Knows nothing of turns.
 */
import type { Migrate } from '../channel/channel-contract.js'
import type { Restored } from '../channel/context.js'
import type { CentrumError } from '../protocol/errors.js'
import type { Origin } from '../protocol/origin.js'
import type { ChannelImage } from '../durable/channel-image.js'
import type { VersionedTurn } from '../durable/stored-history.js'
import type { Ending, Task } from './tasks.js'
import type { Trial } from './trial.js'

/** What a channel begins with: the epoch of this ownership, and a new history or the image of an earlier one. */
export interface Opening {
  readonly epoch: number
  readonly origin: Origin
  /** As of the last turn; `state` is as of the first of `turns`, where there are any. */
  readonly image?: ChannelImage
  readonly turns?: readonly VersionedTurn[]
  /** What leads from the image's keyframe of the memory to it. */
  readonly memoryPatches?: readonly Uint8Array[]
  /** What `migrate` made of state and memory: the first turn changes them into it. */
  readonly migrated?: ReturnType<Migrate>
  /** Where the last owner died: what its handlers do is watched. */
  readonly trial?: Trial
  /** How old the image is where what came behind it is lost, in milliseconds. */
  readonly imageAgeMs?: number
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
  ending: { readonly ending: Ending; readonly keepsSessions: boolean } | null = null
  readonly tasks: Task[] = []
  readonly #waiters: Waiter[] = []
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

  /** Resolves when the channel is open; rejects where it could not open. */
  whenOpen(): Promise<void> {
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }))
  }

  /** It is open, or could not open. */
  settle(error: CentrumError | null = null): void {
    for (const { resolve, reject } of this.#waiters.splice(0)) {
      if (error) reject(error)
      else resolve()
    }
  }
}
