/**
 * What a handler is given: `ctx`, and whoever spoke. With `ChannelTypes` itself as the argument (the default) these are
 * the shapes that a back master implements; with the types of one definition they are what its handlers see.
 */

import type { AppLog } from '../runtime/runtime.js'
import type { Channel, ChannelTypes, TypesOf } from './channel-types.js'
import type { ReadonlyState } from './readonly-state.js'

/** A client that is linked to this channel. It stays the same object while its session lives here. */
export interface Client<T extends ChannelTypes = ChannelTypes> {
  /** Tells it from fronts and channels that speak. */
  readonly kind: 'client'
  /** The public id of its session: the same across sockets and fronts. */
  readonly id: string
  /** The user that `authenticate` said it is. */
  readonly userId: string
  /** What `authenticate` delivered, as this channel's `data` schema gives it. */
  readonly data: T['data']['received']
  /** Whether this channel processes what the client sends by `connection.send`. */
  readonly isProcessor: boolean
  /** Sends an event to this client alone, in order with all else that it is sent in this turn. */
  send<N extends keyof T['events'] & string>(event: N, ...payload: PayloadOf<T['events'][N]['sent']>): void
}

/** A client that spoke to all open channels at once and is not linked to this one. */
export interface UnlinkedClient<T extends ChannelTypes = ChannelTypes> {
  /** Tells it from fronts and channels that speak. */
  readonly kind: 'client'
  /** The public id of its session. */
  readonly id: string
  /** The user that `authenticate` said it is. */
  readonly userId: string
  /** What `authenticate` delivered, as this channel's `data` schema gives it. */
  readonly data: T['data']['received']
}

/** A front that speaks for itself, or another channel. `id` is the front's id or the channel's. */
export interface Peer {
  /** Which of the two it is. */
  readonly kind: 'front' | 'channel'
  /** The front's id, or the channel's. */
  readonly id: string
}

/** The application's own database, which sent by `centrum.send` in one of its transactions. */
export interface Database {
  /** Tells it from clients, fronts and channels. */
  readonly kind: 'database'
  /** `database`: all senders have an id to be named by. */
  readonly id: string
}

/** Whoever may send a broadcastable message. `'send' in sender` tells a linked client from one that is not. */
export type Sender<T extends ChannelTypes = ChannelTypes> = Client<T> | UnlinkedClient<T> | Peer | Database

/** How a client's processor came to be this channel: chosen by the client, or handed over by another channel. */
export type Arrival<Handover = unknown> =
  | {
      /** Null where the client chose; else the id of the channel that handed it over. */
      readonly from: null
    }
  | { readonly from: string; readonly handover: Handover }

/** A payload as the last argument: it may be left out where `undefined` is one. */
export type PayloadOf<Sent> = undefined extends Sent ? [payload?: Sent] : [payload: Sent]

/** Another channel, addressed from within this one. It hears a peer of kind `channel`. */
export interface ChannelAddress<T extends ChannelTypes = ChannelTypes> {
  /** The channel's id. */
  readonly id: string
  /**
   * Sends an internal or broadcastable message, with the turn: in order, and once while both channels live. A `log` channel stores it with
   * the turn and repeats it until the other one has accepted it, so that its effect comes once through the deaths of their owners, too.
   * A failure is logged. Throws `overflow` where more messages of a `log` channel wait than `peerMessagesQueuedMax`.
   */
  send<N extends keyof PeerMessages<T> & string>(message: N, ...payload: PayloadOf<T['messages'][N]['sent']>): void
  /**
   * Makes an internal request, with the turn. Rejects with a `CentrumError`: why it was refused, `timeout` (`peerWaitMs`), or `unknown`
   * where the other channel lost its state meanwhile.
   */
  request<N extends keyof PeerRequests<T> & string>(
    request: N,
    ...input: PayloadOf<T['requests'][N]['input']['sent']>
  ): Promise<T['requests'][N]['output']['received']>
}

/** What fronts and channels may send, by name. */
export type PeerMessages<T extends ChannelTypes> = {
  readonly [N in keyof T['messages'] as T['messages'][N]['kind'] extends 'plain' ? never : N]: T['messages'][N]
}

/** What fronts and channels may ask, by name. */
export type PeerRequests<T extends ChannelTypes> = {
  readonly [N in keyof T['requests'] as T['requests'][N]['kind'] extends 'plain' ? never : N]: T['requests'][N]
}

