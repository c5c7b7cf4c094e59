/**
 * One channel's link as components need it: made when the first follows it, ended when none does, and in between a value that
 * changes its identity with each change. Decisions wait for the end of the microtask, so that what React undoes and does again
 * (StrictMode, a new key) makes and ends no link, and so that of several components that mount together the one with options is
 * heard whatever its place. It knows no React.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Clock, Timer } from '../runtime/runtime.js'

/** What is needed of a link; names and payloads are what they are. */
export interface PooledLink {
  readonly status: 'live' | 'stalled' | 'closed'
  snapshot(): object
  onStatus(listener: (status: PooledLink['status'], reason: Reason | null) => void): () => void
  onChange(listener: () => void): () => void
  on(event: string, listener: (payload: unknown) => void): () => void
  unlink(): Promise<void>
}

export interface PooledConnection {
  link(id: string, settings: object): Promise<PooledLink>
}

/** `refused`: it could not be linked, `error` says why. `closed`: it was linked, and is over. */
export type EntryStatus = 'linking' | 'live' | 'stalled' | 'refused' | 'closed'

export interface EntryState {
  readonly link: PooledLink | null
  readonly status: EntryStatus
  readonly error: CentrumError | null
}

/** How a component wants the channel to be linked. Two with the same key want the same. */
export interface WantedLink {
  readonly key: string
  readonly settings: object
}

interface Follower {
  readonly wanted: WantedLink | null
  readonly changed: () => void
}

export const LINKING: EntryState = { link: null, status: 'linking', error: null }

/** How long a link that was asked for while rendering waits for the component to appear. */
const PRELOAD_MS = 10_000

export class LinkEntry {
  readonly #connection: PooledConnection
  readonly #id: string
  readonly #clock: Clock
  readonly #dropped: () => void
  readonly #followers = new Set<Follower>()
  #state: EntryState = LINKING
  /** Of the link, or of the attempt; null where there is none. */
  #key: string | null = null
  #aborting: AbortController | null = null
  #stopListening: readonly (() => void)[] = []
  #preloaded: { readonly wanted: WantedLink | null; readonly timer: Timer } | null = null
  #settled: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null
  #isDeciding = false

  /** `dropped`: nothing follows it any more. */
  constructor(connection: PooledConnection, id: string, clock: Clock, dropped: () => void) {
    this.#connection = connection
    this.#id = id
    this.#clock = clock
    this.#dropped = dropped
  }

  /** As it is for one who wants the channel linked with this key; null where that does not matter. */
  state(key: string | null): EntryState {
    const isOther = key !== null && this.#key !== null && key !== this.#key && this.#hasFollower(this.#key)
    return isOther ? this.#conflict : this.#state
  }

  readonly #conflict: EntryState = {
    link: null,
    status: 'refused',
    error: new CentrumError(
      'already-linked',
      'another component has linked this channel with other options. Give all components the same options, or give options in only one of them.',
    ),
  }

  /** Until the returned function is called the channel is linked, and `changed` is called after each change of it or of its state. */
  follow(wanted: WantedLink | null, changed: () => void): () => void {
    const follower = { wanted, changed }
    this.#followers.add(follower)
    this.#decideSoon()
    return () => {
      this.#followers.delete(follower)
      this.#decideSoon()
    }
  }

  /** Links for a component that is not there yet. */
  preload(wanted: WantedLink | null): void {
    if (this.#followers.size > 0 || this.#preloaded !== null) return
    const timer = this.#clock.after(PRELOAD_MS, () => {
      this.#preloaded = null
      this.#decideSoon()
    })
    this.#preloaded = { wanted, timer }
    this.#decideSoon()
  }

  /** Resolves when it is linked, or is not going to be. */
  whenSettled(): Promise<void> {
    if (this.#settled === null) {
      let resolve = (): void => undefined
      const promise = new Promise<void>((done) => (resolve = done))
      this.#settled = { promise, resolve }
    }
    return this.#settled.promise
  }

  /** Links again what was refused or is closed. */
  retry(): void {
    if (this.#state.status !== 'refused' && this.#state.status !== 'closed') return
    this.#end()
    this.#decideSoon()
  }

  #decideSoon(): void {
    if (this.#isDeciding) return
    this.#isDeciding = true
    queueMicrotask(() => {
      this.#isDeciding = false
      this.#decide()
    })
  }

  #decide(): void {
    if (this.#followers.size > 0) this.#endPreload()
    else if (this.#preloaded === null) {
      this.#end()
      this.#dropped()
      return
    }
    const wanted = [...this.#followers].find((follower) => follower.wanted)?.wanted ?? this.#preloaded?.wanted ?? null
    const isOther = wanted !== null && wanted.key !== this.#key && this.#key !== null && !this.#hasFollower(this.#key)
    if (isOther) this.#end()
    if (this.#key === null) this.#link(wanted)
    else this.#tell()
  }

  #hasFollower(key: string): boolean {
    return [...this.#followers].some(({ wanted }) => wanted?.key === key)
  }

  #endPreload(): void {
    this.#preloaded?.timer.cancel()
    this.#preloaded = null
  }

  #link(wanted: WantedLink | null): void {
    const aborting = new AbortController()
    this.#aborting = aborting
    this.#key = wanted?.key ?? ''
    this.#is({ ...LINKING, error: this.#state.error })
    void this.#attempt(wanted, aborting.signal)
  }

  async #attempt(wanted: WantedLink | null, signal: AbortSignal): Promise<void> {
    try {
      const link = await this.#connection.link(this.#id, { ...wanted?.settings, signal })
      if (signal.aborted) await link.unlink()
      else this.#linked(link)
    } catch (error) {
      if (!signal.aborted) this.#failed(error as CentrumError, wanted)
    }
  }

  #linked(link: PooledLink): void {
    this.#stopListening = [
      link.onChange(() => this.#tell()),
      link.onStatus((status, reason) => {
        const error = reason === null || status === 'live' ? null : new CentrumError(reason, `the link is ${status}`)
        this.#is({ link, status, error })
      }),
    ]
    this.#is({ link, status: link.status, error: null })
  }

  #failed(error: CentrumError, wanted: WantedLink | null): void {
    if (error.code !== 'timeout') {
      this.#is({ link: null, status: 'refused', error })
      return
    }
    // The server may be away for longer than one call waits: it is tried for as long as it is wanted.
    this.#state = { ...LINKING, error }
    this.#link(wanted)
  }

  /** Nothing is linked or being linked. */
  #end(): void {
    this.#aborting?.abort()
    for (const stop of this.#stopListening) stop()
    void this.#state.link?.unlink()
    this.#stopListening = []
    this.#key = this.#aborting = null
    this.#state = LINKING
  }

  #is(state: EntryState): void {
    this.#state = state
    if (state.status !== 'linking') {
      this.#settled?.resolve()
      this.#settled = null
    }
    this.#tell()
  }

  #tell(): void {
    for (const { changed } of [...this.#followers]) changed()
  }
}
