/**
 * What a handler is given: `ctx`, and whoever spoke. With `ChannelTypes` itself as the argument (the default) these are
 * the shapes that a back master implements; with the types of one definition they are what its handlers see.
 */

import type { AppLog } from '../runtime/runtime.js'
import type { Channel, ChannelTypes, TypesOf } from './channel-types.js'
import type { ReadonlyState } from './readonly-state.js'

/** A client that is linked to this channel. It stays the same object while its session is in the channel. */
export interface Client<T extends ChannelTypes = ChannelTypes> {
  /** Distinguishes clients from other senders. */
  readonly kind: 'client'
  /** The public id of its session: the same across sockets and fronts. */
  readonly id: string
  /** The user id that `authenticate` returned. */
  readonly userId: string
  /** The data that `authenticate` returned, as this channel's `data` schema converts it. */
  readonly data: T['data']['received']
  /** Whether this channel is the client's processor: whether it handles what the client sends with `connection.send`. */
  readonly isProcessor: boolean
  /** Sends an event to this client only, in order with everything else it is sent in this turn. */
  send<N extends keyof T['events'] & string>(event: N, ...payload: PayloadOf<T['events'][N]['sent']>): void
}

/** A client that sent a message to all open channels at once, and is not linked to this one. */
export interface UnlinkedClient<T extends ChannelTypes = ChannelTypes> {
  /** Distinguishes clients from other senders. */
  readonly kind: 'client'
  /** The public id of its session. */
  readonly id: string
  /** The user id that `authenticate` returned. */
  readonly userId: string
  /** The data that `authenticate` returned, as this channel's `data` schema converts it. */
  readonly data: T['data']['received']
}

/** A front that sends on its own behalf, or another channel. */
export interface Peer {
  /** Whether it is a front or a channel. */
  readonly kind: 'front' | 'channel'
  /** The front's id, or the channel's. */
  readonly id: string
}

/** The application's own database, from which one of its transactions sent the message with `centrum.send`. */
export interface Database {
  /** Distinguishes it from clients, fronts and channels. */
  readonly kind: 'database'
  /** Always `database`, so that every sender has an id. */
  readonly id: string
}

/** The possible senders of a broadcastable message. `'send' in sender` tells whether it is a linked client. */
export type Sender<T extends ChannelTypes = ChannelTypes> = Client<T> | UnlinkedClient<T> | Peer | Database

/** How this channel became a client's processor: the client chose it, or another channel handed the client over. */
export type Arrival<Handover = unknown> =
  | {
      /** Null if the client chose; otherwise the id of the channel that handed it over. */
      readonly from: null
    }
  | { readonly from: string; readonly handover: Handover }

/** A payload as the last argument. It may be left out if `undefined` is a valid payload. */
export type PayloadOf<Sent> = undefined extends Sent ? [payload?: Sent] : [payload: Sent]

/** Another channel, addressed from within this one. Its handlers get a sender of kind `channel`. */
export interface ChannelAddress<T extends ChannelTypes = ChannelTypes> {
  /** The channel's id. */
  readonly id: string
  /**
   * Sends an internal or broadcastable message at the end of the turn: in order, and once as long as both channels live. A `log` channel
   * stores it with the turn and repeats it until the other channel has accepted it, so that it takes effect once even if owners die.
   * Failures are logged.
   * @throws CentrumError `overflow` if more than `peerMessagesQueuedMax` messages of a `log` channel are waiting.
   */
  send<N extends keyof PeerMessages<T> & string>(message: N, ...payload: PayloadOf<T['messages'][N]['sent']>): void
  /**
   * Makes an internal request at the end of the turn. Rejects with a `CentrumError`: the reason of a refusal, `timeout` (`peerWaitMs`),
   * or `unknown` if the other channel lost its state in the meantime.
   */
  request<N extends keyof PeerRequests<T> & string>(
    request: N,
    ...input: PayloadOf<T['requests'][N]['input']['sent']>
  ): Promise<T['requests'][N]['output']['received']>
}

/** The messages that fronts and channels may send, by name. */
export type PeerMessages<T extends ChannelTypes> = {
  readonly [N in keyof T['messages'] as T['messages'][N]['kind'] extends 'plain' ? never : N]: T['messages'][N]
}

/** The requests that fronts and channels may make, by name. */
export type PeerRequests<T extends ChannelTypes> = {
  readonly [N in keyof T['requests'] as T['requests'][N]['kind'] extends 'plain' ? never : N]: T['requests'][N]
}

