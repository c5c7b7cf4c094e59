/**
 * Stores what the channels of a back bring: one commit is under way at a time, and what comes meanwhile goes with the next. A commit is
 * never given up: it is stored, or the journal is another's. Knows nothing of what the bytes mean.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Clock, Log, Timer } from '../runtime/runtime.js'
import type { Appended, Commit, Journal, ReleasedChannel, StoredImage, StoredTurn } from '../store/store.js'
import type { DurableLimits } from './durable-limits.js'

/** What one turn of one channel adds to a commit. */
export interface CommitPart {
  readonly turn?: StoredTurn
  readonly image?: StoredImage
  readonly released?: ReleasedChannel
  readonly succeeded?: Commit['succeeded']
  readonly handled?: Commit['handled']
  /** It is stored, or never will be, because the journal is lost. */
  settled(isStored: boolean): void
}

/** What the loop asks of its back. */
export interface CommitHost {
  readonly clock: Clock
  readonly log: Log
  readonly limits: Pick<DurableLimits, 'commitMsMax' | 'commitStallMs' | 'storeRetryMs'>
  /** The store takes nothing, or takes long. Called once, until `recovered`. */
  stalled(error: CentrumError): void
  /** It has taken the commit, and what waited for that is done. */
  recovered(): void
  /** A commit was stored. */
  stored(): void
  /** Another run has the journal: nothing of this one is stored any more. */
  fenced(error: CentrumError): void
}

/** What was done so far. */
export interface CommitCounts {
  commits: number
  turns: number
  images: number
  bytes: number
  undecided: number
  failed: number
}

type State =
  | { readonly state: 'idle' }
  | { readonly state: 'committing'; readonly sinceMs: number }
  | { readonly state: 'frozen'; readonly sinceMs: number; readonly error: CentrumError }
  | { readonly state: 'fenced'; readonly error: CentrumError }

export class CommitLoop {
  readonly counts: CommitCounts = { commits: 0, turns: 0, images: 0, bytes: 0, undecided: 0, failed: 0 }
  readonly #journal: Journal
  readonly #host: CommitHost
  #seq: number
  #state: State = { state: 'idle' }
  #waiting: CommitPart[] = []
  #drained: (() => void)[] = []
  /** Why the host was told that the store stalls, and since when it does; null where it was not. */
  #stall: { readonly error: CentrumError; readonly sinceMs: number } | null = null
  #provenAt: number
  #beat: Timer | null = null

  constructor(journal: Journal, host: CommitHost) {
    this.#journal = journal
    this.#host = host
    this.#seq = journal.lastSeq
    this.#provenAt = host.clock.now()
  }

  /** When a commit was begun that was stored since: by then nobody had taken the journal. */
  get provenAt(): number {
    return this.#provenAt
  }

