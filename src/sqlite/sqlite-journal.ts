/** The journal of one run of a back, in the thread of a store: commits, claims, and what the store remembers of its back. */
import { CentrumError } from '../protocol/errors.js'
import { decodeJournalRow } from '../store/journal-row.js'
import type {
  Appended,
  Attempt,
  ChannelFault,
  Claim,
  ClaimOptions,
  Commit,
  DueChannel,
  JournalTail,
  StoredChannel,
} from '../store/store.js'
import { SqliteChannels } from './sqlite-channels.js'
import { sqliteError } from './sqlite-failure.js'
import type { SqliteFile } from './sqlite-file.js'

export interface SqliteJournalOptions {
  /** For sentences. */
  readonly name: string
  readonly incarnation: string
  /** Above it turns are copied out of the journal, to where each channel has its own. */
  readonly journalBytesMax: number
}

/** A commit as it comes to the thread: the turns as the entry of the journal that holds them. */
export interface PackedCommit extends Omit<Commit, 'turns'> {
  readonly row: Uint8Array
}

/** What the store remembers of the back that had it. */
export interface RememberedMember {
  readonly keyId: string
  readonly membershipHash: string
}

export class SqliteJournal {
  readonly lastSeq: number
  readonly #file: SqliteFile
  readonly #options: SqliteJournalOptions
  readonly #channels: SqliteChannels
  #seq: number

  /** Reads the journal. Writes nothing before `begin`. */
  constructor(file: SqliteFile, options: SqliteJournalOptions) {
    this.#file = file
    this.#options = options
    this.#channels = new SqliteChannels(file, options.name)
    this.lastSeq = Number(file.sql('SELECT max(seq) AS seq FROM journal').get()?.['seq'] ?? 0)
    this.#seq = this.lastSeq
  }

  /** What it remembers; null where no back has had it. */
  get remembered(): RememberedMember | null {
    const valueOf = (key: string): string | null => {
      const value = this.#file.sql('SELECT value FROM meta WHERE key = ?').get(key)?.['value']
      return typeof value === 'string' ? value : null
    }
    const [keyId, membershipHash] = [valueOf('key_id'), valueOf('membership_hash')]
    return membershipHash === null ? null : { keyId: keyId ?? '', membershipHash }
  }

  /** Ids of channels of which something is stored, in order. */
  channelIds(after: string, limit: number): string[] {
    const turns = new Set(this.#channels.turns.channelIds())
    const rows = this.#file
      .sql('SELECT id, image_number FROM channel WHERE id > ? ORDER BY id LIMIT ?')
      .all(after, limit)
    return rows.flatMap(({ id, image_number: image }) => (image !== null || turns.has(String(id)) ? [String(id)] : []))
  }

  /** Nobody owns a channel any more: whoever had the file has ended. */
  begin({ keyId, membershipHash }: RememberedMember): void {
    this.#file.transaction(() => {
      this.#file.sql('UPDATE channel SET is_owned = 0 WHERE is_owned = 1').run()
      const isCopy = this.#file.sql("SELECT value FROM meta WHERE key = 'is_copy'").get() !== undefined
      if (isCopy) this.#file.sql('UPDATE channel SET is_rewound = 1').run()
      this.#file.sql("DELETE FROM meta WHERE key = 'is_copy'").run()
      const set = this.#file.sql('INSERT OR REPLACE INTO meta VALUES (?, ?)')
      set.run('key_id', keyId)
      set.run('membership_hash', membershipHash)
    })
  }

  append({ row, ...rest }: PackedCommit): Appended {
    const { name } = this.#options
    const { seq } = rest
    try {
      this.#file.refuseLost()
      if (seq === this.#seq) return { outcome: 'stored' }
      const commit: Commit = { ...rest, turns: decodeJournalRow(row, `${name}, commit ${seq},`) }
      if (seq !== this.#seq + 1) throw this.#channels.own.misfit(`commit ${seq} does not follow ${this.#seq}`)
      const refusal = this.#channels.own.refusal(commit)
      if (refusal !== null) return { outcome: 'fenced', error: refusal }
      this.#write(commit, row)
      this.#file.refuseLost()
      return { outcome: 'stored' }
    } catch (error) {
      const failure = sqliteError(name, error)
      // After an error of the disk the commit may be found in the file all the same.
      return { outcome: failure.code === 'store-unavailable' ? 'undecided' : 'failed', error: failure }
    }
  }

  tail(): JournalTail {
    return { seq: this.#seq, incarnation: this.#options.incarnation, sealed: false }
  }

  /** Several at once, since each would be synced to the disk by itself. An error is that of its channel alone. */
  claim(claims: readonly (readonly [channelId: string, options: ClaimOptions])[]): (Claim | CentrumError)[] {
    return this.#file.transaction(() =>
      claims.map(([channelId, options]) => {
        try {
          return this.#channels.claim(channelId, options)
        } catch (error) {
          if (error instanceof CentrumError) return error
          throw error
        }
      }),
    )
  }

  read(channelId: string): StoredChannel | null {
    return this.#channels.read(channelId)
  }

  due(now: number, limit: number): DueChannel[] {
    return this.#channels.due(now, limit)
  }

  /** Several at once, as claims are. */
  attempt(attempts: readonly Attempt[]): number[] {
    return this.#file.transaction(() => attempts.map((attempt) => this.#channels.attempt(attempt)))
  }

  fault(channelId: string, fault: ChannelFault): void {
    this.#file.transaction(() => this.#channels.fault(channelId, fault))
  }

  /** The new entry comes in the same transaction in which old ones go, so that the journal always has a last one. */
  #write(commit: Commit, row: Uint8Array): void {
    const { journalBytesMax, incarnation } = this.#options
    const { turns } = this.#channels
    const dead = [...turns.dead]
    const carried = this.#file.transaction(() => {
      this.#file.sql('INSERT INTO journal VALUES (?, ?, ?)').run(commit.seq, incarnation, row)
      for (const seq of dead) this.#file.sql('DELETE FROM journal WHERE seq = ?').run(seq)
      const behind = this.#channels.carry(journalBytesMax, row.length)
      this.#channels.write(commit)
      return behind
    })
    this.#seq = commit.seq
    turns.forgetDead(dead.length)
    carried()
    this.#channels.written(commit, row.length)
  }
}
