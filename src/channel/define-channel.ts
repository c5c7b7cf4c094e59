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
  /** Creates the state of a new channel: a plain, mutable object of values that can be encoded. */
  readonly state: (opening: { readonly id: string; readonly params: ReceivedParams<P> }) => S & AtOnce<S>
  /**
   * The declared types of the state, built with `struct`, `record` and others from `centrum/state`. Patches become smaller, and the
   * state is checked at each turn. Numbers are rounded to their type, in the owner's state as well.
   */
  readonly shape?: FieldType<NoInfer<S>>
  /** Checks and converts the variable parts of the id. If left out, they are strings. */
  readonly params?: P & StandardSchema
  /** What the channel needs to know about a client. The app's `authenticate` must return it. */
  readonly data?: D & StandardSchema
  /** What a client sends along when it links. */
  readonly options?: O & StandardSchema
  /** The messages that clients send, with a schema for each name. Wrap a schema in `broadcastable(…)` or `internal(…)` to change who may send it. */
  readonly messages?: M & { readonly [name: string]: StandardSchema }
  /** The requests that clients make, with an `input` schema for each name, and an `output` schema unless the output is inferred from the handler. */
  readonly requests?: Q & { readonly [name: string]: RequestDeclaration }
  /** The events that the channel sends to clients, with a schema for each name. */
  readonly events?: E & { readonly [name: string]: StandardSchema }
  /** The data that `transfer` passes along with a client. */
  readonly handover?: H & StandardSchema
  /** The timers that `ctx.after` and `ctx.every` set, with a schema for each name, for the payload that `onTimer` gets. */
  readonly timers?: T & { readonly [name: string]: StandardSchema }
  /** Creates `ctx.memory` for a new channel: the server's private data, of the same kinds of values as state, never sent to clients. */
  readonly memory?: (opening: { readonly id: string; readonly params: ReceivedParams<P> }) => W & AtOnce<W>
  /** Declares the type of `ctx.local`, with `unchecked<…>()`. It is not checked. */
  readonly local?: L & StandardSchema
  /** Milliseconds between turns, 50 by default. 0: a turn as soon as there is input. */
  readonly tickMs?: number
  /** The greatest `dtMs` that `onTick` gets: after a pause of the process the time beyond it is left out. Twice `tickMs` by default, at least 1,000. */
  readonly dtMsMax?: number
  /** Who may send messages: every linked client (`linked`, the default), or only clients whose processor this channel is (`processor`). */
  readonly writers?: Writers
  /** What is stored, so that it survives the owner's death: nothing (`none`, the default), a snapshot at intervals (`snapshot`), or every turn (`log`). */
  readonly durability?: U & Durability
  /** How old the stored image of a channel with `durability: 'snapshot'` may become; 5,000 ms by default. */
  readonly snapshotMs?: number
  /** The version of the form of state and memory, 1 by default. What was stored with an older version goes through `migrate`. */
  readonly stateVersion?: number
  /** Converts state and memory that were stored with an older `stateVersion`. */
  migrate?(old: StoredParts, from: number): MigratedParts<S, W>
  /** Milliseconds without links after which the channel closes; a durable channel goes to sleep. By default 60,000 for durable channels, and never for others. */
  readonly idleMs?: number
  /** How many milliseconds the channel waits for a client that lost contact. The back's `graceMs` by default. */
  readonly graceMs?: number
  /** How many milliseconds a handler may take, 10,000 by default. */
  readonly handlerMsMax?: number
  /**
   * Seats: how many clients may be linked at once, including those in their grace period and those whose `onLink` is running. One more
   * is refused with `too-many`. By default as many as the back allows.
   */
  readonly linksMax?: number
  /** How many channels of this definition one back may have open at once, 100,000 by default. */
  readonly channelsMax?: number
  /** How many timers a channel may have at once, 1,000 by default. */
  readonly timersMax?: number
  /**
   * How far back `ctx.rewind` can go, in milliseconds: the longest round trip to compensate for, plus the `delayMs` of the page's interpolator. Recent
   * states are kept that long, and each message says what its client was shown. By default `ctx.rewind` is not available.
   */
  readonly rewindMsMax?: number
}

/** State and memory of this `stateVersion`. */
type MigratedParts<S, W> = unknown extends W
  ? { readonly state: NoInfer<S>; readonly memory?: undefined }
  : { readonly state: NoInfer<S>; readonly memory: NoInfer<W> }

/** A channel definition without handlers. Assign it to a variable if its own handlers refer to it. */
export interface ChannelDefinition<T extends ChannelTypes> extends Channel<T> {
  /**
   * Adds the handlers, which say what the channel does. Each declared message and request needs one.
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
 * Defines a kind of channel: its state, what it exchanges with clients, and how it runs. Call `.implement` on the result to add handlers.
 * @throws CentrumError `invalid-definition`, naming the option, its value and what is accepted.
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
  S extends PromiseLike<unknown>
    ? 'the state of a new channel is created synchronously: load what it needs in onOpen'
    : unknown

type StringParams = Readonly<Record<string, string>>

type AnswerOf<Handler, U> = Handler extends (...args: never[]) => infer V ? SettledValue<V, U> : unknown
