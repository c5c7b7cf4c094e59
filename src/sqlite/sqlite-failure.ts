/** What SQLite and the file system report, as errors of the store. Knows nothing of what was attempted. */
import { CentrumError, type ErrorCode } from '../protocol/errors.js'

/** An error on its way from the thread of the store: errors lose their class there. */
export interface SqliteFailure {
  readonly code: ErrorCode
  readonly message: string
  readonly details: unknown
}

interface Meaning {
  readonly code: ErrorCode
  /** What happened, and what to do, as sentences behind the store's name. */
  readonly says: string
}

/** By SQLite's primary result code, as a number and by name. */
const MEANINGS: Readonly<Record<number, readonly [name: string, meaning: Meaning]>> = {
  5: [
    'SQLITE_BUSY',
    { code: 'store-in-use', says: 'is open in another process. Stop that one, or name another file.' },
  ],
  6: [
    'SQLITE_LOCKED',
    { code: 'store-in-use', says: 'is open in another process. Stop that one, or name another file.' },
  ],
  8: [
    'SQLITE_READONLY',
    { code: 'store-read-only', says: 'cannot be written. Correct its permissions, or the mount options.' },
  ],
  11: [
    'SQLITE_CORRUPT',
    {
      code: 'store-damaged',
      says: 'is damaged. Keep a copy, run `centrum store check` on it, and go back to a backup.',
    },
  ],
  13: [
    'SQLITE_FULL',
    { code: 'store-full', says: 'has no space left: the disk is full. Free some; waiting turns are then stored.' },
  ],
  14: [
    'SQLITE_CANTOPEN',
    { code: 'store-read-only', says: 'cannot be opened. Correct the permissions of the file and its folder.' },
  ],
  26: [
    'SQLITE_NOTADB',
    { code: 'store-mismatch', says: 'is not a SQLite database. It was left unchanged; name another file.' },
  ],
}

/** SQLITE_IOERR_LOCK: what a file that may only be read gives where it is to be kept from all others. */
const LOCK_REFUSED: Meaning = {
  code: 'store-read-only',
  says: 'cannot be locked: it cannot be written, or its file system supports no locks. Correct its permissions, or the mount options.',
}

const FILE_MEANINGS: Readonly<Record<string, number>> = { EACCES: 8, EPERM: 8, EROFS: 8, ENOSPC: 13, EDQUOT: 13 }

/** `name`: of the store, in sentences. */
export function sqliteError(name: string, error: unknown): CentrumError {
  if (error instanceof CentrumError) return error
  const { errcode, code, message } = error as { errcode?: number; code?: string; message?: string }
  const found = meaningOf(errcode, code)
  if (found !== undefined) return new CentrumError(found.code, `${name} ${found.says} (${message})`, { cause: error })
  const says = 'failed. Check the disk it is on; waiting turns are stored when it works again.'
  return new CentrumError('store-unavailable', `${name} ${says} (${message ?? String(error)})`, { cause: error })
}

function meaningOf(errcode: number | undefined, code: string | undefined): Meaning | undefined {
  if (errcode === 3850 || code === 'SQLITE_IOERR_LOCK') return LOCK_REFUSED
  if (errcode !== undefined) return MEANINGS[errcode & 0xff]?.[1]
  if (code === undefined) return undefined
  const byFile = MEANINGS[FILE_MEANINGS[code] ?? -1]?.[1]
  return byFile ?? Object.values(MEANINGS).find(([name]) => code === name || code.startsWith(`${name}_`))?.[1]
}

export function failureOf(name: string, error: unknown): SqliteFailure {
  const { code, message, details } = sqliteError(name, error)
  return { code, message, details }
}

export function errorOf({ code, message, details }: SqliteFailure): CentrumError {
  return new CentrumError(code, message, { details })
}
