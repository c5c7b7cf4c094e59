/** The journal of one run of a back, as its master has it: passes everything on to the store's thread. */
import { CentrumError } from '../protocol/errors.js'
import { encodeJournalRow } from '../store/journal-row.js'
import type {
  Appended,
  Attempt,
  ChannelFault,
  Claim,
  ClaimOptions,
  Commit,
  DueChannel,
  InboxMessage,
  Journal,
  JournalTail,
  StoredChannel,
} from '../store/store.js'
import { errorOf } from './sqlite-failure.js'
import type { SqliteThread } from './sqlite-thread.js'

interface WaitingClaim {
  readonly channelId: string
  readonly options: ClaimOptions
  readonly resolve: (claim: Claim) => void
  readonly reject: (error: unknown) => void
}

export class ThreadJournal implements Journal {
  readonly lastSeq: number
  readonly close: () => Promise<void>
  readonly #thread: SqliteThread
  readonly #name: string
  /** Claims that wait for those under way. */
  #claims: WaitingClaim[] = []
  #isClaiming = false

  constructor(thread: SqliteThread, own: Pick<Journal, 'lastSeq' | 'close'> & { readonly name: string }) {
    this.#thread = thread
    this.lastSeq = own.lastSeq
    this.close = own.close
    this.#name = own.name
  }

  async append({ turns, ...rest }: Commit): Promise<Appended> {
    try {
      const row = encodeJournalRow(turns)
      const appended = await this.#thread.call('append', [{ ...rest, row }], [row.buffer as ArrayBuffer])
      return appended.outcome === 'stored' ? appended : { ...appended, error: errorOf(appended.error) }
    } catch (error) {
      const known =
        error instanceof CentrumError ? error : new CentrumError('store-unavailable', `${this.#name}: ${String(error)}`)
      return { outcome: 'undecided', error: known }
    }
  }

  tail(): Promise<JournalTail> {
    return this.#thread.call('tail', [])
  }

  /** Those that come while others are under way go together: each would cost a sync of the disk. */
  claim(channelId: string, options: ClaimOptions): Promise<Claim> {
    return new Promise((resolve, reject) => {
      this.#claims.push({ channelId, options, resolve, reject })
      if (!this.#isClaiming) void this.#claimAll()
    })
  }

  read(channelId: string): Promise<StoredChannel | null> {
    return this.#thread.call('read', [channelId])
  }

  due(now: number, limit: number): Promise<readonly DueChannel[]> {
    return this.#thread.call('due', [now, limit])
  }

  /** Nobody else writes to the file. */
  async inbox(): Promise<readonly InboxMessage[]> {
    return []
  }

  async inboxes(): Promise<readonly string[]> {
    return []
  }

  attempt(attempt: Attempt): Promise<number> {
    return this.#thread.call('attempt', [attempt])
  }

  async fault(channelId: string, fault: ChannelFault): Promise<void> {
    await this.#thread.call('fault', [channelId, fault])
  }

  async #claimAll(): Promise<void> {
    this.#isClaiming = true
    while (this.#claims.length > 0) {
      const claims = this.#claims
      this.#claims = []
      try {
        const answers = await this.#thread.call('claim', [claims.map(({ channelId, options }) => [channelId, options])])
        for (const [i, answer] of answers.entries()) {
          if ('claim' in answer) claims[i]?.resolve(answer.claim)
          else claims[i]?.reject(errorOf(answer.failure))
        }
      } catch (error) {
        for (const { reject } of claims) reject(error)
      }
    }
    this.#isClaiming = false
  }
}
