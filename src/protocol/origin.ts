/** The beginning of a history of state: the epoch in which it began, and a random nonce (16 hex digits). With a version it names one state exactly. */
import { type TypeOf } from './field.js'
import * as wire from './wire.js'
import { readHex8 } from './hex8.js'

export const origin = wire.struct(
  {
    /** The epoch in which the history began. */
    epoch: wire.uvarint,
    /** Random, 16 hex digits: tells it from another history of that epoch. */
    nonce: wire.hex8,
  },
  (reader) => ({ epoch: reader.uvarint(), nonce: readHex8(reader) }),
)
/** The beginning of a history of state: the epoch in which it began, and a random nonce. */
export type Origin = TypeOf<typeof origin>

/** Whether two origins are the same. */
export function sameOrigin(a: Origin, b: Origin): boolean {
  return a.nonce === b.nonce && a.epoch === b.epoch
}