  /** Stores an empty commit so often where there is nothing else, so that others see that the back is there. */
  beat(everyMs: number): void {
    this.#beat = this.#host.clock.after(everyMs, () => {
      if (this.#state.state === 'idle') this.add({ settled: () => undefined })
      this.beat(everyMs)
    })
  }

  stopBeat(): void {
    this.#beat?.cancel()
  }

  /** For how long what is not stored yet has waited, at most: 0 where all is. */
  get lagMs(): number {
    const state = this.#state
    return 'sinceMs' in state ? this.#host.clock.now() - state.sinceMs : 0
  }

  /** Why nothing is stored for now, or any more; null where all is well. */
  get trouble(): CentrumError | null {
    return 'error' in this.#state ? this.#state.error : null
  }

  /** The same, also where a commit takes long. */
  get stalled(): CentrumError | null {
    return this.trouble ?? this.#stall?.error ?? null
  }

  get isFenced(): boolean {
    return this.#state.state === 'fenced'
  }

  add(part: CommitPart): void {
    if (this.isFenced) return part.settled(false)
    this.#waiting.push(part)
    if (this.#state.state !== 'idle') return
    this.#state = { state: 'committing', sinceMs: this.#host.clock.now() }
    // Behind all turns of this macrotask, so that they go together.
    void Promise.resolve().then(() => this.#run())
  }

  /** Resolves when all that was added is stored, or the journal is lost. */
  drained(): Promise<void> {
    if (this.#state.state === 'idle' || this.isFenced) return Promise.resolve()
    return new Promise((resolve) => this.#drained.push(resolve))
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const parts = this.#waiting
      this.#waiting = []
      const isStored = await this.#store(commitOf(++this.#seq, parts))
      for (const part of parts) part.settled(isStored)
      if (!isStored) return this.#lost()
      this.#recover()
      if (this.#waiting.length > 0) this.#state = { state: 'committing', sinceMs: this.#host.clock.now() }
    }
    this.#state = { state: 'idle' }
    this.#resolveDrained()
  }

  #lost(): void {
    for (const part of this.#waiting.splice(0)) part.settled(false)
    this.#resolveDrained()
  }

  #resolveDrained(): void {
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  /** False where the journal is another's. */
  async #store(commit: Commit): Promise<boolean> {
    for (;;) {
      const begunAt = this.#host.clock.now()
      const appended = await this.#append(commit)
      switch (appended.outcome) {
        case 'stored':
          this.#provenAt = begunAt
          this.#count(commit)
          this.#host.stored()
          return true
        case 'fenced':
          this.#state = { state: 'fenced', error: appended.error }
          this.stopBeat()
          this.#host.fenced(appended.error)
          return false
        case 'undecided':
          // The same commit again: it takes part once, whatever became of it.
          this.counts.undecided++
          break
        case 'failed':
          this.counts.failed++
      }
      this.#freeze(commit, appended)
      await this.#pause()
    }
  }

  /** A store that does not answer within `commitMsMax` is asked again. */
  #append(commit: Commit): Promise<Appended> {
    const { clock, limits } = this.#host
    const { commitMsMax, commitStallMs } = limits
    let timer: Timer | null = null
    const late = new Promise<Appended>((resolve) => {
      const giveUp = (): void => resolve({ outcome: 'undecided', error: unanswered(commitMsMax, 'commitMsMax') })
      timer = clock.after(Math.min(commitStallMs, commitMsMax), () => {
        this.#tell(commit, 'slow', unanswered(commitStallMs, 'commitStallMs'))
        timer = clock.after(Math.max(0, commitMsMax - commitStallMs), giveUp)
      })
    })
    const append = this.#journal.append(commit).then((appended) => {
      timer?.cancel()
      return appended
    })
    return Promise.race([append, late])
  }

  #pause(): Promise<void> {
    const { clock, limits } = this.#host
    return new Promise((resolve) => void clock.after(limits.storeRetryMs, resolve))
  }

  #freeze(commit: Commit, { outcome, error }: Extract<Appended, { readonly error: CentrumError }>): void {
    const state = this.#state
    const sinceMs = 'sinceMs' in state ? state.sinceMs : this.#host.clock.now()
    this.#state = { state: 'frozen', sinceMs, error }
    this.#tell(commit, outcome, error)
  }

  #tell({ seq }: Commit, outcome: Appended['outcome'] | 'slow', error: CentrumError): void {
    if (this.#stall !== null || this.isFenced) return
    const sinceMs = 'sinceMs' in this.#state ? this.#state.sinceMs : this.#host.clock.now()
    this.#stall = { error, sinceMs }
    this.#host.log.error('store.stalled', { seq, outcome, reason: error.code, message: error.message })
    this.#host.stalled(error)
  }

  #recover(): void {
    const stall = this.#stall
    if (stall === null) return
    const forMs = Math.round(this.#host.clock.now() - stall.sinceMs)
    this.#stall = null
    this.#state = { state: 'committing', sinceMs: this.#host.clock.now() }
    this.#host.log.info('store.recovered', { seq: this.#seq, forMs })
    this.#host.recovered()
  }

  #count({ turns, images }: Commit): void {
    const { counts } = this
    counts.commits++
    counts.turns += turns.length
    counts.images += images.length
    for (const { bytes } of turns) counts.bytes += bytes.length
    for (const { bytes } of images) counts.bytes += bytes.length
  }
}

function unanswered(forMs: number, limit: string): CentrumError {
  return new CentrumError('store-unavailable', `the store has not answered within ${forMs} ms (${limit})`)
}

function commitOf(seq: number, parts: readonly CommitPart[]): Commit {
  const turns: StoredTurn[] = []
  const images: StoredImage[] = []
  const released: ReleasedChannel[] = []
  const handled: NonNullable<Commit['handled']>[number][] = []
  const succeeded: NonNullable<Commit['succeeded']>[number][] = []
  for (const part of parts) {
    if (part.turn) turns.push(part.turn)
    if (part.image) images.push(part.image)
    if (part.released) released.push(part.released)
    if (part.handled) handled.push(...part.handled)
    if (part.succeeded) succeeded.push(...part.succeeded)
  }
  return { seq, turns, images, released, handled, succeeded }
}
