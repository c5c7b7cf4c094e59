/**
 * A client's connection, as it is typed from the type of an app. Types only: `client/` implements them.
 */

import type { Reason } from '../protocol/reasons.js'
import type { ChannelOf, OptionsOf, ReachingId } from './channel-of.js'
import type { AppBroadcasts, AppMessages, CarriedByAll, CarriedByAny, NamesIn } from './app-messages.js'
import type { App, ChannelsOf } from './app.js'
import type { MessageKind } from './channel-contract.js'
import type { Channel } from './channel-types.js'
import type { ChannelLink, LinkArguments, PlainLink, Unsubscribe } from './client-api.js'
import type { ConnectionInspection } from './connection-inspection.js'
import type { PayloadOf } from './context.js'

/** The status of a connection. `reconnecting`: contact is lost, and the client reconnects by itself. `closed`: permanently closed. */
export type ConnectionStatus = 'connecting' | 'connected' | 'reconnecting' | 'closed'

/** The app type of `connect` without a type argument: any id, any name, payloads of unknown type. */
export type UntypedApp = App<{ [pattern: string]: UntypedChannel }>

export type UntypedChannel = Channel<{
  state: { [name: string]: unknown }
  params: UntypedCrossing
  data: UntypedCrossing
  options: UntypedCrossing
  reply: unknown
  messages: { [name: string]: { kind: MessageKind; sent: unknown; received: unknown } }
  requests: { [name: string]: { kind: 'plain' | 'internal'; input: UntypedCrossing; output: UntypedCrossing } }
  events: { [name: string]: UntypedCrossing }
  handover: UntypedCrossing
  timers: { [name: string]: UntypedCrossing }
  memory: unknown
  local: unknown
  durability: 'none'
}>

interface UntypedCrossing {
  sent: unknown
  received: unknown
}

/** A client's link to any channel of an app. */
export type AnyLink<A extends App> = { [P in keyof ChannelsOf<A>]: ChannelLink<ChannelsOf<A>[P]> }[keyof ChannelsOf<A>]

/** A client's connection to a front, across sockets and fronts. */
export interface Connection<A extends App = UntypedApp> {
  /** `connecting`, `connected`, `reconnecting` while contact is lost, or `closed`. */
  readonly status: ConnectionStatus
  /** The session's public id, which channels see as `client.id`. Empty until the first connection. */
  readonly clientId: string
  /** The latest measured round trip, in milliseconds. `NaN` before the first measurement. */
  readonly rttMs: number
  /** The link to the processor, the channel that handles what `send` sends, or `null`. */
  readonly processor: AnyLink<A> | null
  /** Reports each change of `status`; the reason says why it is not connected. */
  onStatus(listener: (status: ConnectionStatus, reason: Reason | null) => void): Unsubscribe
  /**
   * Links to a channel, and resolves when its state has arrived. If the channel is already linked, it resolves with the same link, which
   * then takes as many `unlink()` to end. Rejects with a `CentrumError`: `link-refused` with the channel's own reason, `timeout`,
   * `already-linked` if the channel is linked with different options, and others.
   */
  link<const Id extends string>(
    id: ReachingId<A, Id>,
    ...settings: LinkArguments<OptionsOf<ChannelOf<A, Id>>>
  ): Promise<ChannelLink<ChannelOf<A, Id>>>
  /** The link to a channel, from the moment it is first live until `unlink()`; otherwise null. */
  linked<const Id extends string>(id: ReachingId<A, Id>): ChannelLink<ChannelOf<A, Id>> | null
  /** Chooses the processor, the channel that handles what `send` sends; null for none. Resolves when it has taken over. */
  setProcessor(link: AnyLink<A> | null): Promise<void>
  /** Reports each change of `processor`; the reason says why the channel is no longer the processor. */
  onProcessor(listener: (link: AnyLink<A> | null, reason: Reason | null) => void): Unsubscribe
  /**
   * Sends a message to the processor.
   * @throws CentrumError `no-processor` if there is none.
   */
  send<N extends NamesIn<AppMessages<A>> & string>(
    message: N,
    ...payload: PayloadOf<CarriedByAny<AppMessages<A>, N>>
  ): void
  /** Sends a message to every open channel that declares it broadcastable: at most once each. */
  broadcast<N extends NamesIn<AppBroadcasts<A>> & string>(
    message: N,
    ...payload: PayloadOf<CarriedByAll<AppBroadcasts<A>, N>>
  ): void
  /** The server's time, in milliseconds since 1970, as far as it is known. */
  serverNow(): number
  /** Returns counts of everything held and everything done. */
  inspect(): ConnectionInspection
  /** Ends the session permanently. */
  close(): Promise<void>
}

/** A plain link to any channel of an app. */
export type AnyPlainLink<A extends App> = {
  [P in keyof ChannelsOf<A>]: PlainLink<ChannelsOf<A>[P]>
}[keyof ChannelsOf<A>]

/** What `connectPlain` returns: a connection whose links are plain. */
export interface PlainConnection<A extends App = UntypedApp> extends Omit<
  Connection<A>,
  'processor' | 'link' | 'linked' | 'setProcessor' | 'onProcessor'
> {
  /** The link to the processor, the channel that handles what `send` sends, or `null`. */
  readonly processor: AnyPlainLink<A> | null
  /** Links to a channel, as `link` of `connect` does. */
  link<const Id extends string>(
    id: ReachingId<A, Id>,
    ...settings: LinkArguments<OptionsOf<ChannelOf<A, Id>>>
  ): Promise<PlainLink<ChannelOf<A, Id>>>
  /** The link to a channel, from the moment it is first live until `unlink()`; otherwise null. */
  linked<const Id extends string>(id: ReachingId<A, Id>): PlainLink<ChannelOf<A, Id>> | null
  /** Chooses the processor, the channel that handles what `send` sends; null for none. Resolves when it has taken over. */
  setProcessor(link: AnyPlainLink<A> | null): Promise<void>
  /** Reports each change of `processor`; the reason says why the channel is no longer the processor. */
  onProcessor(listener: (link: AnyPlainLink<A> | null, reason: Reason | null) => void): Unsubscribe
}
