/**
 * A client's connection, as it is typed from the type of an app. Types only: `client/` implements them.
 */

import type { PatternId } from '../protocol/channel-id.js'
import type { Reason } from '../protocol/reasons.js'
import type { ChannelOf, PatternOf, Unreached } from './app-channel.js'
import type { App, ChannelsOf } from './app.js'
import type { Channel, MessageKind, TypesOf } from './channel-types.js'
import type { ChannelLink, ClientMessages, LinkArguments, Unsubscribe } from './client-face.js'

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
  durability: 'none'
}>

interface UntypedCrossing {
  sent: unknown
  received: unknown
}

/** A client's link to any channel of an app. */
export type AnyLink<A extends App> = { [P in keyof ChannelsOf<A>]: ChannelLink<ChannelsOf<A>[P]> }[keyof ChannelsOf<A>]

/** The ids of an app's channels. */
export type ChannelIdOf<A extends App> = { [P in keyof ChannelsOf<A> & string]: PatternId<P> }[keyof ChannelsOf<A> &
  string]

/** The names of the messages that some channel of an app takes from its clients. */
export type MessagesOf<A extends App> = {
  [P in keyof ChannelsOf<A>]: ClientMessages<TypesOf<ChannelsOf<A>[P]>>
}[keyof ChannelsOf<A>]

/** What a message of that name carries, in any of the channels that declare it. */
export type MessagePayload<A extends App, N extends string> = {
  [P in keyof ChannelsOf<A>]: N extends ClientMessages<TypesOf<ChannelsOf<A>[P]>>
    ? TypesOf<ChannelsOf<A>[P]>['messages'][N]['sent']
    : never
}[keyof ChannelsOf<A>]

/** A client's connection to a front, across sockets and fronts. */
export interface Connection<A extends App = UntypedApp> {
  readonly status: ConnectionStatus
  /** The session's public id: what channels know as `client.id`. Empty until first connected. */
  readonly clientId: string
  /** Milliseconds there and back, as last measured. `NaN` before. */
  readonly rttMs: number
  /** The link to the channel that processes what `send` sends, or `null`. */
  readonly processor: AnyLink<A> | null
  onStatus(listener: (status: ConnectionStatus, reason: Reason | null) => void): Unsubscribe
  /**
   * Links to a channel and resolves with its state. Rejects with a `CentrumError`: `link-refused` with the channel's own
   * reason, `timeout`, and others.
   */
  link<const Id extends { [P in keyof ChannelsOf<A> & string]: PatternId<P> }[keyof ChannelsOf<A> & string]>(
    id: [PatternOf<A, Id>] extends [never] ? Unreached<Id> : Id,
    ...settings: LinkArguments<TypesOf<ChannelOf<A, Id>>>
  ): Promise<ChannelLink<ChannelOf<A, Id>>>
  /** Chooses the channel that processes what `send` sends, or none. Resolves when it has taken over. */
  setProcessor(link: AnyLink<A> | null): Promise<void>
  onProcessor(listener: (link: AnyLink<A> | null, reason: Reason | null) => void): Unsubscribe
  /**
   * Sends a message to the processor.
   * @throws CentrumError `no-processor` where there is none.
   */
  send<N extends MessagesOf<A>>(message: N, ...payload: Arguments<MessagePayload<A, N>>): void
  /** Sends a message to every open channel that declares it broadcastable: at most once each. */
  broadcast<N extends BroadcastsOf<A>>(message: N, ...payload: Arguments<BroadcastPayload<A, N>>): void
  /** Milliseconds since 1970 by the server's clock, as far as known. */
  serverNow(): number
  /** Counts of all that is held and of what was done. */
  inspect(): { readonly [count: string]: number }
  /** Ends the session for good. */
  close(): Promise<void>
}

/** The names of the messages that some channel of an app takes from every client. */
export type BroadcastsOf<A extends App> = {
  [P in keyof ChannelsOf<A>]: Broadcastables<ChannelsOf<A>[P]>
}[keyof ChannelsOf<A>]

type Broadcastables<C extends Channel> = {
  [N in keyof TypesOf<C>['messages'] & string]: 'broadcastable' extends TypesOf<C>['messages'][N]['kind'] ? N : never
}[keyof TypesOf<C>['messages'] & string]

/** What a broadcast of that name carries: it has to suit each channel that takes it. */
export type BroadcastPayload<A extends App, N extends string> = {
  [P in keyof ChannelsOf<A>]: (
    payload: N extends Broadcastables<ChannelsOf<A>[P]> ? TypesOf<ChannelsOf<A>[P]>['messages'][N]['sent'] : unknown,
  ) => void
}[keyof ChannelsOf<A>] extends (payload: infer V) => void
  ? V
  : never

type Arguments<Sent> = undefined extends Sent ? [payload?: Sent] : [payload: Sent]
