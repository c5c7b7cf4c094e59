/**
 * A channel definition as masters see it at run time: validated, with every default filled in, and without generics
 * (payloads are `unknown`). `defineChannel` makes the contract, `.implement` adds the handlers. `null` means "not given".
 */

import type { Durability, MessageKind } from './channel-types.js'
import type { Arrival, ChannelContext, Client, Peer, Sender } from './context.js'
import type { StandardSchema } from './standard-schema.js'

/** What a channel is. One object per `defineChannel`: its identity is the definition's. */
export interface ChannelContract {
  /** Makes the state of a new channel. `params` are as the schema gave them. */
  readonly state: (opening: ChannelOpening) => object
  /** For the parts of the id: `{ name: string }`. Without one they stay as they are. */
  readonly params: StandardSchema | null
  /** For what `authenticate` delivered. Without one, `client.data` is that value, unchecked. */
  readonly data: StandardSchema | null
  /** For what a client says when it links. Without one, options are refused and handlers see `undefined`. */
  readonly options: StandardSchema | null
  readonly messages: ReadonlyMap<string, MessageContract>
  readonly requests: ReadonlyMap<string, RequestContract>
  readonly events: ReadonlyMap<string, StandardSchema>
  readonly handover: StandardSchema | null
  /** Milliseconds between turns. 0: a turn in the next macrotask after input. */
  readonly tickMs: number
  readonly writers: Writers
  readonly durability: Durability
  /** Milliseconds without links after which the channel sleeps. `null`: never. */
  readonly idleMs: number | null
  /** Milliseconds for which a dropped client is waited for. `null`: the back's own. */
  readonly graceMs: number | null
  /** Milliseconds for which a handler is waited for. */
  readonly handlerMsMax: number
  /** How many channels of this definition one back holds open at once. */
  readonly channelsMax: number
}

export interface ChannelOpening {
  readonly id: string
  readonly params: unknown
}

/** Who may send plain messages: all linked clients, or only those whose processor the channel is. */
export type Writers = 'linked' | 'processor'

export interface MessageContract {
  readonly kind: MessageKind
  readonly schema: StandardSchema
}

/** `internal`: only fronts and other channels may make it. Without an output schema what the handler returns is sent. */
export interface RequestContract {
  readonly kind: 'plain' | 'internal'
  readonly input: StandardSchema
  readonly output: StandardSchema | null
}

/** What a channel does. Each may be asynchronous: model.md's rules on handlers say when it counts as settled. */
export interface ChannelHandlers {
  readonly onOpen?: (ctx: ChannelContext) => unknown
  readonly onRestore?: (ctx: ChannelContext) => unknown
  /** What it returns is the reply. It may throw `LinkRefused`. */
  readonly onLink?: (ctx: ChannelContext, client: Client, options: unknown) => unknown
  readonly onUnlink?: (ctx: ChannelContext, client: Client, reason: string) => unknown
  readonly onDrop?: (ctx: ChannelContext, client: Client) => unknown
  readonly onResume?: (ctx: ChannelContext, client: Client) => unknown
  readonly onProcessor?: (ctx: ChannelContext, client: Client, arrival: Arrival) => unknown
  readonly onProcessorLeft?: (ctx: ChannelContext, client: Client) => unknown
  /** One for each declared message. The sender of a plain one is a `Client`, of an internal one a `Peer`. */
  readonly onMessage: { readonly [name: string]: (ctx: ChannelContext, sender: Sender, payload: unknown) => unknown }
  /** One for each declared request. It settles with the answer. */
  readonly onRequest: {
    readonly [name: string]: (ctx: ChannelContext, sender: Client | Peer, input: unknown) => unknown
  }
  readonly onTick?: (ctx: ChannelContext, dtMs: number) => unknown
  readonly onClose?: (ctx: ChannelContext, reason: string) => unknown
}

/** What stands under a pattern of an app. */
export interface ChannelImplementation {
  readonly contract: ChannelContract
  readonly handlers: ChannelHandlers
}
