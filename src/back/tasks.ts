/** What waits in a channel's inbox for its turn. */
import type { Entry } from '../protocol/link-frames.js'
import type { Identity } from '../protocol/master-frames.js'
import type { Reason } from '../protocol/reasons.js'
import type { TaskOutcome } from './keyed-task-queue.js'
import type { Contact, Session } from './session.js'

export type Task =
  | { readonly type: 'open' }
  | { readonly type: 'link'; readonly session: Session; readonly options: Uint8Array | null }
  | { readonly type: 'entry'; readonly session: Session; readonly entry: Entry }
  | { readonly type: 'drop'; readonly session: Session }
  | { readonly type: 'resume'; readonly session: Session }
  /** The link made the channel the client's processor. */
  | { readonly type: 'processor'; readonly session: Session }
  /** `lost`: the end of a grace, void where the session has found contact again before it is done. */
  | { readonly type: 'end'; readonly session: Session; readonly ending: Ending; readonly lost?: Contact }
  | PeerMessage
  | { readonly type: 'tick'; readonly dtMs: number }
  | { readonly type: 'close'; readonly reason: string }

/** What was said to the channel outside of a link: to all channels at once, or by another channel. At most once. */
export interface PeerMessage {
  readonly type: 'said'
  readonly identity: Identity
  /** The sender's session in this channel, if it has one. */
  readonly session: Session | null
  readonly request: boolean
  readonly name: string
  readonly payload: Uint8Array
  /** Told how it went; without it a failure is logged. */
  readonly settle: ((outcome: TaskOutcome) => void) | null
}

/** How a link ends: what `onUnlink` is told, and what the client's end is. */
export interface Ending {
  /** For `onUnlink`: an application's own words, or the wire's reason. */
  readonly reason: string
  readonly wire: Reason
  /** Whether the client's library links again by itself. */
  readonly relink: boolean
  /** What the client gets beside the reason: an encoded value. */
  readonly details?: Uint8Array | null
}
