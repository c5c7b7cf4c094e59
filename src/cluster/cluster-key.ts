/**
 * The cluster's secret: how it is given, how long it must be, and the error that prints a fresh one for whoever forgot it.
 * Knows nothing of what it signs or encrypts.
 */
import { CentrumError } from '../protocol/errors.js'
import { OBJECT } from '../options/option-kinds.js'
import { freshKey, KEY_BYTES_MIN } from '../runtime/fresh-key.js'
import type { Random } from '../runtime/runtime.js'

/** A key as an option. Its length is checked by `readClusterKey`. */
export const KEY_OPTION = {
  ...OBJECT,
  secret: true,
  is: (value: unknown): value is string | Uint8Array => typeof value === 'string' || value instanceof Uint8Array,
  expected: `a string or a Uint8Array of at least ${KEY_BYTES_MIN} bytes`,
  description:
    'The secret of the cluster, at least 32 bytes: a string counts as its UTF-8. Required where an address is `tcp://` beyond loopback, and by every front, which signs resume tokens with it.',
} as const

/** The bytes of a key as it was given: a string (its UTF-8) or bytes. Throws `invalid-option`, without showing the key. */
export function readClusterKey(key: unknown, random: Random, name = 'key'): Uint8Array {
  const bytes = typeof key === 'string' ? Buffer.from(key, 'utf8') : key
  if (!(bytes instanceof Uint8Array)) {
    throw new CentrumError(
      'invalid-option',
      `${name} must be a string or a Uint8Array of at least ${KEY_BYTES_MIN} bytes, got ${bytes === null ? 'null' : typeof bytes}. ` +
        `A fresh one: '${freshKey(random)}'.`,
    )
  }
  if (bytes.length < KEY_BYTES_MIN) {
    throw new CentrumError(
      'invalid-option',
      `${name} has ${bytes.length} bytes${typeof key === 'string' ? ' (of UTF-8)' : ''}, at least ${KEY_BYTES_MIN} are needed. ` +
        `A fresh one: '${freshKey(random)}'.`,
    )
  }
  return new Uint8Array(bytes)
}

/** The error of a start that needs the cluster's key and has none. `because` ends the sentence "there is no key, but …". */
export function missingKey(because: string, random: Random): CentrumError {
  return new CentrumError(
    'missing-key',
    `The cluster has no key, but ${because}. Give all masters the same secret of at least ${KEY_BYTES_MIN} bytes, for instance ` +
      `staticCluster({ backs, key: process.env.CENTRUM_KEY }) with CENTRUM_KEY='${freshKey(random)}' (made just now; keep it out of the source).`,
  )
}
