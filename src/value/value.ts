/**
 * What payloads and state are made of, and the byte that leads each of them (docs/protocol.md, "Values").
 * Knows nothing of how they are written or read.
 */
import * as LEAD from './lead.js'

/**
 * A value that survives the way exactly: all numbers (-0, NaN, infinities), all strings (lone surrogates too), bytes,
 * arrays and plain objects. `undefined` is absence: alone it is kept, a property that is undefined is left out, and in
 * an array it is kept, where a hole becomes it.
 */
export type Value =
  | undefined
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value }

/** How deep arrays and objects may nest, including the outermost. */
export const VALUE_DEPTH_MAX = 128

/** The longest array. This is for arrays like `a[4e9] = 1`, whose holes would be written one by one. */
export const VALUE_ARRAY_LENGTH_MAX = 1 << 24

/** What leads each value. */
export { LEAD }

/** The greatest that is added to a leading byte of a range. */
export const SMALL = { integer: 63, text: 31, array: 15, object: 15 } as const
