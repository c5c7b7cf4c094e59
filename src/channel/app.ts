/**
 * An app: which channel implementation stands under which pattern, who its users are, and what a second tab of one is.
 * Masters use it without a type argument; the argument carries the channels' types to clients.
 */

import type { ChannelImplementation } from './channel-implementation.js'
import type { Channel, ChannelTypes } from './channel-types.js'

/** The result of `.implement`: a definition that an app can run. */
export interface ImplementedChannel<out T extends ChannelTypes = ChannelTypes>
  extends Channel<T>, ChannelImplementation {}

/** Implementations by pattern. */
export interface AppChannels {
  readonly [pattern: string]: Channel
}

declare const appChannels: unique symbol

/** The result of `defineApp`: servers run it, and clients use its type. */
export interface App<out C extends AppChannels = AppChannels> {
  /** The implementations by pattern. */
  readonly channels: ReadonlyMap<string, ChannelImplementation>
  /** Finds the channel definition for an id. `null` if no pattern matches, or the id is not valid. */
  match(channelId: string): AppMatch | null
  /** The name that resume tokens are bound to: those of another app with the same key are refused. '' if none was given. */
  readonly name: string
  /** `null`: every client is accepted, as a user of its own. */
  readonly authenticate: Authenticate | null
  /** `null`: a client that resumes is not checked again. */
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

/** Whether a second tab of a user is a client of its own (`many`), or replaces the first (`onePerUser`). */
export type Sessions = 'many' | 'onePerUser'

/** What a front knows about a client that wants to connect. */
export interface AuthenticationRequest {
  /** The token from the `token` option of `connect`; null if there is none. */
  readonly token: string | null
  /** The HTTP headers of the request, by lower-case name. Repeated headers are joined by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The address of the client; with `trustProxy`, as the proxy in front of the front reports it. */
  readonly remoteAddress: string
}

/** Who a client is, as `authenticate` returns it. */
export interface Authenticated<Data = unknown> {
  /** The id of the user: the same for all tabs and devices of that user. */
  readonly userId: string
  /** What channels need to know about the client, as input for their `data` schemas. */
  readonly data?: Data
}

/** Determines who a client is. Throws `AuthenticationRefused` to refuse it. */
export type Authenticate = (request: AuthenticationRequest) => Authenticated | Promise<Authenticated>

/**
 * Called each time a session resumes. Returns the client's current data, or `undefined` to keep the old data. Throws
 * `AuthenticationRefused` if the client is no longer allowed in.
 */
export type Revalidate<Data = unknown> = (client: {
  readonly userId: string
  readonly data: Data
}) => Data | undefined | Promise<Data | undefined>

/** A channel without an owner that is about to be opened. */
export interface ChannelToPlace {
  /** The channel's id. */
  readonly id: string
  /** The pattern of the app that its id matches. */
  readonly pattern: string
  /** The parts of the id by name, before the `params` schema. */
  readonly params: Readonly<Record<string, string>>
}

/** A back that accepts more channels, as it was known up to a second ago. */
export interface BackToPlace {
  /** Its name. */
  readonly id: string
  /** Its share of the channels, in proportion to the other backs. */
  readonly weight: number
  /** How many channels it takes at most; null for no limit. */
  readonly capacity: number | null
  /** Its `labels`, such as a zone. */
  readonly labels: Readonly<Record<string, string>>
  /** How many channels it has open. */
  readonly channelCount: number
}

/**
 * In a dynamic cluster: chooses the back on which a new channel opens. Returns one of the backs, or its id; null or undefined
 * leaves the choice to the cluster. Runs on fronts and backs whenever a channel without an owner is needed, so it should be quick.
 */
export type Place = (
  channel: ChannelToPlace,
  backs: readonly BackToPlace[],
) => string | { readonly id: string } | null | undefined

/** The implementations of an app by pattern. */
export type ChannelsOf<A extends App> = NonNullable<A[typeof appChannels]>
