/**
 * A client's end of a link to a channel, as it is typed. Types only: `client/` implements them.
 */

import type { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Reset, ResetReason } from '../protocol/reset.js'
import type { Channel, ChannelTypes, TypesOf } from './channel-types.js'
import type { PayloadOf } from './context.js'
import type { KnownPath, ReadonlyState, StateAt, StateHandlers, StatePath } from './readonly-state.js'

/** Removes a listener that an `on…` method added. Calling it again does nothing. */
export type Unsubscribe = () => void

/** `live`: up to date. `stalled`: contact is lost, and is being restored. `closed`: the link has ended. */
export type LinkStatus = 'live' | 'stalled' | 'closed'

/** The messages that a linked client may send, by name. */
export type ClientMessages<T extends ChannelTypes> = {
  readonly [N in keyof T['messages'] as T['messages'][N]['kind'] extends 'internal' ? never : N]: T['messages'][N]
}

/** The requests that a linked client may make, by name. */
export type ClientRequests<T extends ChannelTypes> = {
  readonly [N in keyof T['requests'] as T['requests'][N]['kind'] extends 'internal' ? never : N]: T['requests'][N]
}

/** How long a call waits, and how to end it early. */
export interface WaitSettings {
  /** Milliseconds after which the call rejects with `timeout`. */
  readonly timeoutMs?: number
  /** Aborting it rejects the call with `aborted`. */
  readonly signal?: AbortSignal
}

/** What `link` takes besides the id: `options` for the channel, `processor`, and how long to wait. */
export interface LinkSettings<Options> extends WaitSettings {
  /** The options that the channel declares for links. */
  readonly options?: Options
  /** Makes the channel the client's processor as soon as it is linked. */
  readonly processor?: boolean
}

export interface LinkSettingsWithOptions<Options> extends LinkSettings<Options> {
  readonly options: Options
}

/** The last arguments of `link`: required if the channel declares options that must not be left out. */
export type LinkArguments<Options> = undefined extends Options
  ? [settings?: LinkSettings<Options>]
  : [settings: LinkSettingsWithOptions<Options>]

/** A payload, and settings that may follow it. The payload may be left out if `undefined` is a valid payload. */
export type RequestArguments<Sent> = undefined extends Sent
  ? [input?: Sent, settings?: WaitSettings]
  : [input: Sent, settings?: WaitSettings]

/**
 * A client's link to a channel: `ChannelLink<typeof arena>`, whether `arena` is a definition or its implementation. It is a name for the same
 * type in both cases, which compilers before TypeScript 7 do not recognize by comparing the two.
 */
export type ChannelLink<C extends Channel = Channel> = LinkOf<Channel<TypesOf<C>>>

/** What `connection.link` returns. Use `ChannelLink` to name this type by a definition. */
export interface LinkOf<C extends Channel> {
  /** The channel's id. */
  readonly id: string
  /**
   * The live state, which each patch changes in place: objects keep their identity, even when a patch changes them.
   * `onChange` reports changes; copy what you want to compare with later.
   */
  readonly state: ReadonlyState<TypesOf<C>['state']>
  /** Counts the channel's published turns. */
  readonly version: number
  /** When this version arrived: milliseconds since 1970 by the server's clock (`connection.serverNow()`). */
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
  /** Reports each new version, after the whole patch has been applied to the state. */
  onChange(listener: (state: ReadonlyState<TypesOf<C>['state']>, version: number) => void): Unsubscribe
  /**
   * Reports that the channel started over (`reset`), or no longer had the session (`session-expired`): messages without acknowledgement
   * may be lost. If it started from a stored image, `imageAgeMs` says how old the image was.
   */
  onReset(listener: (reason: ResetReason, reset: Reset) => void): Unsubscribe
  /** Reports that the message of this number was refused and had no effect. */
  onRefused(listener: (clientSeq: number, error: CentrumError) => void): Unsubscribe
  /** Reports that the broadcast events of these versions were missed, because a keyframe arrived instead of patches. */
  onMissed(listener: (missed: { readonly from: number; readonly to: number }) => void): Unsubscribe
  /**
   * Listens to one of the channel's events: `on('boom', ({ x, y }) => {})`. Or, given a path of the state, reports which entries are
   * added, changed and removed there: `on(['players'], { add, change, remove })`. In a path, `*` stands for every key, and `[]` is the
   * state itself; in a Map, the keys 1 and '1' are different. `add` is called at once for existing entries. Handlers of paths run after
   * the whole patch has been applied, before `onChange`.
   */
  on<const W extends (keyof TypesOf<C>['events'] & string) | StatePath>(
    what: W extends StatePath ? KnownPath<TypesOf<C>['state'], W> : W,
    handle: W extends StatePath
      ? StateHandlers<StateAt<TypesOf<C>['state'], W>>
      : (payload: TypesOf<C>['events'][W & string]['received']) => void,
  ): Unsubscribe
  /**
   * The state as an immutable, frozen value. It shares every unchanged object with the previous snapshot, and has new objects along
   * the paths that changed. It is created on demand, and contains none of the objects of `state`.
   */
  snapshot(): ReadonlyState<TypesOf<C>['state']>
  /**
   * Sends a message. The client keeps it until the channel has processed it.
   * @returns the message's number.
   * @throws CentrumError `buffer-full` if too many messages are not yet acknowledged.
   */
  send<N extends keyof ClientMessages<TypesOf<C>> & string>(
    message: N,
    ...payload: PayloadOf<TypesOf<C>['messages'][N]['sent']>
  ): number
  /** Makes a request, and resolves with the answer. Rejects with a `CentrumError`. */
  request<N extends keyof ClientRequests<TypesOf<C>> & string>(
    request: N,
    ...input: RequestArguments<TypesOf<C>['requests'][N]['input']['sent']>
  ): Promise<TypesOf<C>['requests'][N]['output']['received']>
  /**
   * Undoes one `link()`. The last of them ends the link, and resolves when the channel has unlinked the client. Without an answer from
   * the channel, the link ends on this side after at most 10 s.
   */
  unlink(): Promise<void>
}

/** A link of `connectPlain`, by its definition: see `PlainLinkOf`. */
export type PlainLink<C extends Channel = Channel> = PlainLinkOf<Channel<TypesOf<C>>>

/** What `link` of a connection of `connectPlain` returns: a link without `snapshot()` and without handlers of paths. */
export interface PlainLinkOf<C extends Channel> extends Omit<LinkOf<C>, 'on' | 'snapshot'> {
  /** Listens to one of the channel's events: `on('boom', ({ x, y }) => {})`. */
  on<const E extends keyof TypesOf<C>['events'] & string>(
    event: E,
    handle: (payload: TypesOf<C>['events'][E]['received']) => void,
  ): Unsubscribe
}
