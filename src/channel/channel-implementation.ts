/**
 * A channel definition as masters see it at run time: validated, with every default filled in, and without generics
 * (payloads are `unknown`). `defineChannel` makes the contract, `.implement` adds the handlers. `null` means "not given".
 */

import type { ChannelContract } from './channel-contract.js'
import type { Arrival, ChannelContext, Client, Peer, Restored, Sender } from './context.js'

/** What a channel does. Each may be asynchronous: model.md's rules on handlers say when it counts as settled. */
export interface ChannelHandlers {
  readonly onOpen?: (ctx: ChannelContext) => unknown
  readonly onRestore?: (ctx: ChannelContext, restored: Restored) => unknown
  /** What is kept with an image and too heavy for each turn. At once. */
  readonly onImage?: (ctx: ChannelContext) => unknown
  /** What it returns is the reply. It may throw `LinkRefused`. */
  readonly onLink?: (ctx: ChannelContext, client: Client, options: unknown) => unknown
  readonly onUnlink?: (ctx: ChannelContext, client: Client, reason: string) => unknown
  readonly onDrop?: (ctx: ChannelContext, client: Client) => unknown
  readonly onResume?: (ctx: ChannelContext, client: Client) => unknown
  readonly onProcessor?: (ctx: ChannelContext, client: Client, arrival: Arrival) => unknown
  readonly onProcessorLeft?: (ctx: ChannelContext, client: Client) => unknown
  /** One for each declared message. The sender of a plain one is a `Client`, of an internal one a `Peer` or the `Database`. */
  readonly onMessage: { readonly [name: string]: (ctx: ChannelContext, sender: Sender, payload: unknown) => unknown }
  /** One for each declared request. It settles with the answer. */
  readonly onRequest: {
    readonly [name: string]: (ctx: ChannelContext, sender: Client | Peer, input: unknown) => unknown
  }
  /** One for each declared timer. */
  readonly onTimer: { readonly [name: string]: (ctx: ChannelContext, payload: unknown) => unknown }
  readonly onTick?: (ctx: ChannelContext, dtMs: number) => unknown
  readonly onClose?: (ctx: ChannelContext, reason: string) => unknown
}

/** What stands under a pattern of an app. */
export interface ChannelImplementation {
  /** What the channel is: the declaration, checked, with its defaults. */
  readonly contract: ChannelContract
  /** What it does. */
  readonly handlers: ChannelHandlers
}
