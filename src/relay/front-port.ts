/**
 * The one interface between a front master and the carriers of its sessions: the gateway's sockets, and the application's own `Client`
 * and `FrontChannel`. A session's frames go in; shared blocks (once per channel and turn) and private frames (per link) come out. Knows
 * nothing of sockets and nothing of state.
 */
import type { SharedBlock } from '../protocol/blocks.js'
import type { ClientFrame, FrontFrame } from '../protocol/client-frames.js'
import type { Identity } from '../protocol/master-frames.js'
import type { Reason } from '../protocol/reasons.js'
export type { SessionEnd } from '../session/ended-sessions.js'
import type { SessionEnd } from '../session/ended-sessions.js'

/** What a session may say to the front once it is welcome. */
export type SessionFrame = Extract<ClientFrame, { readonly type: 'link' | 'entry' | 'seen' | 'broadcast' }>

/** What the front says to one session. */
export type SessionAnswer = Extract<
  FrontFrame,
  { readonly type: 'linked' | 'detached' | 'private' | 'status' | 'keyframe' }
>

/** The carrier's end: implemented by gateway and `Client`. None of its methods may throw. */
export interface SessionSink {
  /** The address or network that the session comes from, as it counts in limits; left out where there is none. */
  readonly address?: string
  /**
   * True while the carrier cannot take more of what can be coalesced. Its links get no shared blocks then; after
   * `FrontSession.drained()` each is caught up with the missing patches or a keyframe.
   */
  readonly congested: boolean
  /**
   * True for a carrier that hands out encoded state as one piece: each new link begins with a keyframe of LINKED's version or
   * above, where others get a cached one and the patches behind it.
   */
  readonly wantsKeyframe: boolean
  /** The longest frame that the carrier takes, in bytes. */
  readonly frameBytesMax: number
  /** A frame for this session alone: answers, statuses, and the keyframe it is caught up with. */
  answer(frame: SessionAnswer): void
  /** Turns of a channel that the session is linked to: the same object for every session that needs them, so that its bytes are built once. */
  shared(block: SharedBlock): void
  /** What the session feeds is full, and takes no more for now; or it has room again. */
  waits?(isWaiting: boolean): void
  /** The session should try another front within so long; this one stays. Left out by carriers that have no other. */
  goAway?(reason: Reason, withinMs: number): void
  /** The session is over, and not by this carrier: close the connection with the reason, it is not to be taken back. */
  ended(end: SessionEnd): void
}

/** The front's end of a session. */
export interface FrontSession {
  readonly identity: Identity
  /** Links that are not detached. */
  readonly linkCount: number
  /** Throws a `CentrumError` `protocol-error` for what no correct client sends; the carrier closes with it. */
  receive(frame: SessionFrame): void
  /** The carrier can take more again. */
  drained(): void
  /** The carrier is lost: the session may come back, here or elsewhere, within `graceMs` where that is not 0 and its channels wait for longer. */
  drop(reason: Reason, graceMs?: number): void
  /** The session is over: all its links end at once. */
  end(reason: Reason): void
}

export interface FrontPort {
  /**
   * Takes a session in. A session that is here already with an older token or a lower attach is told `replaced` by its channels when it links.
   * Throws a `CentrumError`: `too-many`, or `stopped`.
   */
  attach(identity: Identity, connectionAttempt: number, sink: SessionSink): FrontSession
}
