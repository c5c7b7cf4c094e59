/**
 * The context of an entry that a channel keeps until it has its outcome: its place among all that the channel sends to another, through
 * all of its links. Knows nothing of links.
 */
import { bytesOf, readAll, type TypeOf } from './field.js'
import * as wire from './wire.js'

/** `after`: the one before that had no outcome yet; 0 for none. */
export const peerPlace = wire.struct({ serial: wire.uvarint, after: wire.uvarint })
export type PeerPlace = TypeOf<typeof peerPlace>

/** The context of an entry. */
export function makePeerPlace(place: PeerPlace): Uint8Array {
  return bytesOf(peerPlace, place)
}

/** Reads the context of an entry. Throws a `DecodeError`. */
export function readPeerPlace(context: Uint8Array): PeerPlace {
  return readAll(peerPlace, context)
}
