/** What `createHooks` gives, typed from the type of an app. Types only. */
import type { ReactElement, ReactNode } from 'react'
import type { App } from '../channel/app.js'
import type { ChannelOf, OptionsOf, ReachingId } from '../channel/channel-of.js'
import type { Channel, TypesOf } from '../channel/channel-types.js'
import type { ChannelLink } from '../channel/client-api.js'
import type { Connection, ConnectionStatus } from '../channel/connection-api.js'
import type { ReadonlyState } from '../channel/readonly-state.js'
import type { ConnectOptions } from '../client/connect-options.js'
import type { CentrumError } from '../protocol/errors.js'
import type { EntryStatus } from './link-entry.js'

/** `refused`: it could not be linked, `error` says why. `closed`: it was linked, and is over; or the id is null. */
export type HookLinkStatus = EntryStatus

/** What `useLink` returns. */
export interface LinkResult<C extends Channel> {
  /** Null until it is there, and where the channel refused. */
  readonly link: ChannelLink<C> | null
  /** `linking`, `live`, `stalled`, `refused` or `closed`; with an id of null, `closed`. */
  readonly status: HookLinkStatus
  /** Why it is refused, stalled or closed; while it is linking, why the last attempt failed. */
  readonly error: CentrumError | null
  /** Links again what was refused or is closed. The same function each time. */
  readonly retry: () => void
}

interface HookLinkSettings<Options> {
  /** What the channel wants to know when a client links; compared by value. Other options link anew. */
  readonly options?: Options
  /** Makes the channel the client's processor. */
  readonly processor?: boolean
  /** Suspends until the channel is linked or refused. The boundary belongs inside the provider. */
  readonly suspense?: boolean
}

/** The last arguments of `useLink`: required where the channel declares options that may not be left out. */
export type HookLinkArguments<Options> = undefined extends Options
  ? [settings?: HookLinkSettings<Options>]
  : [settings: HookLinkSettings<Options> & { readonly options: Options }]

/** What `CentrumProvider` takes: a connection, or where to connect. */
export type CentrumProviderProps<A extends App> = {
  /** What may use the hooks. */
  readonly children?: ReactNode
} & (
  | ({
      /** A front, or several. */ readonly url: string | readonly string[]
      readonly connection?: undefined
    } & ConnectOptions)
  | {
      /** One of your own: the provider neither makes nor closes it. */
      readonly connection: Connection<A>
    }
)

type StateOfId<A extends App, Id extends string> = ReadonlyState<TypesOf<ChannelOf<A, Id>>['state']>
type EventsOfId<A extends App, Id extends string> = TypesOf<ChannelOf<A, Id>>['events']

/** What `createHooks` returns, typed by the app. */
export interface CentrumHooks<A extends App> {
  /** Connects in an effect, so never on a server, and closes at unmount. Another `url` connects anew. */
  readonly CentrumProvider: (props: CentrumProviderProps<A>) => ReactElement
  /** The connection; null on a server, and until the provider has made it. */
  readonly useConnection: () => Connection<A> | null
  /** The status of the connection; `connecting` while there is none. */
  readonly useStatus: () => ConnectionStatus
  /** Links to a channel for as long as the component is there. Components share the link of a channel. */
  readonly useLink: <const Id extends string>(
    id: ReachingId<A, Id> | null,
    ...settings: HookLinkArguments<OptionsOf<ChannelOf<A, Id>>>
  ) => LinkResult<ChannelOf<A, Id>>
  /**
   * A part of a channel's state. Renders when what the selector gives has changed: by `Object.is`, where the state is immutable and
   * shares what did not change, or by `equal`. `initial` until the channel is linked. Links to the channel, with the options that
   * some `useLink` gives.
   */
  readonly useChannelState: <const Id extends string, S, I = undefined>(
    id: ReachingId<A, Id> | null,
    selector: (state: StateOfId<A, Id>) => S,
    settings?: { readonly equal?: (one: S, other: S) => boolean; readonly initial?: I },
  ) => S | I
  /** Calls the newest `listener` for each of these events. Links to the channel as `useChannelState` does. */
  readonly useEvent: <const Id extends string, N extends keyof EventsOfId<A, Id> & string>(
    id: ReachingId<A, Id> | null,
    event: N,
    listener: (payload: EventsOfId<A, Id>[N]['received']) => void,
  ) => void
}
