/** A key that was made for an app without one, kept in a file that its owner alone may read. Knows nothing of what it signs. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { CentrumError } from '../protocol/errors.js'
import { freshKey, KEY_BYTES_MIN } from '../runtime/fresh-key.js'
import type { Random } from '../runtime/runtime.js'

/** The key in a file; a fresh one is written where there is none. Throws a `CentrumError` `missing-key` that says why neither worked. */
export function readKeyFile(path: string, random: Random): string {
  try {
    return readKey(path) ?? makeKey(path, freshKey(random)) ?? readKeyFile(path, random)
  } catch (error) {
    if (error instanceof CentrumError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new CentrumError('missing-key', `The key file beside the store can be neither read nor created: ${reason}.`, {
      cause: error,
    })
  }
}

function readKey(path: string): string | null {
  try {
    const key = readFileSync(path, 'utf8').trim()
    if (Buffer.byteLength(key) >= KEY_BYTES_MIN) return key
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  throw new CentrumError(
    'missing-key',
    `${path} does not contain a key of at least ${KEY_BYTES_MIN} bytes. Restore the key, or remove the file.`,
  )
}

/** Null where another process was faster. */
function makeKey(path: string, key: string): string | null {
  mkdirSync(dirname(path), { recursive: true })
  let file: number
  try {
    file = openSync(path, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return null
    throw error
  }
  try {
    writeSync(file, `${key}\n`)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return key
}
