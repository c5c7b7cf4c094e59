/** The links of a connection that components follow, one for each channel. It knows no React. */
import { browserRuntime } from '../runtime/browser-runtime.js'
import type { Clock } from '../runtime/runtime.js'
import { LinkEntry, type PooledConnection } from './link-entry.js'

export class LinkPool {
  readonly #connection: PooledConnection
  readonly #clock: Clock
  /** As many as there are channels that components follow. */
  readonly #entries = new Map<string, LinkEntry>()

  constructor(connection: PooledConnection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  get size(): number {
    return this.#entries.size
  }

  /** What is known of a channel; undefined while nothing follows it. */
  find(id: string): LinkEntry | undefined {
    return this.#entries.get(id)
  }

  /** To be followed or preloaded at once. */
  entry(id: string): LinkEntry {
    const found = this.#entries.get(id)
    if (found !== undefined) return found
    const entry: LinkEntry = new LinkEntry(this.#connection, id, this.#clock, () => {
      if (this.#entries.get(id) === entry) this.#entries.delete(id)
    })
    this.#entries.set(id, entry)
    return entry
  }
}

const pools = new WeakMap<object, LinkPool>()

/** The pool of a connection: the same for all trees of components that use it. */
export function linkPoolOf(connection: object): LinkPool {
  let pool = pools.get(connection)
  if (pool === undefined) {
    pool = new LinkPool(connection as PooledConnection, browserRuntime().clock)
    pools.set(connection, pool)
  }
  return pool
}
