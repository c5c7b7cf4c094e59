/** What containers of state are made of, on both sides. */

/** A record or struct, by the names of its fields. */
export type Fields = Record<string, unknown>
/** The key of an entry: a text in records, a text or a whole number in Maps. */
export type Key = string | number
