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

/** `refused`: the channel could not be linked; `error` says why. `closed`: the link has ended, or the id is null. */
export type HookLinkStatus = EntryStatus

/** What `useLink` returns. */
export interface LinkResult<C extends Channel> {
  /** Null until the link is established, and if the channel refused it. */
  readonly link: ChannelLink<C> | null
  /** `linking`, `live`, `stalled`, `refused` or `closed`; with an id of null, `closed`. */
  readonly status: HookLinkStatus
  /** Why the link is refused, stalled or closed; while it is being linked, why the last attempt failed. */
  readonly error: CentrumError | null
  /** Links again after a refusal, or after the link was closed. The same function in each render. */
  readonly retry: () => void
}

interface HookLinkSettings<Options> {
  /** The options that the channel declares for links, compared by value. If they change, the channel is linked again. */
  readonly options?: Options
  /** Makes the channel the client's processor. */
  readonly processor?: boolean
  /** Suspends until the channel is linked or refused. The boundary belongs inside the provider. */
  readonly suspense?: boolean
}

/** The last arguments of `useLink`: required if the channel declares options that must not be left out. */
export type HookLinkArguments<Options> = undefined extends Options
  ? [settings?: HookLinkSettings<Options>]
  : [settings: HookLinkSettings<Options> & { readonly options: Options }]

/** The props of `CentrumProvider`: a connection, or the URL to connect to. */
export type CentrumProviderProps<A extends App> = {
  /** The components that may use the hooks. */
  readonly children?: ReactNode
} & (
  | ({
      /** The URL of a front, or several. */ readonly url: string | readonly string[]
      readonly connection?: undefined
    } & ConnectOptions)
  | {
      /** A connection of your own, which the provider neither creates nor closes. */
      readonly connection: Connection<A>
    }
)

type StateOfId<A extends App, Id extends string> = ReadonlyState<TypesOf<ChannelOf<A, Id>>['state']>
type EventsOfId<A extends App, Id extends string> = TypesOf<ChannelOf<A, Id>>['events']

/** The result of `createHooks`, typed by the app. */
export interface CentrumHooks<A extends App> {
  /** Connects in an effect, so never on a server, and closes the connection at unmount. A new `url` opens a new connection. */
  readonly CentrumProvider: (props: CentrumProviderProps<A>) => ReactElement
  /** The connection; null on a server, and until the provider has created it. */
  readonly useConnection: () => Connection<A> | null
  /** The status of the connection; `connecting` until there is one. */
  readonly useStatus: () => ConnectionStatus
  /** Links to a channel while the component is mounted. All components share one link per channel. */
  readonly useLink: <const Id extends string>(
    id: ReachingId<A, Id> | null,
    ...settings: HookLinkArguments<OptionsOf<ChannelOf<A, Id>>>
  ) => LinkResult<ChannelOf<A, Id>>
  /**
   * Selects a part of a channel's state. The component renders again only if the selector's result changed: compared by `Object.is`, which
   * works because snapshots share everything unchanged, or by `equal`. Returns `initial` until the channel is linked. Links to the channel,
   * with the options that some `useLink` provides.
   */
  readonly useChannelState: <const Id extends string, S, I = undefined>(
    id: ReachingId<A, Id> | null,
    selector: (state: StateOfId<A, Id>) => S,
    settings?: { readonly equal?: (one: S, other: S) => boolean; readonly initial?: I },
  ) => S | I
  /** Calls the latest `listener` for each event of this name. Links to the channel as `useChannelState` does. */
  readonly useEvent: <const Id extends string, N extends keyof EventsOfId<A, Id> & string>(
    id: ReachingId<A, Id> | null,
    event: N,
    listener: (payload: EventsOfId<A, Id>[N]['received']) => void,
  ) => void
}
