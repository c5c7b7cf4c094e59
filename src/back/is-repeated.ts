/**
 * What another channel sends again because it does not know its outcome: by the place that its context names. Knows nothing of handlers.
 */
import type { Entry } from '../protocol/link-frames.js'
import { type PeerPlace, readPeerPlace } from '../protocol/peer-place.js'
import type { TaskOutcome } from './keyed-task-queue.js'
import { type PeerMarks, TooEarly } from './peer-marks.js'
import type { Session } from './session.js'

type Sender = Pick<Session, 'id' | 'senderKind'>

/** Whether the entry has had its effect. Throws a `TooEarly`, and a `DecodeError` for a context that cannot be read. */
export function isRepeated(marks: PeerMarks, sender: Sender, entry: Entry): boolean {
  const place = placeOf(sender, entry)
  return place !== null && marks.isDone(sender.id, place)
}

/** The entry has its outcome, unless it came too early. */
export function noteOutcome(marks: PeerMarks, sender: Sender, entry: Entry, outcome: TaskOutcome): void {
  if (!outcome.ok && outcome.error instanceof TooEarly) return
  const place = placeOf(sender, entry)
  if (place !== null) marks.advance(sender.id, place.serial)
}

/** Null for what is kept nowhere. The contexts of clients are their own. */
function placeOf({ senderKind }: Sender, { context }: Entry): PeerPlace | null {
  return context === null || senderKind !== 'channel' ? null : readPeerPlace(context)
}
