/** A message from the database: its sender, and its payload, which is JSON, as the value that handlers get. Knows nothing of schemas. */
import type { Database } from '../channel/context.js'
import { CentrumError } from '../protocol/errors.js'
import { encodeValue } from '../value/encode-value.js'
import type { InboxMessage } from '../store/store.js'

/** There is nothing to it but its kind; the id is there for who names all senders alike. */
export const DATABASE: Database = Object.freeze(
  Object.defineProperty({ kind: 'database', id: 'database' } as const, 'id', { enumerable: false }),
)

/** Throws a `CentrumError` `invalid` for what is no value. */
export function sentPayload({ json }: Pick<InboxMessage, 'json'>): Uint8Array {
  try {
    return encodeValue(json === null ? undefined : (JSON.parse(json) as unknown))
  } catch (error) {
    throw new CentrumError(
      'invalid',
      `the payload is not a valid value: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    )
  }
}
