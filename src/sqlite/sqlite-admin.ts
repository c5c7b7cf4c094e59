/** A store's file as a tool has it, in the thread of the store. */
import { crc32 } from 'node:zlib'
import { encodeJournalRow } from '../store/journal-row.js'
import type { ExportedChannel, ListedChannel, StoredTurn } from '../store/store.js'
import { faultOf, numberOrNull, raiseEpochFloor, SqliteChannels } from './sqlite-channels.js'
import { sqliteError } from './sqlite-failure.js'
import type { SqliteFile } from './sqlite-file.js'

/** How many channels are looked at, at once. */
const CHANNELS_READ = 256

export class SqliteAdmin {
  readonly #file: SqliteFile
  readonly #name: string
  #read: SqliteChannels | null = null

  constructor(file: SqliteFile, name: string) {
    this.#file = file
    this.#name = name
  }

  /** Made when it is first needed: `check` begins with a file whose journal may be damaged. */
  get #channels(): SqliteChannels {
    return (this.#read ??= new SqliteChannels(this.#file, this.#name))
  }

  check(): string[] {
    const rows = this.#file.sql('PRAGMA integrity_check').all()
    const problems = rows.map((row) => String(Object.values(row)[0])).filter((each) => each !== 'ok')
    try {
      for (let after = ''; ;) {
        const listed = this.list(after, CHANNELS_READ)
        for (const { channelId } of listed) problems.push(...this.#problemsOf(channelId))
        after = listed.at(-1)?.channelId ?? ''
        if (listed.length < CHANNELS_READ) return problems
      }
    } catch (error) {
      return [...problems, sqliteError(this.#name, error).message]
    }
  }

  list(after: string, limit: number): ListedChannel[] {
    const { turns } = this.#channels
    const rows = this.#file
      .sql(
        `SELECT channel.*, length(image.bytes) AS image_bytes, (SELECT count(*) FROM carried WHERE carried.channel = channel.key) AS carried
         FROM channel LEFT JOIN image ON image.channel = channel.key WHERE id > ? ORDER BY id LIMIT ?`,
      )
      .all(after, limit)
    return rows.map((row) => {
      const channelId = String(row['id'])
      const own = row['carried'] === 0 ? turns.of(channelId) : (this.#channels.read(channelId)?.turns ?? [])
      return {
        channelId,
        epoch: Number(row['epoch']),
        number: own.at(-1)?.number ?? Number(row['image_number'] ?? 0),
        bytes: own.reduce((sum, { bytes }) => sum + bytes.length, Number(row['image_bytes'] ?? 0)),
        turns: own.length,
        stateVersion: numberOrNull(row['state_version']),
        storedAt: numberOrNull(row['stored_at']),
        dueAt: numberOrNull(row['due_at']),
        isReleased: row['is_released'] === 1,
        fault: faultOf(row),
      }
    })
  }

  export(channelId: string): ExportedChannel | null {
    const stored = this.#channels.read(channelId)
    const row = this.#file.sql('SELECT * FROM channel WHERE id = ?').get(channelId)
    if (stored === null || row === undefined) return null
    return { channelId, epoch: Number(row['epoch']), stored, fault: faultOf(row) }
  }

  import({ channelId, epoch, stored: { image, turns, isReleased }, fault }: ExportedChannel): void {
    const before = Number(this.#file.sql('SELECT epoch FROM channel WHERE id = ?').get(channelId)?.['epoch'] ?? 0)
    const dueAt = turns.reduce((due, turn) => (turn.dueAt === undefined ? due : turn.dueAt), image?.dueAt ?? null)
    this.#file.transaction(() => {
      this.#remove(channelId)
      this.#file
        .sql(
          'INSERT INTO channel (id, epoch, is_released, is_rewound, due_at, fault, fault_at) VALUES (?, ?, ?, 1, ?, ?, ?)',
        )
        .run(channelId, Math.max(before, epoch), isReleased ? 1 : 0, dueAt, fault?.reason ?? null, fault?.at ?? null)
      const key = Number(this.#file.sql('SELECT key FROM channel WHERE id = ?').get(channelId)?.['key'])
      if (image !== null) {
        this.#file
          .sql(
            'UPDATE channel SET image_number = ?, image_epoch = ?, image_due = ?, state_version = ?, stored_at = ? WHERE key = ?',
          )
          .run(image.number, image.epoch, image.dueAt, image.stateVersion, image.storedAt, key)
        this.#file.sql('INSERT INTO image VALUES (?, ?, ?)').run(key, crc32(image.bytes), image.bytes)
      }
      const insert = this.#file.sql('INSERT INTO carried VALUES (?, ?, ?)')
      for (const turn of turns) insert.run(key, turn.number, encodeJournalRow([turn]))
    })
    this.#read = null
  }

  remove(channelId: string): boolean {
    const removed = this.#file.transaction(() => this.#remove(channelId))
    this.#read = null
    return removed
  }

  clearFault(channelId: string): boolean {
    const row = this.#file.sql('SELECT * FROM channel WHERE id = ?').get(channelId)
    if (row === undefined || faultOf(row) === null) return false
    this.#file.transaction(() => {
      this.#file.sql('UPDATE channel SET fault = NULL, fault_at = NULL WHERE id = ?').run(channelId)
      this.#file.sql('DELETE FROM attempt WHERE channel_id = ?').run(channelId)
    })
    return true
  }

  forgetMember(): void {
    this.#file.transaction(() => this.#file.sql("DELETE FROM meta WHERE key IN ('key_id', 'membership_hash')").run())
  }

  /** Within a transaction. Its turns are taken out of the journal first, with all others: there they would be found again. */
  #remove(channelId: string): boolean {
    this.#channels.carry(0, Number.POSITIVE_INFINITY)
    this.#file.sql('DELETE FROM journal WHERE seq < (SELECT max(seq) FROM journal)').run()
    this.#file.sql('UPDATE journal SET bytes = ?').run(encodeJournalRow([]))
    const row = this.#file.sql('SELECT key, epoch FROM channel WHERE id = ?').get(channelId)
    if (row === undefined) return false
    const [key, epoch] = [Number(row['key']), Number(row['epoch'])]
    for (const table of ['carried', 'image']) this.#file.sql(`DELETE FROM ${table} WHERE channel = ?`).run(key)
    this.#file.sql('DELETE FROM channel WHERE key = ?').run(key)
    this.#file.sql('DELETE FROM attempt WHERE channel_id = ?').run(channelId)
    raiseEpochFloor(this.#file, epoch)
    return true
  }

  #problemsOf(channelId: string): string[] {
    try {
      const stored = this.#channels.read(channelId)
      const gap = stored === null ? undefined : gapIn(stored.turns, stored.image?.number ?? 0)
      return gap === undefined ? [] : [`The turns of '${channelId}' have a gap: turn ${gap} is missing.`]
    } catch (error) {
      return [sqliteError(this.#name, error).message]
    }
  }
}

/** The number of the first turn that is missing. */
function gapIn(turns: readonly StoredTurn[], behind: number): number | undefined {
  for (const [i, { number }] of turns.entries()) if (number !== behind + i + 1) return behind + i + 1
  return undefined
}
