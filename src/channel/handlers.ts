/**
 * The types of what `.implement` takes: each handler's arguments from the contract, and from the handlers the two things
 * that a contract leaves open, the reply of `onLink` and the outputs of requests.
 */

import type { ChannelTypes, RequestTypes } from './channel-types.js'
import type { Arrival, ChannelContext, Client, Database, Peer, Restored, Sender } from './context.js'

/** `R` is what `onLink` returns, `Q` the object of request handlers: both are inferred. */
export type Handlers<T extends ChannelTypes, R, Q> = {
  /** A new channel, before its first link. */
  onOpen?(ctx: ChannelContext<T>): Settled<T>
  /** Instead of `onOpen` for a channel that comes from a store or from another back. `ctx.local` is to be made again. */
  onRestore?(ctx: ChannelContext<T>, restored: Restored): Settled<T>
  /**
   * What should be kept with an image but is too heavy for each turn, such as the bytes of a physics world. Called only when
   * an image is written; `onRestore` gets it. Other values are bytes for those who make them such.
   */
  onImage?(ctx: ChannelContext<T>): Uint8Array
  /** A client links. Throw `LinkRefused` to refuse; what it returns is the client's `reply`. */
  onLink?(ctx: ChannelContext<T>, client: Client<T>, options: T['options']['received']): R & Settled<T>
  /** A client has left for good. Runs iff `onLink` succeeded. */
  onUnlink?(ctx: ChannelContext<T>, client: Client<T>, reason: string): Settled<T>
  /** Contact is lost and the grace period runs. */
  onDrop?(ctx: ChannelContext<T>, client: Client<T>): Settled<T>
  /** Contact is found again within the grace period. */
  onResume?(ctx: ChannelContext<T>, client: Client<T>): Settled<T>
  /** The channel now processes what the client sends by `connection.send`. */
  onProcessor?(ctx: ChannelContext<T>, client: Client<T>, arrival: Arrival<T['handover']['received']>): Settled<T>
  /** It no longer does. */
  onProcessorLeft?(ctx: ChannelContext<T>, client: Client<T>): Settled<T>
  /** With each turn, `dtMs` milliseconds after the last, while there are sessions. */
  onTick?(ctx: ChannelContext<T>, dtMs: number): Settled<T>
  /** The channel closes, or goes to sleep (`idle`). After it, its `ctx` is not valid any more. */
  onClose?(ctx: ChannelContext<T>, reason: string): Settled<T>
} & Group<'onMessage', MessageHandlers<T>> &
  Group<'onTimer', TimerHandlers<T>> &
  Group<
    'onRequest',
    RequestHandlers<T>,
    Q & { [N in Exclude<keyof Q, keyof T['requests']>]: `the definition declares no request '${N & string}'` }
  >

/** A property for a group of handlers: required where the contract declares any. */
type Group<Name extends string, All, Inferred = unknown> = [keyof All] extends [never]
  ? { readonly [N in Name]?: { readonly [name: string]: never } }
  : { readonly [N in Name]: Inferred & All }

type MessageHandlers<T extends ChannelTypes> = {
  readonly [N in keyof T['messages']]: (
    ctx: ChannelContext<T>,
    sender: SenderOf<T, T['messages'][N]['kind']>,
    payload: T['messages'][N]['received'],
  ) => Settled<T>
}

type TimerHandlers<T extends ChannelTypes> = {
  readonly [N in keyof T['timers']]: (ctx: ChannelContext<T>, payload: T['timers'][N]['received']) => Settled<T>
}

type RequestHandlers<T extends ChannelTypes> = {
  readonly [N in keyof T['requests']]: (
    ctx: ChannelContext<T>,
    sender: Exclude<SenderOf<T, T['requests'][N]['kind']>, Database>,
    input: T['requests'][N]['input']['received'],
  ) => Answer<T, T['requests'][N]>
}

type SenderOf<T extends ChannelTypes, Kind> = Kind extends 'plain'
  ? Client<T>
  : Kind extends 'internal'
    ? Peer | Database
    : Sender<T>

/**
 * What a handler may return: anything, so that `(ctx) => (ctx.state.n += 1)` is one. On durable channels an asynchronous
 * handler does not write state but returns a function, which runs in the turn that commits.
 */
type Settled<T extends ChannelTypes> = T['durability'] extends 'none' ? unknown : Prompt | Promise<() => unknown>

type Answer<T extends ChannelTypes, R extends RequestTypes> = T['durability'] extends 'none'
  ? R['output']['sent'] | Promise<R['output']['sent']>
  : (R['output']['sent'] & Prompt) | Promise<() => R['output']['sent']>

/** Anything but a promise. */
type Prompt =
  void | undefined | null | boolean | number | string | bigint | symbol | (object & { readonly then?: undefined })

/** What a handler's result becomes once it has settled: the reply, or a request's answer. */
export type SettledValue<R, U> = U extends 'none'
  ? Present<Awaited<R>>
  : R extends Promise<() => infer V>
    ? Present<V>
    : Present<R>

/** A function that returns nothing gives `undefined`. */
export type Present<V> = V extends void ? undefined : V
