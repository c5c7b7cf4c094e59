/**
 * What a turn of a channel adds to what is kept of it: with the image of the version before it makes the image of the version after.
 * Knows nothing of how it is kept.
 */
import { sharedEvents } from '../protocol/blocks.js'
import { blob, list, optional, struct, type TypeOf, uvarint } from '../protocol/field.js'
import { outboxEntry, peerMark, position, sessionImage, timerImage } from './channel-image.js'

export const turnRecord = struct({
  /** The version before. */
  previous: uvarint,
  ...position,
  /** What the turn changed in the state; null for nothing. */
  patch: optional(blob),
  /** What it changed in `ctx.memory`; null for nothing. */
  memoryPatch: optional(blob),
  timerChanges: struct({ set: list(timerImage), removed: list(uvarint) }),
  /** What it sent to other channels, and the numbers of those that have their outcome. */
  outboxChanges: struct({ added: list(outboxEntry), removed: list(uvarint) }),
  /** How far it came with what other channels sent: those that moved. */
  peerMarks: list(peerMark),
  /** What it said to all linked clients: those that return are served it with the patch. */
  events: sharedEvents,
  /** Sessions in which anything changed, as they are behind the turn. */
  sessions: list(sessionImage),
  /** The serials of those that ended. */
  disconnected: list(uvarint),
})
export type TurnRecord = TypeOf<typeof turnRecord>
