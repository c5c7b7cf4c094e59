/**
 * The types of what `.implement` takes: each handler's arguments from the contract, and from the handlers the two things
 * that a contract leaves open, the reply of `onLink` and the outputs of requests.
 */

import type { ChannelTypes, RequestTypes } from './channel-types.js'
import type { Arrival, ChannelContext, Client, Database, Peer, Restored, Sender } from './context.js'

/** `R` is what `onLink` returns, `Q` the object of request handlers: both are inferred. */
export type Handlers<T extends ChannelTypes, R, Q> = {
  /** Runs when a new channel opens, before its first link. */
  onOpen?(ctx: ChannelContext<T>): Settled<T>
  /** Runs instead of `onOpen` for a channel that comes from a store or from another back. Create `ctx.local` again here. */
  onRestore?(ctx: ChannelContext<T>, restored: Restored): Settled<T>
  /**
   * Returns bytes that should be stored with an image but are too large for each turn, such as a physics world's. Called only when
   * an image is written; `onRestore` gets the bytes back. Convert other values to bytes yourself.
   */
  onImage?(ctx: ChannelContext<T>): Uint8Array
  /** Runs when a client links. Throw `LinkRefused` to refuse it; the return value is the client's `reply`. */
  onLink?(ctx: ChannelContext<T>, client: Client<T>, options: T['options']['received']): R & Settled<T>
  /** Runs when a client has left permanently, if and only if its `onLink` succeeded. */
  onUnlink?(ctx: ChannelContext<T>, client: Client<T>, reason: string): Settled<T>
  /** Runs when contact with a client is lost, and its grace period begins. */
  onDrop?(ctx: ChannelContext<T>, client: Client<T>): Settled<T>
  /** Runs when a client returns within its grace period. */
  onResume?(ctx: ChannelContext<T>, client: Client<T>): Settled<T>
  /** Runs when the channel becomes the processor of a client, which handles what the client sends with `connection.send`. */
  onProcessor?(ctx: ChannelContext<T>, client: Client<T>, arrival: Arrival<T['handover']['received']>): Settled<T>
  /** Runs when the channel is no longer the client's processor. */
  onProcessorLeft?(ctx: ChannelContext<T>, client: Client<T>): Settled<T>
  /** Runs in each turn while there are sessions; `dtMs` is the time since the last tick in milliseconds. */
  onTick?(ctx: ChannelContext<T>, dtMs: number): Settled<T>
  /** Runs when the channel closes, or goes to sleep (reason `idle`). After it, `ctx` is no longer valid. */
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
  | void
  | undefined
  | null
  | boolean
  | number
  | string
  | bigint
  | symbol
  | (object & { readonly then?: undefined })

/** What a handler's result becomes once it has settled: the reply, or a request's answer. */
export type SettledValue<R, U> = U extends 'none'
  ? Present<Awaited<R>>
  : R extends Promise<() => infer V>
    ? Present<V>
    : Present<R>

/** A function that returns nothing gives `undefined`. */
export type Present<V> = V extends void ? undefined : V
