/** What the comparison throws when the state holds something that cannot be published; the encoder finds out what and where. */
import { VALUE_ARRAY_LENGTH_MAX } from '../../value/value.js'

export const REFUSED = new Error('the state contains a value that cannot be published')

export function expectLength(array: readonly unknown[]): void {
  if (array.length > VALUE_ARRAY_LENGTH_MAX) throw REFUSED
}
