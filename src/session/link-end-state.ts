/**
 * What a link's end is made with, the states it goes through and what it handles in each, and the counts and limits it has.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { LinkEndLimits } from './link-end-limits.js'
import type { LinkAnswer } from './link-holder.js'

/** @throws CentrumError `buffer-full` where one more entry of so many bytes is too much beside those that wait. */
export function expectRoom(
  { retainedEntriesMax, retainedBytesMax }: LinkEndLimits,
  entries: number,
  bytes: number,
  bytesMore: number,
): void {
  if (entries < retainedEntriesMax && bytes + bytesMore <= retainedBytesMax) return
  throw new CentrumError(
    'buffer-full',
    `${entries} messages (${bytes} bytes) wait, at most ${retainedEntriesMax} (retainedEntriesMax) and ${retainedBytesMax} bytes (retainedBytesMax). Send less often.`,
  )
}

export interface LinkEndOptions {
  readonly channelId: string
  /** Greater than that of any earlier link of the session to this channel. */
  readonly linkNumber: number
  /** The options of the link, for the channel: an encoded value, or null for none. */
  readonly options: Uint8Array | null
  /** Whether the channel is to be the session's processor from the start. */
  readonly processor: boolean
  /** The greatest epoch that the holder ever accepted for the channel; 0 for none. */
  readonly epochSeen: number
  /** Whether it is not given the channel's state, but answers and events of its own: as channels are that speak to channels. */
  readonly stateless?: boolean
  readonly limits: LinkEndLimits
  /** Counted in here, for several links together. */
  readonly counts: LinkEndCounts
}

/**
 * idle: not opened yet. linking: LINK is sent. catching-up: LINKED has come, the state is not at its version yet. live: it
 * is. stalled: contact is lost, or is to be made again. closed: over.
 */
export type LinkEndState =
  | { readonly state: 'idle' }
  | { readonly state: 'linking'; readonly link: number }
  | { readonly state: 'catching-up'; readonly link: number; readonly target: number }
  | { readonly state: 'live'; readonly link: number }
  | { readonly state: 'stalled' }
  | { readonly state: 'closed'; readonly reason: Reason }

type FrameType = LinkAnswer['type']
const ACCEPTED: readonly FrameType[] = ['status', 'detached', 'private', 'shared', 'keyframe']
/** Which frames are for a link in this state. The others are for an earlier one, and are dropped. */
export const HANDLES: Readonly<Record<LinkEndState['state'], readonly FrameType[]>> = {
  idle: [],
  linking: ['linked', 'status', 'detached'],
  'catching-up': ACCEPTED,
  live: ACCEPTED,
  stalled: [],
  closed: [],
}

/** What an end holds: entries without an outcome, their bytes, and what came and cannot be handed on yet. */
export interface LinkEndInspection {
  readonly retained: number
  readonly retainedBytes: number
  readonly held: number
}

/** What was done so far. */
export interface LinkEndCounts {
  /** Times that a channel accepted a link as a new one, and as one that goes on. */
  linked: number
  resumed: number
  resets: number
  keyframes: number
  patches: number
  /** Entries sent again. */
  replayed: number
  /** Items that came again and were dropped. */
  duplicates: number
}

export function newLinkEndCounts(): LinkEndCounts {
  return { linked: 0, resumed: 0, resets: 0, keyframes: 0, patches: 0, replayed: 0, duplicates: 0 }
}
