/**
 * An app: which channel implementation stands under which pattern, who its users are, and what a second tab of one is.
 * Masters use it without a type argument; the argument carries the channels' types to clients.
 */

import type { ChannelImplementation } from './channel-implementation.js'
import type { Channel, ChannelTypes } from './channel-types.js'

/** What `.implement` returns: a definition that an app can run. */
export interface ImplementedChannel<out T extends ChannelTypes = ChannelTypes>
  extends Channel<T>, ChannelImplementation {}

/** Implementations by pattern. */
export interface AppChannels {
  readonly [pattern: string]: Channel
}

declare const appChannels: unique symbol

/** What `defineApp` returns: what servers run, and the type that clients are given. */
export interface App<out C extends AppChannels = AppChannels> {
  /** The implementations by pattern. */
  readonly channels: ReadonlyMap<string, ChannelImplementation>
  /** Finds what an id reaches. `null` if no pattern matches or the id is none. */
  match(channelId: string): AppMatch | null
  /** What resume tokens are bound to: those of another app with the same key are refused. '' where none was given. */
  readonly name: string
  /** `null`: every client is let in as a user of its own. */
  readonly authenticate: Authenticate | null
  /** `null`: who resumes is who it was. */
  readonly revalidate: Revalidate | null
  /** Whether one user may have several sessions at once, or the newest replaces the others. */
  readonly sessions: Sessions
  /** `null`: the cluster chooses. */
  readonly place: Place | null
  readonly [appChannels]?: C
}

export interface AppMatch {
  readonly pattern: string
  /** The parts of the id by name, before the `params` schema. */
  readonly params: Readonly<Record<string, string>>
  readonly implementation: ChannelImplementation
}

/** What a second tab of a user is: a client of its own, or the one that replaces the first. */
export type Sessions = 'many' | 'onePerUser'

/** What a front knows of a client that asks to be let in. */
export interface AuthenticationRequest {
  /** What the `token` option of `connect` gave; null for nothing. */
  readonly token: string | null
  /** Lower-case names. A header given more than once is joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The address of the client: by `trustProxy` where a proxy stands before the front. */
  readonly remoteAddress: string
}

/** Who a client is, as `authenticate` returns it. */
export interface Authenticated<Data = unknown> {
  /** Whose client it is: the same for all tabs and devices of a user. */
  readonly userId: string
  /** What channels need to know of the client, as their `data` schemas want it. */
  readonly data?: Data
}

/** Throws `AuthenticationRefused` for a client that is not let in. */
export type Authenticate = (request: AuthenticationRequest) => Authenticated | Promise<Authenticated>

/**
 * Asked at each resume whether the client is still let in. Returns its data as it is now, or `undefined` for what it was. Throws
 * `AuthenticationRefused` for a client that is not let in any more.
 */
export type Revalidate<Data = unknown> = (client: {
  readonly userId: string
  readonly data: Data
}) => Data | undefined | Promise<Data | undefined>

/** A channel that nobody has, and that is to be opened. */
export interface ChannelToPlace {
  /** The channel's id. */
  readonly id: string
  /** The pattern of the app that it fits. */
  readonly pattern: string
  /** The parts of the id by name, before the `params` schema. */
  readonly params: Readonly<Record<string, string>>
}

/** A back that takes more channels, as it was last heard of: up to a second ago. */
export interface BackToPlace {
  /** Its name. */
  readonly id: string
  /** How many channels it takes, in proportion to the others. */
  readonly weight: number
  /** How many channels it takes at most; null for any number. */
  readonly capacity: number | null
  /** What its operator says of it, such as a zone. */
  readonly labels: Readonly<Record<string, string>>
  /** How many channels it has open. */
  readonly channelCount: number
}

/**
 * Chooses where a channel opens that nobody has, in a cluster whose backs come and go: returns one of the backs, or its id; null or undefined
 * leaves it to the cluster. Runs on fronts and backs, as often as a channel without an owner is asked for: it has to be quick.
 */
export type Place = (
  channel: ChannelToPlace,
  backs: readonly BackToPlace[],
) => string | { readonly id: string } | null | undefined

/** The implementations of an app by pattern. */
export type ChannelsOf<A extends App> = NonNullable<A[typeof appChannels]>
