/**
 * What a link's end calls: its holder, which knows what the link is for, and its carrier, which knows the connection. And how
 * long a link waits before it is linked again.
 */
import type { Keyframe, SharedBlock } from '../protocol/blocks.js'
import type { ClientFrame, FrontFrame } from '../protocol/client-frames.js'
import type { CentrumError } from '../protocol/errors.js'
import type { LinkedState, Shown } from '../protocol/link-frames.js'
import type { Reason } from '../protocol/reasons.js'
import type { Reset, ResetReason } from '../protocol/reset.js'

/** What a link's end sends. */
export type LinkFrame = Extract<ClientFrame, { readonly type: 'link' | 'entry' | 'seen' }>

/** What a link's end receives: by its link number, and, of shared blocks and keyframes, by its channel. */
export type LinkAnswer = Extract<
  FrontFrame,
  { readonly type: 'linked' | 'detached' | 'private' | 'status' | 'keyframe' | 'shared' }
>

/** `live`: up to date. `stalled`: contact is lost, and is being restored. `closed`: over. */
export type EndStatus = 'live' | 'stalled' | 'closed'

/** Versions whose broadcast events did not arrive, both ends included. */
export interface Missed {
  readonly from: number
  readonly to: number
}

/**
 * The callbacks of a link's end. They are called synchronously from its methods and may call them again. Only `load` and
 * `patch` may throw: bytes that cannot be applied make the end link again for a keyframe.
 *
 * Of one version the order is: `patch` or `load`, `changed`, `status` where it became live, then events, answers and refusals in
 * the order in which the channel made them.
 */
export interface LinkHolder {
  /** What its user is shown at this moment, for a channel that asked for it. */
  shown?(): Shown | undefined
  /** The channel accepted the link: for the first time, anew (`reset` comes first), or it goes on. */
  linked(linked: LinkedState): void
  /** The whole state, encoded. */
  load(keyframe: Keyframe): void
  /** What changed since the version before, encoded. */
  patch(patch: Uint8Array, block: SharedBlock): void
  /** The state is at this version now; `LinkEnd.acknowledged` is what it contains. */
  changed(version: number): void
  /** A broadcast event, or one for this session alone. */
  event(name: string, payload: Uint8Array): void
  status(status: EndStatus, reason: Reason | null, message: string): void
  /**
   * All that was not acknowledged is reported as `unknown` by now, and the numbers begin again. `reset`: the state has
   * another origin. `session-expired`: the channel had given the session up.
   */
  reset(reason: ResetReason, reset: Reset): void
  missed(missed: Missed): void
  /** Message clientSeq has no effect, or none that is known (`unknown`). */
  refused(clientSeq: number, error: CentrumError): void
}

/** What carries a link's end: the set of its session's links. Called before the holder, under the same conditions. */
export interface LinkCarrier {
  /** A frame for the front, behind all before it. */
  send(frame: LinkFrame): void
  /** Everything up to clientSeq is processed, and the state shows it. */
  acknowledged(clientSeq: number): void
  /**
   * At the first `live` the call that opened the link is answered, and then `LinkEnd.go()` is to be called. `details`: the
   * encoded value that a refusal carries beside its message; null for none.
   */
  status(status: EndStatus, reason: Reason | null, message: string, details: Uint8Array | null): void
  /** The channel became the session's processor, or is it no longer. */
  processor(is: boolean, reason: Reason | null): void
  /**
   * The link is to be opened again while the connection lives: call `LinkEnd.open` with a new link number, after
   * `relinkDelayMs(failures)`. Not called where the connection is what was lost.
   */
  relink(failures: number): void
}

/** How often a link is linked again without waiting; further attempts wait. */
const AT_ONCE_MAX = 3
const RELINK_MS_MIN = 100
/** The longest wait between two attempts to link again, in milliseconds. */
const RELINK_MS_MAX = 5_000

/** How long to wait before linking again, by how often that has failed in a row. The caller picks a wait below it by chance. */
export function relinkDelayMs(failures: number): number {
  if (failures <= AT_ONCE_MAX) return 0
  return Math.min(RELINK_MS_MAX, RELINK_MS_MIN * 2 ** (failures - AT_ONCE_MAX - 1))
}
