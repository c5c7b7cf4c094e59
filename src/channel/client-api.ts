/**
 * A client's end of a link to a channel, as it is typed. Types only: `client/` implements them.
 */

import type { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Reset, ResetReason } from '../protocol/reset.js'
import type { Channel, ChannelTypes, TypesOf } from './channel-types.js'
import type { PayloadOf } from './context.js'
import type { KnownPath, ReadonlyState, StateAt, StateHandlers, StatePath } from './readonly-state.js'

/** Ends what an `on…` began. Calling it again does nothing. */
export type Unsubscribe = () => void

/** `live`: up to date. `stalled`: contact is lost, and is being restored. `closed`: over. */
export type LinkStatus = 'live' | 'stalled' | 'closed'

/** What a linked client may send, by name. */
export type ClientMessages<T extends ChannelTypes> = {
  readonly [N in keyof T['messages'] as T['messages'][N]['kind'] extends 'internal' ? never : N]: T['messages'][N]
}

/** What a linked client may ask, by name. */
export type ClientRequests<T extends ChannelTypes> = {
  readonly [N in keyof T['requests'] as T['requests'][N]['kind'] extends 'internal' ? never : N]: T['requests'][N]
}

/** How long a call waits, and what ends it early. */
export interface WaitSettings {
  /** Milliseconds after which the call rejects with `timeout`. */
  readonly timeoutMs?: number
  /** Aborting it rejects the call with `aborted`. */
  readonly signal?: AbortSignal
}

/** What `link` takes beside the id: `options` of the channel, `processor`, and how long to wait. */
export interface LinkSettings<Options> extends WaitSettings {
  /** What the channel wants to know when a client links. */
  readonly options?: Options
  /** Makes the channel the client's processor as soon as it is linked. */
  readonly processor?: boolean
}

export interface LinkSettingsWithOptions<Options> extends LinkSettings<Options> {
  readonly options: Options
}

/** The last arguments of `link`: required where the channel declares options that may not be left out. */
export type LinkArguments<Options> = undefined extends Options
  ? [settings?: LinkSettings<Options>]
  : [settings: LinkSettingsWithOptions<Options>]

/** A payload and what may follow it. The payload may be left out where `undefined` is one. */
export type RequestArguments<Sent> = undefined extends Sent
  ? [input?: Sent, settings?: WaitSettings]
  : [input: Sent, settings?: WaitSettings]

/**
 * A client's link to a channel: `ChannelLink<typeof arena>`, whether `arena` is a definition or its implementation. It is a name for the same
 * type in both cases, which compilers before TypeScript 7 would not find out by comparing the two.
 */
export type ChannelLink<C extends Channel = Channel> = LinkOf<Channel<TypesOf<C>>>

/** What `connection.link` gives; `ChannelLink` names it by a definition. */
export interface LinkOf<C extends Channel> {
  /** The channel's id. */
  readonly id: string
  /**
   * Live: changed in place by each patch, so that what no patch touched stays the same object, and so does what one changed.
   * `onChange` tells when; copy what is to be compared with later.
   */
  readonly state: ReadonlyState<TypesOf<C>['state']>
  /** Counts the channel's published turns. */
  readonly version: number
  /** When this version arrived: milliseconds since 1970 by the server's clock, as `connection.serverNow()` has it. */
  readonly changedAt: number
  /** Grows when the channel gets another owner. */
  readonly epoch: number
  /** What `onLink` returned. */
  readonly reply: TypesOf<C>['reply']
  /** `live`, `stalled` while contact is lost, or `closed`. */
  readonly status: LinkStatus
  /** The number of the last message that the channel has processed. */
  readonly acknowledged: number
  /** Reports each change of `status`; the reason says why it is not live. */
  onStatus(listener: (status: LinkStatus, reason: Reason | null) => void): Unsubscribe
  /** Reports each new version, when the state has been changed as a whole. */
  onChange(listener: (state: ReadonlyState<TypesOf<C>['state']>, version: number) => void): Unsubscribe
  /**
   * The channel began anew (`reset`), or had given the session up (`session-expired`): what was not acknowledged may be lost. Where it began
   * with a stored image, `imageAgeMs` says how old that was.
   */
  onReset(listener: (reason: ResetReason, reset: Reset) => void): Unsubscribe
  /** The message of this number was refused and had no effect. */
  onRefused(listener: (clientSeq: number, error: CentrumError) => void): Unsubscribe
  /** The broadcast events of these versions did not arrive: a keyframe came in their place. */
  onMissed(listener: (missed: { readonly from: number; readonly to: number }) => void): Unsubscribe
  /**
   * Hears one of the channel's events: `on('boom', ({ x, y }) => {})`. Or, by a path of the state, what comes, changes and
   * goes among the entries of what lies there: `on(['players'], { add, change, remove })`. A `*` in a path stands for every
   * key, and `[]` is the state itself; keys are named as they are: 1 and '1' of a Map are two. `add` is called at once for
   * what is there. Handlers of paths run when a patch has been applied as a whole, before `onChange`.
   */
  on<const W extends (keyof TypesOf<C>['events'] & string) | StatePath>(
    what: W extends StatePath ? KnownPath<TypesOf<C>['state'], W> : W,
    handle: W extends StatePath
      ? StateHandlers<StateAt<TypesOf<C>['state'], W>>
      : (payload: TypesOf<C>['events'][W & string]['received']) => void,
  ): Unsubscribe
  /**
   * The state as an immutable value, frozen, which shares with the snapshot before all that did not change, and has new
   * objects along the paths that did. Made when asked for; never one of the objects of `state`.
   */
  snapshot(): ReadonlyState<TypesOf<C>['state']>
  /**
   * Sends a message. It is kept until the channel has processed it.
   * @returns its number.
   * @throws CentrumError `buffer-full` while too many are not acknowledged.
   */
  send<N extends keyof ClientMessages<TypesOf<C>> & string>(
    message: N,
    ...payload: PayloadOf<TypesOf<C>['messages'][N]['sent']>
  ): number
  /** Asks, and resolves with the answer. Rejects with a `CentrumError`. */
  request<N extends keyof ClientRequests<TypesOf<C>> & string>(
    request: N,
    ...input: RequestArguments<TypesOf<C>['requests'][N]['input']['sent']>
  ): Promise<TypesOf<C>['requests'][N]['output']['received']>
  /**
   * Gives back what one `link()` gave. The last of them ends the link, and then it resolves when the channel has let go of
   * the client; without an answer the link ends here, after at most 10 s.
   */
  unlink(): Promise<void>
}
