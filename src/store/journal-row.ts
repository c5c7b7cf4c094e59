/**
 * The bytes of a journal's entry: the turns of one commit, with a version of their own and a checksum. Knows no store.
 */
import { crc32 } from 'node:zlib'
import { CentrumError } from '../protocol/errors.js'
import { ByteReader } from '../value/byte-reader.js'
import { ByteWriter } from '../value/byte-writer.js'
import type { StoredTurn } from './store.js'

const VERSION = 1
const HEAD_BYTES = 5
/** How `dueAt` is written. */
const DUE = { asBefore: 0, never: 1, at: 2 } as const

export function encodeJournalRow(turns: readonly StoredTurn[]): Uint8Array {
  const writer = new ByteWriter(HEAD_BYTES + turns.reduce((sum, { bytes }) => sum + bytes.length + 64, 8))
  writer.u8(VERSION)
  writer.u32(0)
  writer.uvarint(turns.length)
  for (const { channelId, epoch, number, bytes, dueAt } of turns) {
    writer.text(channelId)
    writer.uvarint(epoch)
    writer.uvarint(number)
    writer.u8(dueAt === undefined ? DUE.asBefore : dueAt === null ? DUE.never : DUE.at)
    if (typeof dueAt === 'number') writer.f64(dueAt)
    writer.blob(bytes)
  }
  const row = writer.finish()
  new DataView(row.buffer).setUint32(1, checksumOf(row), true)
  return row
}

/** The turns' bytes are views on the row. Throws `store-damaged`; `where` names the row in the message. */
export function decodeJournalRow(row: Uint8Array, where: string): StoredTurn[] {
  const reader = new ByteReader(row)
  const version = row.length < HEAD_BYTES ? null : reader.u8()
  if (version !== VERSION && version !== null) {
    throw new CentrumError(
      'store-mismatch',
      `${where} has version ${version}, but this version of centrum reads ${VERSION}.`,
    )
  }
  if (version === null || reader.u32() !== checksumOf(row)) {
    throw new CentrumError('store-damaged', `${where} is damaged: its checksum is wrong.`)
  }
  const turns: StoredTurn[] = []
  for (let left = reader.uvarint(); left > 0; left--) {
    const channelId = reader.text()
    const epoch = reader.uvarint()
    const number = reader.uvarint()
    const due = reader.u8()
    const dueAt = due === DUE.at ? { dueAt: reader.f64() } : due === DUE.never ? { dueAt: null } : {}
    turns.push({ channelId, epoch, number, ...dueAt, bytes: reader.blob() })
  }
  return turns
}

function checksumOf(row: Uint8Array): number {
  return crc32(row.subarray(HEAD_BYTES))
}