/** The channel as its handlers see it. It is valid for one epoch; after that each method throws `ChannelClosed`. */
export interface ChannelContext<T extends ChannelTypes = ChannelTypes> {
  /** The channel's id. */
  readonly id: string
  /** The parts of the id, as the `params` schema gives them. */
  readonly params: T['params']['received']
  /** Plain and mutable. What changed in a turn is found when it ends, and published as one patch. */
  readonly state: T['state']
  /**
   * The server's own, beside the state: plain, mutable, of the same kinds of values, and never sent to anybody. `undefined`
   * where the definition declares none.
   */
  readonly memory: T['memory']
  /** Whatever the process keeps for the channel: made in `onOpen` and `onRestore`, in no image, and gone with the owner. */
  local: T['local']
  /** The channel's small word about itself, such as `{ players: 3, max: 8 }`: what lobbies list. At most 1,024 bytes encoded. */
  summary: unknown
  /** The channel's clock: milliseconds since 1970, fixed within a turn. It never goes back, also not at another owner. */
  readonly now: number
  /** The number of `onTick` calls so far. */
  readonly tick: number
  /** The last published version. */
  readonly version: number
  /** Grows with each owner of the channel. */
  readonly epoch: number
  /** The linked clients by their id, those in grace included. */
  readonly clients: ReadonlyMap<string, Client<T>>
  /** Each line carries the channel's id. */
  readonly log: AppLog
  /**
   * What makes an effect outside, such as a payment, happen once: the same where this handler is started again after the death of
   * an owner. To be read before a handler's first `await`.
   * @throws CentrumError `invalid` elsewhere.
   */
  readonly idempotencyKey: string
  /**
   * What a client was shown when it sent the message or request that is being handled: for shots, for example, which are aimed at
   * where others were drawn. Needs `rewindMsMax` in the definition, and goes back no further than that. To be called before a handler's first `await`.
   * @throws CentrumError `invalid` without `rewindMsMax`, and where it is not this client's message that is being handled.
   */
  rewind(client: { readonly id: string }, options?: RewindOptions): Rewound<T['state']>
  /** A number from 0 to below 1. The source's state is part of the channel's image: another owner draws what this one would have. */
  random(): number
  /**
   * Runs `onTimer[name]` once, no sooner than in `ms` milliseconds of the channel's clock, also where no client is linked. One whose handler throws is due again after a second; at the third time in ten minutes the channel is faulted.
   * @returns its id.
   * @throws CentrumError `invalid` for a wrong time, name or payload; `buffer-full` for more than `timersMax`.
   */
  after<N extends keyof T['timers'] & string>(
    ms: number,
    name: N,
    ...payload: PayloadOf<T['timers'][N]['sent']>
  ): number
  /** The same every `ms` milliseconds; once for all the periods that were missed. */
  every<N extends keyof T['timers'] & string>(
    ms: number,
    name: N,
    ...payload: PayloadOf<T['timers'][N]['sent']>
  ): number
  /** Whether there was one: none that was cancelled, and no `after` whose handler has begun. */
  cancelTimer(id: number): boolean
  /** Those that wait, in the order in which they are due. */
  readonly timers: readonly TimerOf<T>[]
  /** Sends an event to all linked clients with this turn. */
  broadcast<N extends keyof T['events'] & string>(
    event: N,
    payload: T['events'][N]['sent'],
    options?: { readonly except?: Except },
  ): void
  /** Ends the client's connection and session for good. `onUnlink` gets the reason. */
  kick(client: { readonly id: string }, reason?: string): void
  /** Closes the channel after this turn. The next link opens it anew. */
  close(reason?: string): void
  /** Another channel: a definition for its types, an id as its address. */
  channel<C extends Channel>(definition: C, id: string): ChannelAddress<TypesOf<C>>
  /** Makes another channel the client's processor, and gives it what the client brings along. */
  transfer<C extends Channel>(
    client: Client<T>,
    definition: C,
    id: string,
    ...handover: PayloadOf<TypesOf<C>['handover']['sent']>
  ): Promise<void>
}

/** What `ctx.rewind` takes. */
export interface RewindOptions {
  /** How far behind its newest state the client shows things, in milliseconds: the `delayMs` of its interpolator. 0 by default. */
  readonly delayMs?: number
}

/** What a client was shown at a moment: between two states where it interpolates. They are immutable. */
export interface Rewound<S> {
  /** The state, or the one before the moment. */
  readonly state: ReadonlyState<S>
  /** The state after the moment; the same object where nothing is shown between two. */
  readonly next: ReadonlyState<S>
  /** How far the client was from `state` to `next`, from 0 to 1: `a.x + (b.x - a.x) * part`. */
  readonly part: number
  /** How long ago that was, in milliseconds; at most `rewindMsMax`. */
  readonly ageMs: number
}

/** A timer that waits. */
export type TimerOf<T extends ChannelTypes = ChannelTypes> = {
  [N in keyof T['timers'] & string]: {
    /** What `cancelTimer` takes. */
    readonly id: number
    /** As declared in `timers`. */
    readonly name: N
    /** What the handler will get. */
    readonly payload: T['timers'][N]['received']
    /** On the channel's clock, as `ctx.now`. */
    readonly dueMs: number
    /** The period of one that repeats. */
    readonly everyMs: number | null
  }
}[keyof T['timers'] & string]

/** What a channel is restored with beside its state and memory. */
export interface Restored {
  /** What `onImage` gave; null for nothing. */
  readonly image: Uint8Array | null
  /** The version of the state that it belongs to; the state may be newer. */
  readonly imageVersion: number
}

/** Who does not get a broadcast: a client, or several. A convenience, not a secret: the client's library drops it. */
export type Except = { readonly id: string } | readonly { readonly id: string }[]
