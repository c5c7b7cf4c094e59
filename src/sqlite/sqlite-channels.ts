/**
 * Channels in the tables of a store's file: what of them is stored, who may add to them, and when they are due. The turns that no image
 * stands for are kept in memory as well, so that nothing is read from the journal but at the start.
 */
import { crc32 } from 'node:zlib'
import { CentrumError } from '../protocol/errors.js'
import { decodeJournalRow, encodeJournalRow } from '../store/journal-row.js'
import { carriedBytesMax, LiveTurns } from '../store/live-turns.js'
import { OwnChannels } from '../store/own-channels.js'
import type {
  Attempt,
  ChannelFault,
  Claim,
  ClaimOptions,
  Commit,
  DueChannel,
  StoredChannel,
  StoredImage,
  StoredTurn,
} from '../store/store.js'
import type { SqliteFile } from './sqlite-file.js'
import type { SqlRow, SqlValue } from './sqlite-driver.js'

/** How many entries of the journal are read at once at the start. */
const ROWS_READ = 64

export class SqliteChannels {
  readonly #file: SqliteFile
  readonly #name: string
  readonly turns = new LiveTurns()
  readonly own: OwnChannels
  readonly #keys = new Map<string, number>()
  /** Keys of channels with turns that were carried out of the journal. */
  readonly #carried: Set<number>

