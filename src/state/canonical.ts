/**
 * The canonical encoding of a state: what the promise G2 compares. It is the encoding of values with the keys of every
 * object in the order of their UTF-16 code units, because the order of keys is not state. Nor are the class of an object,
 * a property that is `undefined` (it is absent), a hole (it is `undefined`), and whether two places hold the same object.
 */
import { encodeSorted } from '../value/encode-value.js'

/** Equal bytes for equal states, and different ones for different states. Throws `EncodeError` for what is no value. */
export function canonical(state: unknown): Uint8Array {
  return encodeSorted(state)
}
