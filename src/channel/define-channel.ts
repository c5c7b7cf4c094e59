/**
 * `defineChannel` says what a channel is, `.implement` what it does. Two steps, because only then everything is inferred:
 * the handlers' arguments from the contract, the reply and the outputs of requests from the handlers.
 */

import type { ImplementedChannel } from './app.js'
import type { FieldType } from '../state/schema/struct.js'
import type { Durability, MessageKind, StoredParts, Writers } from './channel-contract.js'
import type { Channel, ChannelTypes } from './channel-types.js'
import { readContract } from './read-contract.js'
import { readHandlers } from './read-handlers.js'
import type { Handlers, SettledValue } from './handlers.js'
import type { RequestDeclaration, SENDERS } from './schema.js'
import type { InputOf, OutputOf, StandardSchema } from './standard-schema.js'

/**
 * What a channel is. `S` is its state, `W` its memory; the others are the types of the given schemas, `unknown` where none is given.
 */
export interface ChannelDeclaration<S extends object, P, D, O, M, Q, E, H, U, W, T, L> {
  /** Makes the state of a new channel: plain, mutable, and made of what can be encoded. */
  readonly state: (opening: { readonly id: string; readonly params: ReceivedParams<P> }) => S & AtOnce<S>
  /**
   * What the state is made of, by `struct`, `record` and the others of `centrum/state`: smaller than a state that is
   * found out, and checked at each turn. Numbers are rounded to their type in the owner's state, too.
   */
  readonly shape?: FieldType<NoInfer<S>>
  /** Checks and converts the parts of the id. Without it they are strings. */
  readonly params?: P & StandardSchema
  /** What the channel needs to know of a client. The app's `authenticate` must deliver it. */
  readonly data?: D & StandardSchema
  /** What a client says when it links. */
  readonly options?: O & StandardSchema
  /** What clients send: a schema each. `broadcastable(…)` and `internal(…)` say who else, or only, may. */
  readonly messages?: M & { readonly [name: string]: StandardSchema }
  /** What clients ask: an input each, and an output unless the handler's is to be inferred. */
  readonly requests?: Q & { readonly [name: string]: RequestDeclaration }
  /** What the channel sends. */
  readonly events?: E & { readonly [name: string]: StandardSchema }
  /** What `transfer` brings along. */
  readonly handover?: H & StandardSchema
  /** What `ctx.after` and `ctx.every` set: a schema each, for what `onTimer` gets. */
  readonly timers?: T & { readonly [name: string]: StandardSchema }
  /** Makes `ctx.memory` of a new channel: the server's own, of the same kinds of values as the state, and never sent. */
  readonly memory?: (opening: { readonly id: string; readonly params: ReceivedParams<P> }) => W & AtOnce<W>
  /** Declares the type of `ctx.local`, by `unchecked<…>()`. It is not checked. */
  readonly local?: L & StandardSchema
  /** Milliseconds between turns, 50 by default. 0: a turn as soon as there is input. */
  readonly tickMs?: number
  /** The most that `onTick` gets for `dtMs`: after a pause of the process the time beyond it is left out. Twice `tickMs` by default, at least 1,000. */
  readonly dtMsMax?: number
  /** Who may send: each linked client (the default), or only those whose processor the channel is. */
  readonly writers?: Writers
  /** What outlives the owner: nothing (the default), a snapshot now and then, or every turn. */
  readonly durability?: U & Durability
  /** How old the stored image of a channel with `durability: 'snapshot'` may get; 5,000 ms by default. */
  readonly snapshotMs?: number
  /** Of state and memory, 1 by default. What was stored under an older one goes through `migrate`. */
  readonly stateVersion?: number
  /** Makes state and memory of what was stored under an older `stateVersion`. */
  migrate?(old: StoredParts, from: number): MigratedParts<S, W>
  /** Milliseconds without links after which the channel sleeps. Never by default. */
  readonly idleMs?: number
  /** Milliseconds for which a client that lost contact is waited for. The back's `graceMs` by default. */
  readonly graceMs?: number
  /** Milliseconds for which a handler is waited for, 10,000 by default. */
  readonly handlerMsMax?: number
  /**
   * Seats: how many clients are linked at once, those in grace and those whose `onLink` runs among them. One more is refused with
   * `too-many`. As many as the back allows by default.
   */
  readonly linksMax?: number
  /** How many channels of this definition one back holds open at once, 100,000 by default. */
  readonly channelsMax?: number
  /** How many timers a channel has at once, 1,000 by default. */
  readonly timersMax?: number
  /**
   * How far back `ctx.rewind` goes, in milliseconds: the longest round trip to be made up for, and the `delayMs` of the page's interpolator. The states of
   * that time are kept, and each message says what its client was shown. None of it by default.
   */
  readonly rewindMsMax?: number
}

