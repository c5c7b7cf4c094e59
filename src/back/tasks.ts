/** What waits in a channel's inbox for its turn. */
import type { Restored } from '../channel/context.js'
import type { Entry } from '../protocol/link-frames.js'
import type { Owner } from '../protocol/master-frames.js'
import type { Reason } from '../protocol/reasons.js'
import type { TimerImage } from './channel-timers.js'
import type { PeerMessage } from './peer-messages.js'
import type { InboxMessage } from '../store/store.js'
import type { Session } from './session.js'
import type { Grace } from './session-state.js'

export type Task =
  /** `restored`: the channel goes on from an image; null for a new one. */
  | { readonly type: 'open'; readonly restored: Restored | null }
  /** `data`: what `authenticate` delivered; `options`: those of the link. Both are encoded values. */
  | {
      readonly type: 'link'
      readonly session: Session
      readonly data: Uint8Array
      readonly options: Uint8Array | null
    }
  | { readonly type: 'entry'; readonly session: Session; readonly entry: Entry }
  | { readonly type: 'drop'; readonly session: Session }
  | { readonly type: 'resume'; readonly session: Session }
  /** Another link of the session takes the processor. */
  | { readonly type: 'release'; readonly session: Session }
  /** The link made the channel the client's processor. */
  | { readonly type: 'processor'; readonly session: Session }
  /** `grace`: the one that has ended; the task has no effect where the session has found contact again before it is done. */
  | { readonly type: 'end'; readonly session: Session; readonly ending: Ending; readonly grace?: Grace }
  | PeerMessage
  /** From the application's own database. */
  | { readonly type: 'sent'; readonly message: InboxMessage }
  | { readonly type: 'timer'; readonly timer: TimerImage }
  | { readonly type: 'tick'; readonly dtMs: number }
  | { readonly type: 'close'; readonly reason: string }

/** How a link ends. */
export interface Ending {
  /** For `onUnlink`: an application's own words, or the wire's reason. */
  readonly reason: string
  /** For the client. */
  readonly wire: Reason
  /** Whether the client's library links again by itself. */
  readonly relink: boolean
  /** What the client gets beside the reason: an encoded value. */
  readonly details?: Uint8Array | null
  /** The back where the channel goes on: for fronts. */
  readonly owner?: Owner | null
}

/** No session has this name. */
const DATABASE = ' database'

/** Tasks of one sender run in order: those of a session, and those of the channel itself. Others (null) wait for none. */
export function senderOf(task: Task): string | null {
  switch (task.type) {
    case 'open':
    case 'tick':
      return ''
    case 'sent':
      return DATABASE
    case 'peer':
      return task.session === null ? null : task.session.id
    case 'close':
    // One that takes long holds up no other.
    case 'timer':
      return null
    default:
      return task.session.id
  }
}
