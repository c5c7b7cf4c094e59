/** A key for a cluster. Knows nothing of what it signs or encrypts. */
import type { Random } from './runtime.js'

/** The least bytes of a key. A string counts as the bytes of its UTF-8. */
export const KEY_BYTES_MIN = 32

/** A key to keep: 32 random bytes as 43 characters that need no quoting anywhere. */
export function freshKey(random: Random): string {
  return Buffer.from(random.bytes(KEY_BYTES_MIN)).toString('base64url')
}
