/**
 * Hooks for the channels of an app: over immutable snapshots, so that a component renders when what it selected changed, and neither
 * StrictMode nor the React Compiler sees anything stale. What they share is in `link-entry.ts`, which knows no React.
 */
import {
  type Context,
  createContext,
  createElement,
  type ReactElement,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react'
import type { App } from '../channel/app.js'
import type { ConnectionStatus } from '../channel/connection-api.js'
import { connect } from '../client/connect.js'
import type { ConnectOptions } from '../client/connect-options.js'
import { CentrumError } from '../protocol/errors.js'
import { type ConnectionSource, newConnectionSource, type ProvidedConnection } from './connection-source.js'
import type { CentrumHooks } from './hooks.js'
import { type EntryState, LINKING, type WantedLink } from './link-entry.js'
import { type LinkPool, linkPoolOf } from './link-pool.js'
import { type LastSelection, stateSelection } from './state-selection.js'

type SourceContext = Context<ConnectionSource | null>

interface ProviderProps extends ConnectOptions {
  readonly children?: ReactElement
  readonly connection?: ProvidedConnection
  readonly url?: string | readonly string[]
}

interface UntypedLinkSettings {
  readonly options?: unknown
  readonly processor?: boolean
  readonly suspense?: boolean
}

interface UntypedStateSettings {
  readonly equal?: (one: unknown, other: unknown) => boolean
  readonly initial?: unknown
}

const CLOSED: EntryState = { link: null, status: 'closed', error: null }
const nothing = (): void => undefined
const never = (): (() => void) => nothing

/** Creates the hooks of an app and their provider. Call it once, in a module that all components can import. */
export function createHooks<A extends App>(): CentrumHooks<A> {
  const context: SourceContext = createContext<ConnectionSource | null>(null)
  const useSource = (): ConnectionSource => {
    const source = useContext(context)
    if (source === null) {
      throw new CentrumError('invalid-option', 'there is no provider. Render <CentrumProvider> above this component.')
    }
    return source
  }
  const useConnection = (): ProvidedConnection | null => {
    const source = useSource()
    return useSyncExternalStore(
      source.subscribe,
      () => source.connection,
      () => null,
    )
  }
  const usePool = (): LinkPool | null => {
    const connection = useConnection()
    return connection && linkPoolOf(connection)
  }
  const hooks = {
    CentrumProvider: newProvider(context),
    useConnection,
    useStatus: newUseStatus(useConnection),
    useLink: newUseLink(useSource, usePool),
    useChannelState: newUseChannelState(usePool),
    useEvent: newUseEvent(usePool),
  }
  // The types of an app exist for the compiler only: at run time names and payloads are what they are.
  return hooks as unknown as CentrumHooks<A>
}

function newProvider(context: SourceContext) {
  return function CentrumProvider(props: ProviderProps): ReactElement {
    const { children, connection: given, url } = props
    const urls = JSON.stringify(url)
    const source = useMemo(() => newConnectionSource(given ?? null), [given])
    const latest = useRef(props)
    const [failure, setFailure] = useState<{ readonly error: unknown } | null>(null)
    useEffect(() => {
      latest.current = props
    })
    useEffect(() => {
      if (given !== undefined) return undefined
      let connection: ProvidedConnection | null = null
      let isWanted = true
      // Not at once: in StrictMode an effect runs twice, and one connection is enough.
      queueMicrotask(() => {
        if (!isWanted) return
        try {
          connection = connectAs(latest)
          source.provide(connection)
        } catch (error) {
          setFailure({ error })
        }
      })
      return () => {
        isWanted = false
        if (connection === null) return
        source.provide(null)
        void connection.close()
      }
    }, [source, given, urls])
    if (failure !== null) throw failure.error
    return createElement(context.Provider, { value: source }, children)
  }
}

/** Connects with what the provider has by then; a token is asked of what it has at that time. */
function connectAs(latest: { readonly current: ProviderProps }): ProvidedConnection {
  const { children: _children, connection: _connection, url = '', token, ...options } = latest.current
  const tokenNow = (): string | Promise<string> => {
    const newest = latest.current.token ?? ''
    return typeof newest === 'function' ? newest() : newest
  }
  return connect(url, { ...options, ...(token === undefined ? {} : { token: tokenNow }) })
}

function newUseStatus(useConnection: () => ProvidedConnection | null) {
  return function useStatus(): ConnectionStatus {
    const connection = useConnection()
    const subscribe = useMemo(() => connection?.onStatus ?? never, [connection])
    return useSyncExternalStore(
      subscribe,
      () => connection?.status ?? 'connecting',
      () => 'connecting',
    )
  }
}

function newUseLink(useSource: () => ConnectionSource, usePool: () => LinkPool | null) {
  return function useLink(id: string | null, settings: UntypedLinkSettings = {}) {
    const source = useSource()
    const pool = usePool()
    const key = keyOf(settings)
    const latest = useRef(settings)
    useEffect(() => {
      latest.current = settings
    })
    const subscribe = useCallback(
      (changed: () => void) => {
        if (pool === null || id === null) return nothing
        // Effects of a render run in order, and subscribing is one of them: the settings are those of the key.
        return pool.entry(id).follow(wantedOf(key, latest.current), changed)
      },
      [pool, id, key],
    )
    const state = useSyncExternalStore(
      subscribe,
      () => (id === null ? CLOSED : (pool?.find(id)?.state(key === '' ? null : key) ?? LINKING)),
      () => (id === null ? CLOSED : LINKING),
    )
    const retry = useCallback(() => {
      if (id !== null) pool?.find(id)?.retry()
    }, [pool, id])
    if (settings.suspense && id !== null && isPage()) {
      if (source.connection === null) suspendUntil(source.connected)
      const entry = linkPoolOf(source.connection).entry(id)
      entry.preload(wantedOf(key, settings))
      if (entry.state(null).status === 'linking') suspendUntil(entry.whenSettled())
    }
    return useMemo(() => ({ ...state, retry }), [state, retry])
  }
}

function newUseChannelState(usePool: () => LinkPool | null) {
  return function useChannelState(
    id: string | null,
    selector: (state: object) => unknown,
    { equal = Object.is, initial }: UntypedStateSettings = {},
  ): unknown {
    const pool = usePool()
    const last = useRef<LastSelection>({ value: undefined, isSet: false })
    const select = useMemo(() => stateSelection(selector, equal, last.current), [selector, equal])
    const subscribe = useFollowing(pool, id)
    const linkNow = () => (id === null ? null : (pool?.find(id)?.state(null).link ?? null))
    const value = useSyncExternalStore(
      subscribe,
      () => {
        const link = linkNow()
        return link === null ? initial : select(link.snapshot())
      },
      () => initial,
    )
    useEffect(() => {
      last.current.value = value
      last.current.isSet = linkNow() !== null
    })
    return value
  }
}

function newUseEvent(usePool: () => LinkPool | null) {
  return function useEvent(id: string | null, event: string, listener: (payload: unknown) => void): void {
    const pool = usePool()
    const latest = useRef(listener)
    useEffect(() => {
      latest.current = listener
    })
    useEffect(() => {
      if (pool === null || id === null) return undefined
      const entry = pool.entry(id)
      let heard: object | null = null
      let stop = nothing
      const listen = (): void => {
        const { link } = entry.state(null)
        if (link === heard) return
        stop()
        heard = link
        stop = link?.on(event, (payload) => latest.current(payload)) ?? nothing
      }
      const unfollow = entry.follow(null, listen)
      listen()
      return () => {
        unfollow()
        stop()
      }
    }, [pool, id, event])
  }
}

function useFollowing(pool: LinkPool | null, id: string | null): (changed: () => void) => () => void {
  return useCallback(
    (changed) => (pool === null || id === null ? nothing : pool.entry(id).follow(null, changed)),
    [pool, id],
  )
}

/** What tells settings apart that link differently; empty where there is nothing to say. */
function keyOf({ options, processor = false }: UntypedLinkSettings): string {
  return options === undefined && !processor ? '' : JSON.stringify([options, processor])
}

function wantedOf(key: string, { options, processor = false }: UntypedLinkSettings): WantedLink | null {
  return key === '' ? null : { key, settings: { ...(options === undefined ? {} : { options }), processor } }
}

/** What React takes for a component that is to be rendered again later. */
function suspendUntil(promise: Promise<void>): never {
  throw promise as unknown as Error
}

/** Whether there is somebody for whom a component may wait: on a server there is not. */
function isPage(): boolean {
  return 'window' in globalThis
}
