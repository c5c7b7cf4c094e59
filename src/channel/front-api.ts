/**
 * A front master as those see it who bring their own sockets, typed from the type of an app. Types only: `front/` implements
 * them. State is encoded here, as a front never opens it; a `StateMirror` does.
 */

import type { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Reset, ResetReason } from '../protocol/reset.js'
import type { ChannelOf, OptionsOf, ReachingId, ReplyOf } from './channel-of.js'
import type { AppMessages, AppPeerMessages, CarriedByAll, CarriedByAny, NamesIn } from './app-messages.js'
import type { App, ChannelsOf } from './app.js'
import type { Channel, ChannelTypes, TypesOf } from './channel-types.js'
import type {
  ClientRequests,
  LinkArguments,
  LinkStatus,
  RequestArguments,
  Unsubscribe,
  WaitSettings,
} from './client-api.js'
import type { PayloadOf, PeerMessages, PeerRequests } from './context.js'
import type { DataOf } from './define-app.js'

/** Where in a channel's history some encoded state, or a patch to it, stands. */
export interface StatePosition {
  /** The epoch of the owner. */
  readonly epoch: number
  /** The version of the state. */
  readonly version: number
}

/** What a client is known by: as `authenticate` returns it. */
export type ClientIdentity<Data> = undefined extends Data
  ? { readonly userId: string; readonly data?: Data }
  : { readonly userId: string; readonly data: Data }

/** The parts of a front master whose types depend on the app. */
export interface FrontMasterApi<A extends App = App> {
  /** A session of the front's own to a channel. */
  channel<const Id extends string>(id: ReachingId<A, Id>): FrontChannelApi<ChannelOf<A, Id>>
  /** A client, for one of the application's own connections. */
  client(identity: ClientIdentity<DataOf<ChannelsOf<A>>>): FrontClientApi<A>
  /**
   * Ends all sessions of a user for good, on all fronts: their connections close with `kicked` and the reason, and their channels unlink
   * them. Sessions that the user begins afterwards are let in, unless `authenticate` refuses them.
   */
  kickUser(userId: string, reason: string): void
  /** Sends an internal or broadcastable message to every open channel that declares it: at most once each. */
  broadcast<N extends NamesIn<AppPeerMessages<A>> & string>(
    message: N,
    ...payload: PayloadOf<CarriedByAll<AppPeerMessages<A>, N>>
  ): void
}

/** A front's own session to a channel. */
export interface FrontChannelApi<C extends Channel = Channel> {
  /** The channel's id. */
  readonly id: string
  /** The epoch of its owner. */
  readonly epoch: number
  /** The version that `onPatch` and `onKeyframe` have led to. */
  readonly version: number
  /** `live`, `stalled` while contact is lost, or `closed`. */
  readonly status: LinkStatus
  /** Links, and resolves with the encoded state. */
  link(settings?: WaitSettings): Promise<Uint8Array>
  /** Ends the link. Resolves when the channel has let go. */
  unlink(): Promise<void>
  /** Each patch, encoded: to be forwarded, or for a `StateMirror`. */
  onPatch(listener: (patch: Uint8Array, position: StatePosition) => void): Unsubscribe
  /** The encoded state anew, where patches were missed or the state has another origin. */
  onKeyframe(listener: (encodedState: Uint8Array, position: StatePosition) => void): Unsubscribe
  /** The channel's events. */
  onEvent(listener: (...event: EventOf<TypesOf<C>>) => void): Unsubscribe
  /** Reports each change of `status`. */
  onStatus(listener: (status: LinkStatus, reason: Reason | null) => void): Unsubscribe
  /** The channel began anew, or had given the front up: what was not acknowledged is refused as `unknown`. */
  onReset(listener: (reason: ResetReason, reset: Reset) => void): Unsubscribe
  /** A keyframe came instead of patches: the events of these versions were not had. */
  onMissed(listener: (missed: { readonly from: number; readonly to: number }) => void): Unsubscribe
  /** Message clientSeq had no effect, and why. Where nobody listens it is logged. */
  onRefused(listener: (clientSeq: number, error: CentrumError) => void): Unsubscribe
  /** Sends an internal or broadcastable message, and returns its number. */
  send<N extends keyof PeerMessages<TypesOf<C>> & string>(
    message: N,
    ...payload: PayloadOf<TypesOf<C>['messages'][N]['sent']>
  ): number
  /** Makes an internal request. */
  request<N extends keyof PeerRequests<TypesOf<C>> & string>(
    request: N,
    input: TypesOf<C>['requests'][N]['input']['sent'],
    settings?: WaitSettings,
  ): Promise<TypesOf<C>['requests'][N]['output']['received']>
}

