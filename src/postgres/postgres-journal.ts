/** The journal of one run of a back in PostgreSQL. Loses its connection and finds another; knows nothing of masters. */
import { CentrumError } from '../protocol/errors.js'
import { decodeJournalRow, encodeJournalRow } from '../store/journal-row.js'
import { carriedBytesMax, LiveTurns } from '../store/live-turns.js'
import { OwnChannels } from '../store/own-channels.js'
import type {
  Appended,
  Attempt,
  ChannelFault,
  ChannelReport,
  Claim,
  ClaimOptions,
  Commit,
  DueChannel,
  FailoverRisk,
  InboxMessage,
  InboxQuery,
  InboxRefusal,
  Journal,
  JournalTail,
  StoredChannel,
  StoredTurn,
} from '../store/store.js'
import { commitStatement } from './commit-statement.js'
import type { EngineIdentity, PostgresConnection } from './postgres-connection.js'
import { postgresError } from './postgres-error.js'
import type { PostgresRow } from './postgres-driver.js'
import { faultOfRow, ifStored, readStored, type TablesOptions } from './read-stored.js'
import { readInbox, refuseInbox, waitingChannels } from './read-inbox.js'
import { ENTRY } from './migrate.js'
import type { PostgresLine } from './postgres-line.js'
import { type BackRun, settleRun } from './settle-run.js'

export interface PostgresJournalOptions extends TablesOptions {
  readonly run: BackRun
  readonly lastSeq: number
  /** Above it turns are copied out of the journal, to where each channel has its own. */
  readonly journalBytesMax: number
  /** For commits alone: nothing else waits before them. */
  readonly writer: PostgresLine
  readonly reader: PostgresLine
}

export class PostgresJournal implements Journal {
  readonly lastSeq: number
  readonly #options: PostgresJournalOptions
  readonly #own: OwnChannels
  readonly #turns = new LiveTurns()
  #seq: number
  /** Why this run is over though nobody has sealed it. */
  #lost: CentrumError | null = null
  #heard: () => void = () => undefined

  constructor(options: PostgresJournalOptions) {
    this.#options = options
    this.lastSeq = options.lastSeq
    this.#seq = options.lastSeq
    this.#own = new OwnChannels(options.name)
  }

  get failover(): FailoverRisk | null {
    return this.#options.writer.failover
  }

  /**
   * Rule 4: another timeline, or another server, may have lost what was confirmed. Then this run is over, and its channels are rewound.
   */
  async reconnected(connection: PostgresConnection, before: EngineIdentity): Promise<void> {
    const { system, timeline } = connection.identity
    if (before.system === system && before.timeline === timeline) return
    const { schema, run, name } = this.#options
    const { rows } = await connection.query(`SELECT max(seq) AS seq FROM ${schema}.journal WHERE back = $1`, [
      run.backId,
    ])
    const seq = Number(rows[0]?.['seq'] ?? 0)
    if (seq >= this.#seq) return
    await connection.query(`UPDATE ${schema}.channel SET is_rewound = true WHERE back = $1 AND run = $2`, [
      run.backId,
      run.incarnation,
    ])
    this.#lost = new CentrumError(
      'store-lost',
      `${name} has taken over on timeline ${timeline} without ${this.#seq - seq} commits that were confirmed on timeline ${before.timeline}. ` +
        'The channels of this back begin new histories from what is left. A synchronous standby would have kept the commits.',
    )
  }

