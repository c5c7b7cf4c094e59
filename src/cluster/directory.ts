/**
 * Who is in a cluster, as its engine says: read now and then, and whenever something is said to have changed. Ends the runs of backs that
 * are gone. Knows no engine and no master.
 */
import type { Clock, Timer } from '../runtime/runtime.js'
import type { ListedBack, PlaceWish } from './cluster.js'
import { MissedBacks } from './missed-backs.js'
import { Placement } from './placement.js'

export interface DirectoryOptions {
  /** Asks the engine. Rejects where it cannot be asked. */
  readonly read: () => Promise<readonly ListedBack[]>
  readonly pollMs: number
  readonly deadMs: number
  readonly leaseMs: number
  readonly clock: Clock
  /** Whether nothing listens at an address, for sure. */
  readonly refuses: (address: string) => Promise<boolean>
  /** Ends a run. */
  readonly seal: (back: ListedBack) => Promise<unknown>
  readonly onError: (error: unknown) => void
}

/** How often a back is looked at of which nobody knows whether it is gone. */
const LOOK_MS = 250

export class Directory {
  backs: readonly ListedBack[] = []
  /** The back of this process, which ends the runs of those that are gone. Null for who only looks, and leaves that to others. */
  self: string | null = null
  readonly #options: DirectoryOptions
  readonly #listeners = new Set<() => void>()
  readonly #missed: MissedBacks
  /** Backs that are being looked at. */
  readonly #looks = new Map<string, Promise<boolean>>()
  #placement = new Placement([])
  #timer: Timer | null = null
  #reading: Promise<void> | null = null
  #isStale = false
  #isStopped = false

  constructor(options: DirectoryOptions) {
    this.#options = options
    this.#missed = new MissedBacks(options)
  }

  ownerOf(channelId: string, wish?: PlaceWish): string | null {
    return this.#placement.ownerOf(channelId, wish)
  }

  /** Resolves when it is known who is there. */
  async follow(onChange: () => void): Promise<{ end(): void }> {
    await this.refresh()
    this.#listeners.add(onChange)
    this.#schedule()
    return {
      end: () => {
        this.#listeners.delete(onChange)
        if (this.#listeners.size === 0) this.#timer?.cancel()
      },
    }
  }

  /** Asks now; where it is being asked already, once more then. */
  refresh(): Promise<void> {
    this.#isStale = true
    return (this.#reading ??= this.#read().finally(() => {
      this.#reading = null
    }))
  }

  /** Something is said to have changed. */
  prod(): void {
    if (!this.#isStopped && this.#listeners.size > 0) this.refresh().catch(this.#options.onError)
  }

  /** Resolves with true once the back's run is over, and with false where the back is there. */
  isGone(backId: string): Promise<boolean> {
    const under = this.#looks.get(backId)
    if (under) return under
    const look = this.#look(backId).finally(() => this.#looks.delete(backId))
    this.#looks.set(backId, look)
    return look
  }

  async #look(backId: string): Promise<boolean> {
    const { clock } = this.#options
    for (;;) {
      await this.refresh()
      const back = this.backs.find(({ id }) => id === backId)
      if (back === undefined) return true
      if (this.#isStopped || this.self === null || this.#missed.signsOf(back, clock.now()) === 'alive') return false
      await new Promise<void>((resolve) => void clock.after(LOOK_MS, resolve))
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  #schedule(): void {
    const { clock, pollMs, onError } = this.#options
    this.#timer?.cancel()
    if (this.#isStopped) return
    this.#timer = clock.after(pollMs, () => {
      void this.refresh()
        .catch(onError)
        .finally(() => {
          if (this.#listeners.size > 0) this.#schedule()
        })
    })
  }

  async #read(): Promise<void> {
    const { clock, read } = this.#options
    while (this.#isStale) {
      this.#isStale = false
      const before = JSON.stringify(this.backs.map(shown))
      try {
        const backs = await read()
        this.#missed.observe(backs, clock.now())
        this.backs = await this.#endGone(backs)
      } catch (error) {
        // Nobody is declared dead while the engine cannot be asked, and counting begins anew.
        this.#missed.forget()
        throw error
      }
      this.#placement = new Placement(this.backs)
      // Moves are told of until they are done: one that follows another at once looks the same.
      const hasMoves = this.backs.some(({ moves }) => moves > 0)
      if (!hasMoves && JSON.stringify(this.backs.map(shown)) === before) continue
      for (const listener of [...this.#listeners]) listener()
    }
  }

  async #endGone(backs: readonly ListedBack[]): Promise<readonly ListedBack[]> {
    if (this.self === null) return backs
    const { clock, refuses, seal } = this.#options
    const gone = new Set<ListedBack>()
    for (const back of backs) {
      if (back.id === this.self) continue
      const signs = this.#missed.signsOf(back, clock.now())
      if (signs !== 'dead' && !(signs === 'free' && (await refuses(back.address)))) continue
      await seal(back)
      gone.add(back)
    }
    return gone.size === 0 ? backs : backs.filter((back) => !gone.has(back))
  }
}

/** What counts as a change: not how much a back has to do. */
function shown(back: ListedBack): object {
  return { ...back, channelCount: 0, isHeld: true, tail: 0 }
}
