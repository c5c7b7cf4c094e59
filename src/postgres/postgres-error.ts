/**
 * What PostgreSQL, its driver and the network report, as errors of the store. `store-unavailable` stands for all that leaves it open
 * whether a statement was carried out; every other code says that it certainly was not. Knows nothing of what was attempted.
 */
import { CentrumError, type ErrorCode } from '../protocol/errors.js'

/** By SQLSTATE, or by its class. What is not here and has one was refused by the server for a mistake in the statement. */
const MEANINGS: Readonly<Record<string, readonly [code: ErrorCode, says: string]>> = {
  '53100': ['store-full', 'has no space left on its disk. Free some; waiting turns are then stored.'],
  '25006': ['store-read-only', 'accepts no writes: it is a standby, or is set to read-only. Name the primary.'],
  '28': ['store-read-only', "refuses the user. Correct the URL, or the server's rules (pg_hba.conf)."],
  '42501': [
    'store-read-only',
    'gives the user too few privileges. `centrum cluster grants` prints those that are needed.',
  ],
  '3D000': ['store-mismatch', 'has no such database. Correct the URL, or create it.'],
  '3F000': ['store-mismatch', 'has no tables of centrum. Run `centrum cluster migrate`.'],
  '42P01': ['store-mismatch', 'has no tables of centrum. Run `centrum cluster migrate`.'],
}

/** Classes of SQLSTATE under which a statement may have been carried out: connection lost, server going down, internal errors. */
const UNDECIDED = ['08', '57', '58', 'XX']
/** Taken back by the server: the same statement may succeed later. */
const TAKEN_BACK = ['40', '53', '55']

/** `name`: of the database, in sentences. */
export function postgresError(name: string, error: unknown): CentrumError {
  if (error instanceof CentrumError) return error
  const { code, message = String(error) } = error as { code?: string; message?: string }
  const isState = code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !/^E[A-Z]{4}$/.test(code)
  if (!isState || UNDECIDED.some((each) => code.startsWith(each))) return unavailable(name, message, error)
  const meaning = MEANINGS[code] ?? MEANINGS[code.slice(0, 2)]
  if (meaning !== undefined) return new CentrumError(meaning[0], `${name} ${meaning[1]} (${message})`, { cause: error })
  if (TAKEN_BACK.includes(code.slice(0, 2))) {
    return new CentrumError('store-in-use', `${name} rolled the statement back. It is tried again. (${message})`, {
      cause: error,
    })
  }
  return new CentrumError('store-mismatch', `${name} refused a statement: ${message} (${code}).`, { cause: error })
}

function unavailable(name: string, message: string, cause: unknown): CentrumError {
  return new CentrumError(
    'store-unavailable',
    `${name} does not answer. Check the server and the network; whatever waits continues when the database is back. (${message})`,
    { cause },
  )
}