  /** Rule 1: after an answer that was lost the same commit finds its place taken, by itself or by a seal, or free. */
  async append(commit: Commit): Promise<Appended> {
    try {
      await this.#options.writer.connection()
      if (this.#lost !== null) return { outcome: 'fenced', error: this.#lost }
      if (commit.seq === this.#seq) return { outcome: 'stored' }
      if (commit.seq !== this.#seq + 1) throw this.#own.misfit(`commit ${commit.seq} does not follow ${this.#seq}`)
      const refusal = this.#own.refusal(commit)
      if (refusal !== null) return { outcome: 'fenced', error: refusal }
      return await this.#append(commit)
    } catch (error) {
      const failure = postgresError(this.#options.name, error)
      return { outcome: failure.code === 'store-unavailable' ? 'undecided' : 'failed', error: failure }
    }
  }

  async tail(): Promise<JournalTail> {
    const { schema, run, writer } = this.#options
    const { rows } = await writer.query(
      `SELECT seq, run, kind FROM ${schema}.journal WHERE back = $1 ORDER BY seq DESC LIMIT 1`,
      [run.backId],
    )
    return tailOf(rows[0])
  }

  /** Rules 8 and 17: claimed first, read in statements of their own then. */
  async claim(channelId: string, { epochSeen, stateVersion, format }: ClaimOptions): Promise<Claim> {
    const { schema, run, reader } = this.#options
    const { rows } = await reader.query(
      `SELECT outcome, new_epoch, owner, was_released, (c).fault, (c).fault_at, (c).state_version, (c).run IS NOT NULL AND (c).run <> $5 AS had_owner FROM ${schema}.claim($1, $2, $3, $4, $5, $6)`,
      [channelId, epochSeen, stateVersion, run.backId, run.incarnation, format],
    )
    const row = rows[0] ?? {}
    const epoch = Number(row['new_epoch'])
    switch (row['outcome']) {
      case 'claimed': {
        const stored = ifStored(await this.#read(channelId))
        this.#own.claimed(channelId, epoch, stored)
        const isReleased = row['was_released'] === true
        const hadOwner = row['had_owner'] === true
        return { outcome: 'claimed', epoch, stored: stored && { ...stored, isReleased }, hadOwner }
      }
      case 'owned':
        return { outcome: 'owned', backId: String(row['owner']), epoch }
      case 'too-new':
        return { outcome: 'too-new', stateVersion: Number(row['state_version']) }
      case 'fenced':
        throw this.#fenced()
      default:
        return { outcome: 'faulted', fault: faultOfRow(row) ?? { reason: 'unknown', at: 0 } }
    }
  }

  async read(channelId: string): Promise<StoredChannel | null> {
    return ifStored(await this.#read(channelId))
  }

  async due(now: number, limit: number): Promise<readonly DueChannel[]> {
    const { schema, reader } = this.#options
    const unowned = `NOT EXISTS (SELECT FROM ${schema}.back b WHERE b.id = c.back AND b.run = c.run AND NOT b.is_settled)`
    const { rows } = await reader.query(
      `WITH RECURSIVE ${waitingChannels(schema)}
       SELECT id, min(due) AS due FROM (
         SELECT c.id, c.due_at AS due FROM ${schema}.channel c WHERE c.due_at <= $1 AND c.fault IS NULL AND ${unowned}
         UNION ALL
         SELECT w.channel, 0 FROM waiting w LEFT JOIN ${schema}.channel c ON c.id = w.channel
           WHERE w.channel IS NOT NULL AND c.fault IS NULL AND ${unowned}
       ) found GROUP BY id ORDER BY due, id LIMIT $2`,
      [now, limit],
    )
    return rows.map(({ id, due }) => ({ channelId: String(id), dueAt: Number(due) }))
  }

  async inbox(query: InboxQuery): Promise<readonly InboxMessage[]> {
    const { schema, reader, run } = this.#options
    return readInbox(await reader.connection(), schema, run, query)
  }

  async refuseInbox(channelId: string, refusal: InboxRefusal): Promise<number> {
    const { schema, reader, run } = this.#options
    return refuseInbox(await reader.connection(), schema, run, channelId, refusal)
  }

  onMessages(listener: () => void): void {
    this.#heard = listener
  }

  async report(reports: readonly ChannelReport[]): Promise<void> {
    const { schema, reader, run } = this.#options
    await reader.query(
      `UPDATE ${schema}.channel c SET links = t.links, summary = t.summary::jsonb
       FROM unnest($3::text[], $4::bigint[], $5::int[], $6::text[]) AS t (id, epoch, links, summary)
       WHERE c.id = t.id AND c.epoch = t.epoch AND c.back = $1 AND c.run = $2`,
      [
        run.backId,
        run.incarnation,
        reports.map(({ channelId }) => channelId),
        reports.map(({ epoch }) => epoch),
        reports.map(({ links }) => links),
        reports.map(({ summary }) => summary),
      ],
    )
  }

  /** Somebody said that messages have come. */
  tellOfMessages(): void {
    this.#heard()
  }

  async attempt({ channelId, what, now, windowMs }: Attempt): Promise<number> {
    const { schema, reader } = this.#options
    const { rows } = await reader.query(
      `WITH old AS (DELETE FROM ${schema}.attempt WHERE channel = $1 AND what = $2 AND abs(at - $3) >= $4),
         new AS (INSERT INTO ${schema}.attempt SELECT $1, $2, $3::float8
           WHERE NOT EXISTS (SELECT FROM ${schema}.attempt WHERE channel = $1 AND what = $2 AND at = $3))
       SELECT count(*)::int + 1 AS n FROM ${schema}.attempt WHERE channel = $1 AND what = $2 AND at <> $3 AND abs(at - $3) < $4`,
      [channelId, what, now, windowMs],
    )
    return Number(rows[0]?.['n'])
  }

  async fault(channelId: string, { reason, at }: ChannelFault): Promise<void> {
    const { schema, reader } = this.#options
    await reader.query(
      `INSERT INTO ${schema}.channel (id, fault, fault_at) VALUES ($1, $2, $3)
       ON CONFLICT (id) DO UPDATE SET fault = excluded.fault, fault_at = excluded.fault_at`,
      [channelId, reason, at],
    )
  }

  async close(): Promise<void> {
    const { reader, writer, run } = this.#options
    try {
      await settleRun(await reader.connection(), this.#options, run)
    } finally {
      await reader.close()
      await writer.close()
    }
  }

  async #append(commit: Commit): Promise<Appended> {
    const { schema, run, writer, journalBytesMax } = this.#options
    const row = encodeJournalRow(commit.turns)
    const dead = [...this.#turns.dead]
    const carried = this.#carried(commit, row.length, journalBytesMax)
    const last = new Map(commit.turns.map(({ channelId, number }) => [channelId, number]))
    const lastNumber = (channelId: string): number => last.get(channelId) ?? this.#own.lastNumber(channelId)
    const { sql, values } = commitStatement({ schema, run, commit, row, dead, carried, lastNumber })
    const { rows } = await writer.query(sql, values)
    if (rows[0]?.['added'] !== 1 && !(await this.#isMine(commit.seq))) {
      return { outcome: 'fenced', error: this.#fenced() }
    }
    this.#seq = commit.seq
    this.#turns.forgetDead(dead.length)
    // Views on the entry, whose bytes are what counts: those of the commit lie in buffers that they share with much that is over.
    this.#turns.add(commit.seq, row.length, decodeJournalRow(row, `${this.#options.name}, commit ${commit.seq},`))
    for (const { channelId, number } of [...carried, ...commit.images]) this.#turns.drop(channelId, number)
    this.#own.committed(commit)
    return { outcome: 'stored' }
  }

  /** The oldest where the journal is above its limit; and those of channels that are given up, which their next owner would miss. */
  #carried({ released = [], images, turns }: Commit, commitBytes: number, journalBytesMax: number): StoredTurn[] {
    const oldest = this.#turns.oldest(journalBytesMax, carriedBytesMax(commitBytes))
    const imaged = new Map(images.map(({ channelId, number }) => [channelId, number]))
    const left = released.flatMap(({ channelId }) =>
      [...this.#turns.of(channelId), ...turns.filter((turn) => turn.channelId === channelId)].filter(
        ({ number }) => number > (imaged.get(channelId) ?? 0),
      ),
    )
    return [...new Set([...oldest, ...left])]
  }

  async #isMine(seq: number): Promise<boolean> {
    const { schema, run, writer } = this.#options
    const { rows } = await writer.query(
      `SELECT 1 FROM ${schema}.journal WHERE back = $1 AND seq = $2 AND run = $3 AND kind = ${ENTRY.commit}`,
      [run.backId, seq, run.incarnation],
    )
    return rows.length > 0
  }

  async #read(channelId: string): Promise<StoredChannel | null> {
    const stored = await readStored(await this.#options.reader.connection(), this.#options, channelId)
    return stored && { ...stored, turns: [...stored.turns, ...this.#turns.of(channelId)] }
  }

  #fenced(): CentrumError {
    const { name, run } = this.#options
    return new CentrumError('store-in-use', `${name}: another process has taken over from this run of '${run.backId}'.`)
  }
}

function tailOf({ seq, run, kind }: PostgresRow = {}): JournalTail {
  return { seq: Number(seq ?? 0), incarnation: (run as string | undefined) ?? '', sealed: kind === ENTRY.seal }
}
