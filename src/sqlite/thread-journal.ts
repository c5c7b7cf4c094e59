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
import { CallGroups } from './call-groups.js'
import type { SqliteThread } from './sqlite-thread.js'

export class ThreadJournal implements Journal {
  readonly lastSeq: number
  readonly close: () => Promise<void>
  readonly #thread: SqliteThread
  readonly #name: string
  readonly #claims: CallGroups<readonly [channelId: string, options: ClaimOptions], Claim>
  readonly #attempts: CallGroups<Attempt, number>

  constructor(thread: SqliteThread, own: Pick<Journal, 'lastSeq' | 'close'> & { readonly name: string }) {
    this.#thread = thread
    this.lastSeq = own.lastSeq
    this.close = own.close
    this.#name = own.name
    this.#claims = new CallGroups<readonly [channelId: string, options: ClaimOptions], Claim>(async (claims) => {
      const answers = await thread.call('claim', [claims])
      return answers.map((answer) => ('claim' in answer ? answer.claim : errorOf(answer.failure)))
    })
    this.#attempts = new CallGroups((attempts) => thread.call('attempt', [attempts]))
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

  claim(channelId: string, options: ClaimOptions): Promise<Claim> {
    return this.#claims.call([channelId, options])
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

  async refuseInbox(): Promise<number> {
    return 0
  }

  onMessages(): void {}

  attempt(attempt: Attempt): Promise<number> {
    return this.#attempts.call(attempt)
  }

  async fault(channelId: string, fault: ChannelFault): Promise<void> {
    await this.#thread.call('fault', [channelId, fault])
  }
}
