/** What of a channel outlives its owner, so that another goes on in the same history. Plain data; knows nothing of how it is kept. */
import type { ConnectionOrder } from '../protocol/connection-order.js'
import type { SenderKind } from '../protocol/frame-types.js'
import type { Item } from '../protocol/link-frames.js'
import type { Origin } from '../protocol/origin.js'
import type { ContextImage } from './context-state.js'
import type { ImageAttachment } from './image-attachment.js'

export interface ChannelImage extends ContextImage {
  readonly origin: Origin
  readonly version: number
  /** A keyframe of the state at that version. */
  readonly state: Uint8Array
  /** How many links the channel has accepted within its origin. */
  readonly serial: number
  /** Sessions whose link was accepted, those in grace among them. */
  readonly sessions: readonly SessionImage[]
  /** What `onImage` gave; null for nothing. */
  readonly attachment: ImageAttachment | null
}

export interface SessionImage {
  readonly id: string
  readonly senderKind: SenderKind
  readonly userId: string
  /** Wall clock, milliseconds since 1970. */
  readonly beganAt: number
  /** As the channel's schema gave it. */
  readonly data: unknown
  readonly linkNumber: number
  readonly order: ConnectionOrder
  readonly processor: boolean
  readonly serial: number
  readonly reply: Uint8Array | null
  /** The last clientSeq that has an outcome. */
  readonly processed: number
  /** The first clientSeq whose outcome had no room; null for none. */
  readonly firstUnreported: number | null
  readonly lastServerSeq: number
  /** Answers and events for this link alone that its client has not seen yet. */
  readonly unseen: readonly Item[]
  /** Whether more had no room: the link has to end. */
  readonly isFull: boolean
}
