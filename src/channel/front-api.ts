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

/** The position of encoded state, or of a patch, in a channel's history. */
export interface StatePosition {
  /** The epoch of the owner. */
  readonly epoch: number
  /** The version of the state. */
  readonly version: number
}

/** The identity of a client, as `authenticate` returns it. */
export type ClientIdentity<Data> = undefined extends Data
  ? { readonly userId: string; readonly data?: Data }
  : { readonly userId: string; readonly data: Data }

/** The methods of a front master whose types depend on the app. */
export interface FrontMasterApi<A extends App = App> {
  /** Returns the front's own session with a channel. */
  channel<const Id extends string>(id: ReachingId<A, Id>): FrontChannelApi<ChannelOf<A, Id>>
  /** Creates a client for one of the application's own connections. */
  client(identity: ClientIdentity<DataOf<ChannelsOf<A>>>): FrontClientApi<A>
  /**
   * Ends all sessions of a user permanently, on all fronts: their connections close with `kicked` and the reason, and their channels
   * unlink them. The user may begin new sessions afterwards, unless `authenticate` refuses them.
   */
  kickUser(userId: string, reason: string): void
  /** Sends an internal or broadcastable message to every open channel that declares it: at most once each. */
  broadcast<N extends NamesIn<AppPeerMessages<A>> & string>(
    message: N,
    ...payload: PayloadOf<CarriedByAll<AppPeerMessages<A>, N>>
  ): void
}

/** A front's own session with a channel. */
export interface FrontChannelApi<C extends Channel = Channel> {
  /** The channel's id. */
  readonly id: string
  /** The epoch of its owner. */
  readonly epoch: number
  /** The version that the state has after the latest `onPatch` or `onKeyframe`. */
  readonly version: number
  /** `live`, `stalled` while contact is lost, or `closed`. */
  readonly status: LinkStatus
  /** Links, and resolves with the encoded state. */
  link(settings?: WaitSettings): Promise<Uint8Array>
  /** Ends the link. Resolves when the channel has unlinked it. */
  unlink(): Promise<void>
  /** Reports each encoded patch: forward it, or apply it to a `StateMirror`. */
  onPatch(listener: (patch: Uint8Array, position: StatePosition) => void): Unsubscribe
  /** Reports the whole encoded state when patches were missed, or the channel began a new history. */
  onKeyframe(listener: (encodedState: Uint8Array, position: StatePosition) => void): Unsubscribe
  /** Reports the channel's events. */
  onEvent(listener: (...event: EventOf<TypesOf<C>>) => void): Unsubscribe
  /** Reports each change of `status`. */
  onStatus(listener: (status: LinkStatus, reason: Reason | null) => void): Unsubscribe
  /** Reports that the channel started over, or no longer had the session: messages without acknowledgement are refused as `unknown`. */
  onReset(listener: (reason: ResetReason, reset: Reset) => void): Unsubscribe
  /** Reports that the broadcast events of these versions were missed, because a keyframe arrived instead of patches. */
  onMissed(listener: (missed: { readonly from: number; readonly to: number }) => void): Unsubscribe
  /** Reports that the message with this number had no effect, and why. Without a listener it is logged. */
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

/** A client whose connection belongs to the application. */
export interface FrontClientApi<A extends App = App> {
  /** The public id of its session: `client.id` in channels. */
  readonly id: string
  /** The id of its user. */
  readonly userId: string
  /** Links to a channel; resolves with the encoded state and the channel's reply. Rejects with a `CentrumError`. */
  link<const Id extends string>(
    id: ReachingId<A, Id>,
    ...settings: LinkArguments<OptionsOf<ChannelOf<A, Id>>>
  ): Promise<EncodedLink<ReplyOf<ChannelOf<A, Id>>>>
  /** Ends a link. Resolves when the channel has unlinked the client. */
  unlink<const Id extends string>(id: ReachingId<A, Id>): Promise<void>
  /** Chooses the processor, the channel that handles what `send` sends; null for none. Resolves when it has taken over. */
  setProcessor<const Id extends string>(id: ReachingId<A, Id> | null): Promise<void>
  /** Sends a message to the processor. While the processor changes, the message waits; if it has no effect, `onRefused` reports it. */
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
  /** Reports each encoded patch of a linked channel. */
  onPatch(listener: (channelId: string, patch: Uint8Array, position: StatePosition) => void): Unsubscribe
  /** Reports the whole encoded state of a linked channel when patches were missed, or the channel began a new history. */
  onKeyframe(listener: (channelId: string, encodedState: Uint8Array, position: StatePosition) => void): Unsubscribe
  /** Reports the events of linked channels. */
  onEvent(listener: (channelId: string, event: string, payload: unknown) => void): Unsubscribe
  /** Reports each change of the status of a link. */
  onStatus(listener: (channelId: string, status: LinkStatus, reason: Reason | null) => void): Unsubscribe
  /** Reports that a channel started over: messages without acknowledgement are reported to `onRefused`. */
  onReset(listener: (channelId: string, reason: ResetReason, reset: Reset) => void): Unsubscribe
  /** Reports that the broadcast events of these versions were missed, because a keyframe arrived instead of patches. */
  onMissed(listener: (channelId: string, missed: { readonly from: number; readonly to: number }) => void): Unsubscribe
  /** Reports that a message had no effect, and why. Without a listener it is logged. */
  onRefused(listener: (channelId: string, error: CentrumError) => void): Unsubscribe
  /** Ends the session. */
  disconnect(): Promise<void>
}

/** The result of a client's `link`. */
export interface EncodedLink<Reply> extends StatePosition {
  /** The whole state: a keyframe. */
  readonly encodedState: Uint8Array
  /** What `onLink` returned. */
  readonly reply: Reply
}

/** The name and payload of any of a channel's events, as arguments. */
export type EventOf<T extends ChannelTypes> = {
  [N in keyof T['events'] & string]: [name: N, payload: T['events'][N]['received']]
}[keyof T['events'] & string]
