/**
 * What a turn of a channel adds to what is kept of it: with the image of the version before it makes the image of the version after.
 * Knows nothing of how it is kept.
 */
import { sharedEvents } from '../protocol/blocks.js'
import { type TypeOf } from '../protocol/field.js'
import * as wire from '../protocol/wire.js'
import { outboxEntry, peerMark, position, sessionImage, timerImage } from './channel-image.js'

export const turnRecord = wire.struct({
  /** The version before. */
  previous: wire.uvarint,
  ...position,
  /** What the turn changed in the state; null for nothing. */
  patch: wire.optional(wire.blob),
  /** What it changed in `ctx.memory`; null for nothing. */
  memoryPatch: wire.optional(wire.blob),
  timerChanges: wire.struct({ set: wire.list(timerImage), removed: wire.list(wire.uvarint) }),
  /** What it sent to other channels, and the numbers of those that have their outcome. */
  outboxChanges: wire.struct({ added: wire.list(outboxEntry), removed: wire.list(wire.uvarint) }),
  /** How far it came with what other channels sent: those that moved. */
  peerMarks: wire.list(peerMark),
  /** What it said to all linked clients: those that return are served it with the patch. */
  events: sharedEvents,
  /** Sessions in which anything changed, as they are behind the turn. */
  sessions: wire.list(sessionImage),
  /** The serials of those that ended. */
  disconnected: wire.list(wire.uvarint),
})
export type TurnRecord = TypeOf<typeof turnRecord>