/** A client whose connection the application holds. */
export interface FrontClientApi<A extends App = App> {
  /** The public id of its session: `client.id` in channels. */
  readonly id: string
  /** The user that it was made for. */
  readonly userId: string
  /** Links to a channel; resolves with the encoded state and the channel's reply. Rejects with a `CentrumError`. */
  link<const Id extends string>(
    id: ReachingId<A, Id>,
    ...settings: LinkArguments<OptionsOf<ChannelOf<A, Id>>>
  ): Promise<EncodedLink<ReplyOf<ChannelOf<A, Id>>>>
  /** Ends a link. Resolves when the channel has let go. */
  unlink<const Id extends string>(id: ReachingId<A, Id>): Promise<void>
  /** Chooses the channel that processes what `send` sends; null for none. Resolves when it has taken over. */
  setProcessor<const Id extends string>(id: ReachingId<A, Id> | null): Promise<void>
  /** Sends a message to the processor. While that moves it waits; without effect it is reported by `onRefused`. */
  send<N extends NamesIn<AppMessages<A>> & string>(
    message: N,
    ...payload: PayloadOf<CarriedByAny<AppMessages<A>, N>>
  ): void
  /** Makes a request to a linked channel, and resolves with its answer. */
  request<
    const Id extends string,
    N extends keyof ClientRequests<TypesOf<ChannelOf<A, Id>>> & string,
    R extends TypesOf<ChannelOf<A, Id>>['requests'][N],
  >(
    id: ReachingId<A, Id>,
    request: N,
    ...input: RequestArguments<R['input']['sent']>
  ): Promise<R['output']['received']>
  /** Each patch of a linked channel, encoded. */
  onPatch(listener: (channelId: string, patch: Uint8Array, position: StatePosition) => void): Unsubscribe
  /** The encoded state of a linked channel anew, where patches were missed or the state has another origin. */
  onKeyframe(listener: (channelId: string, encodedState: Uint8Array, position: StatePosition) => void): Unsubscribe
  /** Events of linked channels. */
  onEvent(listener: (channelId: string, event: string, payload: unknown) => void): Unsubscribe
  /** Reports each change of the status of a link. */
  onStatus(listener: (channelId: string, status: LinkStatus, reason: Reason | null) => void): Unsubscribe
  /** A channel began anew: what was not acknowledged is reported by `onRefused`. */
  onReset(listener: (channelId: string, reason: ResetReason, reset: Reset) => void): Unsubscribe
  /** The broadcast events of these versions did not arrive: a keyframe came in their place. */
  onMissed(listener: (channelId: string, missed: { readonly from: number; readonly to: number }) => void): Unsubscribe
  /** A message had no effect, and why. Where nobody listens it is logged. */
  onRefused(listener: (channelId: string, error: CentrumError) => void): Unsubscribe
  /** Ends the session. */
  disconnect(): Promise<void>
}

/** What a client's `link` resolves with. */
export interface EncodedLink<Reply> extends StatePosition {
  /** The whole state: a keyframe. */
  readonly encodedState: Uint8Array
  /** What `onLink` returned. */
  readonly reply: Reply
}

/** Name and payload of any of a channel's events, as arguments. */
export type EventOf<T extends ChannelTypes> = {
  [N in keyof T['events'] & string]: [name: N, payload: T['events'][N]['received']]
}[keyof T['events'] & string]
