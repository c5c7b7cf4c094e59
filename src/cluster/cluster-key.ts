/**
 * The cluster's secret: how it is given, how long and how random it must look, and the error for whoever forgot it. No message shows a
 * key. Knows nothing of what it signs or encrypts.
 */
import { CentrumError } from '../protocol/errors.js'
import { OBJECT } from '../options/option-kinds.js'
import { describeValue } from '../options/describe-value.js'
import { KEY_BYTES_MIN } from '../runtime/fresh-key.js'

type Secret = string | Uint8Array

/** So many different bytes any 16 random ones have, as hex digits too. */
const DIFFERENT_BYTES_MIN = 8
const REMEDY = 'npx centrum key makes one.'

/** A key as an option. What it is is checked by `readClusterKeys`. */
export const KEY_OPTION = {
  ...OBJECT,
  secret: true,
  is: (value: unknown): value is Secret | readonly Secret[] =>
    isSecret(value) || (Array.isArray(value) && value.length > 0 && value.every(isSecret)),
  expected: `a string or a Uint8Array of at least ${KEY_BYTES_MIN} bytes, or a list of them`,
  description:
    'The secret of the cluster, at least 32 bytes (of UTF-8, if it is a string). Required for `tcp://` addresses beyond loopback, and by every front, which signs resume tokens with it. If it is a list, the first key is used and all are accepted, so that a key can be changed without ending sessions.',
} as const

/** The bytes of a key as it was given, or of each of several. Throws `invalid-option`, without showing a key. */
export function readClusterKeys(given: unknown, name = 'key'): readonly Uint8Array[] {
  if (!Array.isArray(given)) return [readKey(given, name)]
  return given.map((each, i) => readKey(each, `${name}[${i}]`))
}

function readKey(given: unknown, name: string): Uint8Array {
  if (!isSecret(given)) {
    throw refusal(
      `${name} must be a string or a Uint8Array of at least ${KEY_BYTES_MIN} bytes, got ${describeValue(given)}.`,
    )
  }
  const bytes = typeof given === 'string' ? Buffer.from(given, 'utf8') : given
  if (bytes.length < KEY_BYTES_MIN) {
    const form = typeof given === 'string' ? ' (of UTF-8)' : ''
    throw refusal(`${name} has ${bytes.length} bytes${form}; at least ${KEY_BYTES_MIN} are needed.`)
  }
  const different = new Set(bytes).size
  if (different < DIFFERENT_BYTES_MIN) {
    throw refusal(
      `${name} is weak: it has only ${different} different bytes, while a random key has at least ${DIFFERENT_BYTES_MIN}.`,
    )
  }
  return new Uint8Array(bytes)
}

function isSecret(value: unknown): value is Secret {
  return typeof value === 'string' || value instanceof Uint8Array
}

function refusal(problem: string): CentrumError {
  return new CentrumError('invalid-option', `${problem} ${REMEDY}`)
}

/** The error of a start that needs the cluster's key and has none. `because` ends the sentence "there is no key, but …". */
export function missingKey(because: string): CentrumError {
  return new CentrumError(
    'missing-key',
    `The cluster has no key, but ${because}. Give all backs and fronts the same secret of at least ${KEY_BYTES_MIN} bytes, for instance ` +
      `staticCluster({ backs, key: process.env.CENTRUM_KEY }), and keep it out of the source. ${REMEDY}`,
  )
}