  /** Reads the journal. */
  constructor(file: SqliteFile, name: string) {
    this.#file = file
    this.#name = name
    this.own = new OwnChannels(name)
    this.#carried = new Set(
      file
        .sql('SELECT DISTINCT channel FROM carried')
        .all()
        .map(({ channel }) => Number(channel)),
    )
    // Those that were carried are in the journal as well until the commit behind.
    const heldNumber = file.sql(
      'SELECT max(ifnull(image_number, 0), ifnull((SELECT max(number) FROM carried WHERE channel = key), 0)) AS number FROM channel WHERE id = ?',
    )
    const numbers = new Map<string, number>()
    const isNeeded = ({ channelId, number }: StoredTurn): boolean => {
      let held = numbers.get(channelId)
      if (held === undefined) numbers.set(channelId, (held = Number(heldNumber.get(channelId)?.['number'] ?? 0)))
      return number > held
    }
    for (let after = -1; ;) {
      const rows = file.sql('SELECT seq, bytes FROM journal WHERE seq > ? ORDER BY seq LIMIT ?').all(after, ROWS_READ)
      for (const { seq, bytes } of rows) {
        const row = bytes as Uint8Array
        const turns = decodeJournalRow(row, `${name}, entry ${Number(seq)} of the journal,`)
        this.turns.add(Number(seq), row.length, turns.filter(isNeeded))
        after = Number(seq)
      }
      if (rows.length < ROWS_READ) return
    }
  }

  claim(channelId: string, { epochSeen, stateVersion, format }: ClaimOptions): Claim {
    const row = this.#row(channelId)
    if (row === undefined) {
      const epoch = Math.max(epochSeen, epochFloor(this.#file)) + 1
      this.#file.sql('INSERT INTO channel (id, epoch, is_owned) VALUES (?, ?, 1)').run(channelId, epoch)
      this.own.claimed(channelId, epoch, null)
      return { outcome: 'claimed', epoch, stored: null }
    }
    const fault = faultOf(row)
    if (fault !== null) return { outcome: 'faulted', fault }
    const imageVersion = Number(row['state_version'] ?? 0)
    if (imageVersion > stateVersion) return { outcome: 'too-new', stateVersion: imageVersion }
    const stored = this.#stored(channelId, row)
    if ((stored?.image?.bytes[0] ?? 0) > format) return { outcome: 'too-new', stateVersion: imageVersion }
    const epoch = Math.max(Number(row['epoch']), epochSeen) + 1
    this.#file
      .sql('UPDATE channel SET epoch = ?, is_owned = 1, is_released = 0 WHERE key = ?')
      .run(epoch, Number(row['key']))
    this.own.claimed(channelId, epoch, stored)
    return { outcome: 'claimed', epoch, stored }
  }

  read(channelId: string): StoredChannel | null {
    const row = this.#row(channelId)
    return row === undefined ? null : this.#stored(channelId, row)
  }

  /** Within a transaction: what turns say of timers, images, and releases. */
  write({ turns, images, released = [], succeeded = [] }: Commit): void {
    const numbers = new Map<string, number>()
    for (const { channelId, number, dueAt } of turns) {
      numbers.set(channelId, number)
      if (dueAt !== undefined) this.#setDue(channelId, dueAt)
    }
    for (const image of images) this.#writeImage(image, numbers.get(image.channelId))
    for (const { channelId } of released) {
      this.#file.sql('UPDATE channel SET is_owned = 0, is_released = 1 WHERE key = ?').run(this.#keyOf(channelId))
    }
    for (const { channelId, what } of succeeded) {
      this.#file.sql('DELETE FROM attempt WHERE channel_id = ? AND what = ?').run(channelId, what)
    }
  }

  /** Behind the transaction: what was written is so, with an entry of so many bytes in the journal. */
  written(commit: Commit, bytes: number): void {
    this.turns.add(commit.seq, bytes, commit.turns)
    for (const { channelId, number } of commit.images) this.turns.drop(channelId, number)
    for (const { channelId } of commit.released ?? []) this.#keys.delete(channelId)
    this.own.committed(commit)
  }

  /**
   * Copies the oldest turns out of the journal to where each channel has its own, so that the journal stays below a number of bytes,
   * whatever channels write no image: some of them with each commit, which has `commitBytes` itself. Within a transaction; gives what is to
   * be called behind it.
   */
  carry(bytesMax: number, commitBytes: number): () => void {
    const turns = this.turns.oldest(bytesMax, carriedBytesMax(commitBytes))
    const insert = this.#file.sql('INSERT OR REPLACE INTO carried VALUES (?, ?, ?)')
    for (const turn of turns) {
      const key = this.#keyOf(turn.channelId)
      insert.run(key, turn.number, encodeJournalRow([turn]))
      this.#carried.add(key)
    }
    return () => {
      for (const { channelId, number } of turns) this.turns.drop(channelId, number)
    }
  }

  due(now: number, limit: number): DueChannel[] {
    const rows = this.#file
      .sql(
        'SELECT id, due_at FROM channel WHERE due_at IS NOT NULL AND is_owned = 0 AND fault IS NULL AND due_at <= ? ORDER BY due_at, id LIMIT ?',
      )
      .all(now, limit)
    return rows.map(({ id, due_at: dueAt }) => ({ channelId: String(id), dueAt: Number(dueAt) }))
  }

  attempt({ channelId, what, now, windowMs }: Attempt): number {
    const within = 'channel_id = ? AND what = ?'
    this.#file.sql(`DELETE FROM attempt WHERE ${within} AND abs(at - ?) >= ?`).run(channelId, what, now, windowMs)
    this.#file.sql(`DELETE FROM attempt WHERE ${within} AND at = ?`).run(channelId, what, now)
    this.#file.sql('INSERT INTO attempt VALUES (?, ?, ?)').run(channelId, what, now)
    return Number(this.#file.sql(`SELECT count(*) AS n FROM attempt WHERE ${within}`).get(channelId, what)?.['n'])
  }

  fault(channelId: string, { reason, at }: ChannelFault): void {
    this.#file
      .sql(
        'INSERT INTO channel (id, fault, fault_at) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET fault = excluded.fault, fault_at = excluded.fault_at',
      )
      .run(channelId, reason, at)
  }

  #row(channelId: string): SqlRow | undefined {
    return this.#file.sql('SELECT * FROM channel WHERE id = ?').get(channelId)
  }

  #keyOf(channelId: string): number {
    const known = this.#keys.get(channelId)
    if (known !== undefined) return known
    const key = Number(this.#row(channelId)?.['key'])
    this.#keys.set(channelId, key)
    return key
  }

  #setDue(channelId: string, dueAt: number | null): void {
    this.#file.sql('UPDATE channel SET due_at = ? WHERE key = ?').run(dueAt, this.#keyOf(channelId))
  }

  /** `number`: of the last turn in the same commit. */
  #writeImage(image: StoredImage, number = this.own.lastNumber(image.channelId)): void {
    const { channelId, epoch, bytes, dueAt, stateVersion, storedAt } = image
    const key = this.#keyOf(channelId)
    this.#file
      .sql(
        'UPDATE channel SET image_number = ?, image_epoch = ?, image_due = ?, state_version = ?, stored_at = ?, is_rewound = 0 WHERE key = ?',
      )
      .run(image.number, epoch, dueAt, stateVersion, storedAt, key)
    if (image.number >= number) this.#setDue(channelId, dueAt)
    this.#file.sql('INSERT OR REPLACE INTO image VALUES (?, ?, ?)').run(key, crc32(bytes), bytes)
    if (!this.#carried.has(key)) return
    this.#file.sql('DELETE FROM carried WHERE channel = ? AND number <= ?').run(key, image.number)
  }

  #stored(channelId: string, row: SqlRow): StoredChannel | null {
    const image = this.#image(channelId, row)
    const turns = [
      ...this.#carriedTurns(channelId, Number(row['key']), image?.number ?? 0),
      ...this.turns.of(channelId),
    ]
    if (image === null && turns.length === 0) return null
    return { image, turns, isReleased: row['is_released'] === 1, isRewound: row['is_rewound'] === 1 }
  }

  #image(channelId: string, row: SqlRow): StoredImage | null {
    const stored = this.#file.sql('SELECT checksum, bytes FROM image WHERE channel = ?').get(Number(row['key']))
    if (stored === undefined) return null
    const bytes = new Uint8Array(stored['bytes'] as Uint8Array)
    if (crc32(bytes) !== stored['checksum']) {
      throw new CentrumError(
        'store-damaged',
        `${this.#name}: the image of '${channelId}' is damaged, its checksum is wrong. It was left as it is.`,
      )
    }
    return {
      channelId,
      epoch: Number(row['image_epoch']),
      number: Number(row['image_number']),
      bytes,
      dueAt: numberOrNull(row['image_due']),
      stateVersion: Number(row['state_version']),
      storedAt: Number(row['stored_at']),
    }
  }

  #carriedTurns(channelId: string, key: number, imageNumber: number): StoredTurn[] {
    if (!this.#carried.has(key)) return []
    const where = `${this.#name}, a turn of '${channelId}',`
    return this.#file
      .sql('SELECT bytes FROM carried WHERE channel = ? AND number > ? ORDER BY number')
      .all(key, imageNumber)
      .flatMap(({ bytes }) => decodeJournalRow(bytes as Uint8Array, where))
  }
}

export function faultOf(row: SqlRow): ChannelFault | null {
  const { fault, fault_at: at } = row
  return typeof fault === 'string' ? { reason: fault, at: Number(at) } : null
}

export function numberOrNull(value: SqlValue | undefined): number | null {
  return typeof value === 'number' ? value : null
}

/** The greatest epoch of all channels that were removed: a new one of the same name begins above it. */
function epochFloor(file: SqliteFile): number {
  return Number(file.sql("SELECT value FROM meta WHERE key = 'epoch_floor'").get()?.['value'] ?? 0)
}

/** Within a transaction. */
export function raiseEpochFloor(file: SqliteFile, epoch: number): void {
  file.sql("INSERT OR REPLACE INTO meta VALUES ('epoch_floor', ?)").run(Math.max(epochFloor(file), epoch))
}
