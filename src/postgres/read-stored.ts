/** Channels as rows of the tables: read into what a store gives. Knows nothing of who asks. */
import { crc32 } from 'node:zlib'
import { CentrumError } from '../protocol/errors.js'
import { decodeJournalRow } from '../store/journal-row.js'
import type { ChannelFault, StoredChannel, StoredImage, StoredTurn } from '../store/store.js'
import type { PostgresConnection } from './postgres-connection.js'
import type { PostgresRow } from './postgres-driver.js'

export interface TablesOptions {
  /** The schema, as SQL writes it. */
  readonly schema: string
  /** For sentences. */
  readonly name: string
}

/** The image and the turns that are not in the journal of a run; null where there is no such channel. */
export async function readStored(
  connection: PostgresConnection,
  { schema, name }: TablesOptions,
  channelId: string,
): Promise<StoredChannel | null> {
  const { rows } = await connection.query(`SELECT * FROM ${schema}.channel WHERE id = $1`, [channelId])
  const [row] = rows
  if (row === undefined) return null
  const image = imageOf(name, channelId, row)
  const turns = await carriedTurns(connection, { schema, name }, channelId, image?.number ?? 0)
  return { image, turns, isReleased: row['is_released'] === true, isRewound: row['is_rewound'] === true }
}

/** Null where nothing is in it. */
export function ifStored(stored: StoredChannel | null): StoredChannel | null {
  return stored === null || (stored.image === null && stored.turns.length === 0) ? null : stored
}

export function faultOfRow({ fault, fault_at: at }: PostgresRow): ChannelFault | null {
  return typeof fault === 'string' ? { reason: fault, at: Number(at) } : null
}

export function optionalNumber(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value)
}

/** An array of turns, each as an entry of a journal has it. */
export function decodeTurns(list: unknown, where: string): StoredTurn[] {
  return ((list ?? []) as readonly unknown[]).flatMap((bytes) => decodeJournalRow(bytesOfRow(bytes), where))
}

/** A copy of its own: what the driver gives may be part of a larger buffer. */
function bytesOfRow(value: unknown): Uint8Array {
  return new Uint8Array(value as Uint8Array)
}

async function carriedTurns(
  connection: PostgresConnection,
  { schema, name }: TablesOptions,
  channelId: string,
  behind: number,
): Promise<StoredTurn[]> {
  const { rows } = await connection.query(
    `SELECT bytes FROM ${schema}.carried WHERE channel = $1 AND number > $2 ORDER BY number`,
    [channelId, behind],
  )
  return rows.flatMap(({ bytes }) => decodeJournalRow(bytesOfRow(bytes), `${name}, a turn of '${channelId}',`))
}

function imageOf(name: string, channelId: string, row: PostgresRow): StoredImage | null {
  if (row['image'] === null) return null
  const bytes = bytesOfRow(row['image'])
  if (crc32(bytes) !== Number(row['checksum'])) {
    throw new CentrumError(
      'store-damaged',
      `${name}: the image of '${channelId}' is damaged, its checksum is wrong. It was left as it is.`,
    )
  }
  return {
    channelId,
    epoch: Number(row['image_epoch']),
    number: Number(row['image_number']),
    bytes,
    dueAt: optionalNumber(row['image_due']),
    stateVersion: Number(row['state_version']),
    storedAt: Number(row['stored_at']),
  }
}
