/**
 * What may be sent to, or by, several channels of an app at once: by name, over all its definitions. Types only.
 */

import type { App, ChannelsOf } from './app.js'
import type { ChannelTypes, Crossing, TypesOf } from './channel-types.js'
import type { ClientMessages } from './client-api.js'
import type { PeerMessages } from './context.js'

/** Records of crossings by name, one for each pattern. */
type Directory = { readonly [pattern: string]: { readonly [name: string]: Crossing } }

/** All names of a directory. Add `& string` where it constrains: without, errors show this alias and not the names. */
export type NamesIn<D extends Directory> = { [P in keyof D]: keyof D[P] }[keyof D]

/** What a name carries in any of the channels that have it: who takes it is known at run time only. */
export type CarriedByAny<D extends Directory, N extends string> = {
  [P in keyof D]: N extends keyof D[P] ? D[P][N]['sent'] : never
}[keyof D]

/** What a name carries where all channels that have it take it: the intersection. */
export type CarriedByAll<D extends Directory, N extends string> = {
  [P in keyof D]: (payload: N extends keyof D[P] ? D[P][N]['sent'] : unknown) => void
}[keyof D] extends (payload: infer V) => void
  ? V
  : never

/** What clients may send to their processor. */
export type AppMessages<A extends App> = {
  [P in keyof ChannelsOf<A> & string]: ClientMessages<TypesOf<ChannelsOf<A>[P]>>
}

/** What clients may send to all open channels. */
export type AppBroadcasts<A extends App> = {
  [P in keyof ChannelsOf<A> & string]: BroadcastMessages<TypesOf<ChannelsOf<A>[P]>>
}

/** What fronts may send to all open channels. */
export type AppPeerMessages<A extends App> = {
  [P in keyof ChannelsOf<A> & string]: PeerMessages<TypesOf<ChannelsOf<A>[P]>>
}

/** What a back may send to the clients of all its channels. */
export type AppEvents<A extends App> = { [P in keyof ChannelsOf<A> & string]: TypesOf<ChannelsOf<A>[P]>['events'] }

/** What any client may send to a channel together with all others, by name. */
export type BroadcastMessages<T extends ChannelTypes> = {
  readonly [N in keyof T['messages'] as 'broadcastable' extends T['messages'][N]['kind'] ? N : never]: T['messages'][N]
}
