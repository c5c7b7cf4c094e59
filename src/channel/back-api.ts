/**
 * A back master as an application sees it, typed from the type of an app. Types only: `back/` implements them.
 */

import type { ChannelOf, ReachingId } from './channel-of.js'
import type { AppEvents, CarriedByAll, NamesIn } from './app-messages.js'
import type { App } from './app.js'
import type { Channel, TypesOf } from './channel-types.js'
import type { ReadonlyState } from './readonly-state.js'
import type { Except, PayloadOf } from './context.js'

/** The methods of a back master whose types depend on the app. */
export interface BackMasterApi<A extends App = App> {
  /** Opens a channel before a client links to it. */
  open<const Id extends string>(id: ReachingId<A, Id>): Promise<void>
  /** Returns an open channel. */
  channel<const Id extends string>(id: ReachingId<A, Id>): BackChannelApi<ChannelOf<A, Id>>
  /** Closes a channel with its links: `onUnlink` and `onClose` get the reason. Resolves when it is closed. */
  close<const Id extends string>(id: ReachingId<A, Id>, reason?: string): Promise<void>
  /** Sends an event to the linked clients of each open channel that declares it. */
  broadcast<N extends NamesIn<AppEvents<A>> & string>(
    event: N,
    ...payload: PayloadOf<CarriedByAll<AppEvents<A>, N>>
  ): void
}

/** A channel that this back owns. */
export interface BackChannelApi<C extends Channel = Channel> {
  /** The channel's id. */
  readonly id: string
  /** The current epoch; it grows with each owner of the channel. */
  readonly epoch: number
  /** The last published version. */
  readonly version: number
  /** The state as it is now. Only the channel's handlers change it. */
  readonly state: ReadonlyState<TypesOf<C>['state']>
  /** What the channel publishes about itself with `ctx.summary`; undefined if it is not set. */
  readonly summary: unknown
  /** Sends an event to the channel's linked clients with its next turn. */
  broadcast<N extends keyof TypesOf<C>['events'] & string>(
    event: N,
    payload: TypesOf<C>['events'][N]['sent'],
    options?: { readonly except?: Except },
  ): void
}
