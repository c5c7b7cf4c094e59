/**
 * A client's connection, as it is typed from the type of an app. Types only: `client/` implements them.
 */

import type { Reason } from '../protocol/reasons.js'
import type { ChannelOf, OptionsOf, ReachingId } from './channel-of.js'
import type { AppBroadcasts, AppMessages, CarriedByAll, CarriedByAny, NamesIn } from './app-messages.js'
import type { App, ChannelsOf } from './app.js'
import type { MessageKind } from './channel-contract.js'
import type { Channel } from './channel-types.js'
import type { ChannelLink, LinkArguments, Unsubscribe } from './client-api.js'
import type { ConnectionInspection } from './connection-inspection.js'
import type { PayloadOf } from './context.js'

/** `reconnecting`: dialling again by itself. `closed`: for good. */
export type ConnectionStatus = 'connecting' | 'connected' | 'reconnecting' | 'closed'

/** What `connect` without a type argument speaks to: any id, any name, payloads that nobody knows. */
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
  /** The session's public id: what channels know as `client.id`. Empty until first connected. */
  readonly clientId: string
  /** Milliseconds there and back, as last measured. `NaN` before. */
  readonly rttMs: number
  /** The link to the channel that processes what `send` sends, or `null`. */
  readonly processor: AnyLink<A> | null
  /** Reports each change of `status`; the reason says why it is not connected. */
  onStatus(listener: (status: ConnectionStatus, reason: Reason | null) => void): Unsubscribe
  /**
   * Links to a channel and resolves with its state. Of a channel that is linked already it gives the same link again, and
   * as many `unlink()` end it. Rejects with a `CentrumError`: `link-refused` with the channel's own reason, `timeout`,
   * `already-linked` where it is linked with other options, and others.
   */
  link<const Id extends string>(
    id: ReachingId<A, Id>,
    ...settings: LinkArguments<OptionsOf<ChannelOf<A, Id>>>
  ): Promise<ChannelLink<ChannelOf<A, Id>>>
  /** The link to a channel, as soon as it is live for the first time and until `unlink()`; null where there is none. */
  linked<const Id extends string>(id: ReachingId<A, Id>): ChannelLink<ChannelOf<A, Id>> | null
  /** Chooses the channel that processes what `send` sends, or none. Resolves when it has taken over. */
  setProcessor(link: AnyLink<A> | null): Promise<void>
  /** Reports each change of `processor`; the reason says why the channel let go. */
  onProcessor(listener: (link: AnyLink<A> | null, reason: Reason | null) => void): Unsubscribe
  /**
   * Sends a message to the processor.
   * @throws CentrumError `no-processor` where there is none.
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
  /** Milliseconds since 1970 by the server's clock, as far as known. */
  serverNow(): number
  /** Counts of all that is held and of what was done. */
  inspect(): ConnectionInspection
  /** Ends the session for good. */
  close(): Promise<void>
}