/** The channel as its handlers see it. It is valid for one epoch; after that each method throws `ChannelClosed`. */
export interface ChannelContext<T extends ChannelTypes = ChannelTypes> {
  /** The channel's id. */
  readonly id: string
  /** The variable parts of the id, as the `params` schema returns them. */
  readonly params: T['params']['received']
  /** A plain, mutable object. At the end of a turn its changes are found and published as one patch. */
  readonly state: T['state']
  /**
   * The server's private data of the channel: a plain, mutable object of the same kinds of values as state, never sent to clients.
   * `undefined` if the definition declares none.
   */
  readonly memory: T['memory']
  /** Anything that the process holds for the channel: created in `onOpen` and `onRestore`, never stored, and lost with the owner. */
  local: T['local']
  /** What the channel publishes about itself, such as `{ players: 3, max: 8 }`, for lobbies and lists of channels. At most 1,024 bytes encoded. */
  summary: unknown
  /** The channel's clock: milliseconds since 1970, fixed within a turn. It never goes back, not even with another owner. */
  readonly now: number
  /** The number of `onTick` calls so far. */
  readonly tick: number
  /** The last published version. */
  readonly version: number
  /** Grows with each owner of the channel. */
  readonly epoch: number
  /** The linked clients by id, including those in their grace period. */
  readonly clients: ReadonlyMap<string, Client<T>>
  /** The log. Each line carries the channel's id. */
  readonly log: AppLog
  /**
   * A key for effects outside the channel, such as a payment, that must happen once: it is the same if this handler is started again
   * after the death of an owner. Read it before the handler's first `await`.
   * @throws CentrumError `invalid` elsewhere.
   */
  readonly idempotencyKey: string
  /**
   * Returns what a client was shown when it sent the message or request that is being handled: for shots, for example, which are aimed
   * at where others were drawn. Needs `rewindMsMax` in the definition, and goes back no further than that. Call it before the handler's first `await`.
   * @throws CentrumError `invalid` without `rewindMsMax`, or if no message of this client is being handled.
   */
  rewind(client: { readonly id: string }, options?: RewindOptions): Rewound<T['state']>
  /** A random number, at least 0 and below 1. The generator's state is part of the channel's image, so another owner continues the same sequence. */
  random(): number
  /**
   * Runs `onTimer[name]` once, in `ms` milliseconds of the channel's clock at the earliest, even if no client is linked. If the handler throws, the timer is due again after a second; at the third failure within ten minutes the channel is faulted.
   * @returns the timer's id.
   * @throws CentrumError `invalid` for a wrong time, name or payload; `buffer-full` for more than `timersMax` timers.
   */
  after<N extends keyof T['timers'] & string>(
    ms: number,
    name: N,
    ...payload: PayloadOf<T['timers'][N]['sent']>
  ): number
  /** Like `after`, but repeats every `ms` milliseconds. It fires once for all the periods it missed. */
  every<N extends keyof T['timers'] & string>(
    ms: number,
    name: N,
    ...payload: PayloadOf<T['timers'][N]['sent']>
  ): number
  /** Cancels a timer. Returns false if it was already cancelled, or if the handler of an `after` has begun. */
  cancelTimer(id: number): boolean
  /** The pending timers, in the order in which they are due. */
  readonly timers: readonly TimerOf<T>[]
  /** Sends an event to all linked clients at the end of this turn. */
  broadcast<N extends keyof T['events'] & string>(
    event: N,
    payload: T['events'][N]['sent'],
    options?: { readonly except?: Except },
  ): void
  /** Ends the client's connection and session permanently. `onUnlink` gets the reason. */
  kick(client: { readonly id: string }, reason?: string): void
  /** Closes the channel after this turn. The next link opens it again. */
  close(reason?: string): void
  /** Addresses another channel, given its definition (for the types) and its id. */
  channel<C extends Channel>(definition: C, id: string): ChannelAddress<TypesOf<C>>
  /** Makes another channel the client's processor, and passes the handover data to it. */
  transfer<C extends Channel>(
    client: Client<T>,
    definition: C,
    id: string,
    ...handover: PayloadOf<TypesOf<C>['handover']['sent']>
  ): Promise<void>
}

/** What `ctx.rewind` takes. */
export interface RewindOptions {
  /** How far behind its newest state the client shows objects, in milliseconds: the `delayMs` of its interpolator. 0 by default. */
  readonly delayMs?: number
}

/** What a client was shown at a moment: a position between two states if it interpolates. The states are immutable. */
export interface Rewound<S> {
  /** The state that was shown, or the state before the moment. */
  readonly state: ReadonlyState<S>
  /** The state after the moment; the same object as `state` without interpolation. */
  readonly next: ReadonlyState<S>
  /** How far between `state` and `next` the client was, from 0 to 1: `a.x + (b.x - a.x) * part`. */
  readonly part: number
  /** How long ago that was, in milliseconds; at most `rewindMsMax`. */
  readonly ageMs: number
}

/** A pending timer. */
export type TimerOf<T extends ChannelTypes = ChannelTypes> = {
  [N in keyof T['timers'] & string]: {
    /** The id for `cancelTimer`. */
    readonly id: number
    /** Its name in `timers` of the definition. */
    readonly name: N
    /** The payload that the handler will get. */
    readonly payload: T['timers'][N]['received']
    /** When it is due, by the channel's clock (`ctx.now`). */
    readonly dueMs: number
    /** The period of a repeating timer; null for the others. */
    readonly everyMs: number | null
  }
}[keyof T['timers'] & string]

/** What `onRestore` gets besides state and memory. */
export interface Restored {
  /** What `onImage` returned; null if there is none. */
  readonly image: Uint8Array | null
  /** The version of the state that `image` belongs to; the state may be newer. */
  readonly imageVersion: number
}

/** One or several clients that do not get a broadcast. A convenience, not for secrets: it is the client's library that drops the event. */
export type Except = { readonly id: string } | readonly { readonly id: string }[]
