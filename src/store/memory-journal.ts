/** The journal of one run of a back in a `MemoryStore`. Does what the store's hook says of each call. */
import { CentrumError } from '../protocol/errors.js'
import type { MemoryChannels } from './memory-channels.js'
import type { MemoryRun } from './memory-run.js'
import type { StoreCall, StoreFate } from './store-fate.js'
import type {
  Appended,
  Attempt,
  ChannelFault,
  ChannelReport,
  Claim,
  ClaimOptions,
  Commit,
  DueChannel,
  InboxMessage,
  InboxQuery,
  InboxRefusal,
  Journal,
  JournalTail,
  StoredChannel,
} from './store.js'

/** What a journal needs of its store. */
export interface MemoryJournalHost {
  readonly name: string
  readonly channels: MemoryChannels
  /** Whether a run may still add to its journal. */
  isAlive(run: Pick<MemoryRun, 'backId' | 'incarnation'>): boolean
  isThere(backId: string): boolean
  /** Whether the newest app has such channels. */
  knows(channelId: string): boolean
  seal(backId: string): Promise<boolean>
  fateOf(call: StoreCall): StoreFate
}

const NEVER = new Promise<never>(() => {})

export class MemoryJournal implements Journal {
  readonly lastSeq: number
  readonly run: MemoryRun
  readonly #store: MemoryJournalHost
  readonly #onClosed: () => void
  #isAbandoned = false
  #heard: () => void = () => undefined

  constructor(store: MemoryJournalHost, run: MemoryRun, onClosed: () => void) {
    this.#store = store
    this.run = run
    this.lastSeq = run.tail.seq
    this.#onClosed = onClosed
  }

  async append(commit: Commit): Promise<Appended> {
    try {
      return await this.#call({ method: 'append', commit }, () => this.#append(commit))
    } catch (error) {
      const wrapped = error instanceof CentrumError ? error : new CentrumError('store-mismatch', String(error))
      return { outcome: wrapped.code === 'store-unavailable' ? 'undecided' : 'failed', error: wrapped }
    }
  }

  tail(): Promise<JournalTail> {
    return this.#call({ method: 'tail' }, () => this.run.tail)
  }

  claim(channelId: string, options: ClaimOptions): Promise<Claim> {
    return this.#call({ method: 'claim' }, () => {
      if (!this.#store.isAlive(this.run)) throw this.#fenced()
      return this.#store.channels.claim(channelId, options, this.run, this.#store)
    })
  }

  read(channelId: string): Promise<StoredChannel | null> {
    return this.#call({ method: 'read' }, () => this.#store.channels.read(channelId))
  }

  due(now: number, limit: number): Promise<readonly DueChannel[]> {
    return this.#call({ method: 'due' }, () => this.#store.channels.due(now, limit, this.#store))
  }

  inbox(query: InboxQuery): Promise<readonly InboxMessage[]> {
    return this.#call({ method: 'inbox' }, () => this.#store.channels.inbox(this.run, query))
  }

  refuseInbox(channelId: string, { reason, isUnknown }: InboxRefusal): Promise<number> {
    return this.#call({ method: 'refuseInbox' }, () => {
      if (isUnknown && this.#store.knows(channelId)) return 0
      return this.#store.channels.refuseInbox(channelId, reason, this.run, this.#store)
    })
  }

  onMessages(listener: () => void): void {
    this.#heard = listener
  }

  report(reports: readonly ChannelReport[]): Promise<void> {
    return this.#call({ method: 'report' }, () => this.#store.channels.report(reports))
  }

  /** The word that a message has come reaches its process, or is lost. */
  tellOfMessages(): void {
    this.#call({ method: 'onMessages' }, () => this.#heard()).catch(() => undefined)
  }

  attempt(attempt: Attempt): Promise<number> {
    return this.#call({ method: 'attempt' }, () => this.#store.channels.attempt(attempt))
  }

  fault(channelId: string, fault: ChannelFault): Promise<void> {
    return this.#call({ method: 'fault' }, () => void this.#store.channels.fault(channelId, fault))
  }

  async close(): Promise<void> {
    this.#onClosed()
    await this.#call({ method: 'close' }, () => undefined)
    if (this.#store.isAlive(this.run)) await this.#store.seal(this.run.backId)
  }

  /** The process has ended: no call does anything from here on, and none that is under way is answered. */
  abandon(): void {
    this.#isAbandoned = true
    this.#onClosed()
  }

  #append(commit: Commit): Appended {
    const { seq } = this.run.tail
    if (!this.#store.isAlive(this.run)) return { outcome: 'fenced', error: this.#fenced() }
    if (commit.seq === seq) return { outcome: 'stored' }
    if (commit.seq !== seq + 1) throw new Error(`${this.#store.name}: commit ${commit.seq} does not follow ${seq}.`)
    if (!this.#store.channels.apply(commit, this.run)) return { outcome: 'fenced', error: this.#fenced() }
    this.run.tail = { seq: commit.seq, incarnation: this.run.incarnation, sealed: false }
    return { outcome: 'stored' }
  }

  async #call<T>(call: Omit<StoreCall, 'backId'>, work: () => T): Promise<T> {
    const { before, error, cut, after } = this.#store.fateOf({ ...call, backId: this.run.backId })
    await before
    if (this.#isAbandoned) return NEVER
    if (error) throw error
    if (cut === 'before') throw this.#cut()
    const result = work()
    await after
    if (this.#isAbandoned) return NEVER
    if (cut === 'after') throw this.#cut()
    return result
  }

  #cut(): CentrumError {
    return new CentrumError('store-unavailable', `${this.#store.name} does not answer.`)
  }

  #fenced(): CentrumError {
    return new CentrumError('store-in-use', `${this.#store.name}: another run of '${this.run.backId}' has taken over.`)
  }
}