/** State and memory of this `stateVersion`. */
type MigratedParts<S, W> = unknown extends W
  ? { readonly state: NoInfer<S>; readonly memory?: undefined }
  : { readonly state: NoInfer<S>; readonly memory: NoInfer<W> }

/** A channel that is defined and has no handlers yet. Name it where its own handlers use it. */
export interface ChannelDefinition<T extends ChannelTypes> extends Channel<T> {
  /**
   * Says what the channel does. Each declared message and request has its handler.
   * @throws CentrumError `invalid-definition` for a handler that is missing, unknown or not a function.
   */
  implement<R = undefined, Q = unknown>(
    handlers: Handlers<T, R, Q>,
  ): ImplementedChannel<{
    state: T['state']
    params: T['params']
    data: T['data']
    options: T['options']
    reply: SettledValue<R, T['durability']>
    messages: T['messages']
    requests: {
      [N in keyof T['requests']]: {
        kind: T['requests'][N]['kind']
        input: T['requests'][N]['input']
        output: unknown extends T['requests'][N]['output']['sent']
          ? N extends keyof Q
            ? { sent: AnswerOf<Q[N], T['durability']>; received: AnswerOf<Q[N], T['durability']> }
            : T['requests'][N]['output']
          : T['requests'][N]['output']
      }
    }
    events: T['events']
    handover: T['handover']
    timers: T['timers']
    memory: T['memory']
    local: T['local']
    durability: T['durability']
  }>
}

/**
 * Defines a kind of channel: its state, what crosses its boundary, and how it runs.
 * @throws CentrumError `invalid-definition`, naming the option, its value and what would do.
 */
export function defineChannel<
  S extends object,
  P = unknown,
  D = unknown,
  O = unknown,
  M = unknown,
  Q = unknown,
  E = unknown,
  H = unknown,
  const U = 'none',
  W = unknown,
  T = unknown,
  L = unknown,
>(
  declaration: ChannelDeclaration<S, P, D, O, M, Q, E, H, U, W, T, L>,
): ChannelDefinition<{
  state: S
  params: unknown extends P
    ? { sent: StringParams; received: StringParams }
    : { sent: InputOf<P>; received: OutputOf<P> }
  data: unknown extends D ? { sent: unknown; received: unknown } : { sent: InputOf<D>; received: OutputOf<D> }
  options: unknown extends O ? { sent: undefined; received: undefined } : { sent: InputOf<O>; received: OutputOf<O> }
  reply: unknown
  messages: unknown extends M
    ? {}
    : { [N in keyof M]: { kind: SendersOf<M[N]>; sent: InputOf<M[N]>; received: OutputOf<M[N]> } }
  requests: unknown extends Q
    ? {}
    : {
        [N in keyof Q]: {
          kind: Q[N] extends { readonly [SENDERS]: 'internal' } ? 'internal' : 'plain'
          input: Q[N] extends { readonly input: infer I } ? { sent: InputOf<I>; received: OutputOf<I> } : never
          output: Q[N] extends { readonly output: infer V }
            ? { sent: InputOf<V>; received: OutputOf<V> }
            : { sent: unknown; received: unknown }
        }
      }
  events: unknown extends E ? {} : { [N in keyof E]: { sent: InputOf<E[N]>; received: OutputOf<E[N]> } }
  handover: unknown extends H ? { sent: undefined; received: undefined } : { sent: InputOf<H>; received: OutputOf<H> }
  timers: unknown extends T ? {} : { [N in keyof T]: { sent: InputOf<T[N]>; received: OutputOf<T[N]> } }
  memory: unknown extends W ? undefined : W
  local: unknown extends L ? undefined : OutputOf<L>
  durability: U extends Durability ? U : 'none'
}> {
  const contract = readContract(declaration)
  return {
    contract,
    implement: (handlers: object) => ({ contract, handlers: readHandlers(contract, handlers) }),
  }
}

type SendersOf<S> = S extends { readonly [SENDERS]: infer K extends MessageKind } ? K : 'plain'

type ReceivedParams<P> = unknown extends P ? StringParams : OutputOf<P>

/** Keeps a state from being a promise. */
type AtOnce<S> =
  S extends PromiseLike<unknown> ? 'the state of a new channel is created synchronously: load what it needs in onOpen' : unknown

type StringParams = Readonly<Record<string, string>>

type AnswerOf<Handler, U> = Handler extends (...args: never[]) => infer V ? SettledValue<V, U> : unknown
