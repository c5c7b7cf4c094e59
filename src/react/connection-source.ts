/** Where components find the connection of their provider: none on a server, and none before the provider's effect has run. */
import type { ConnectionStatus } from '../channel/connection-api.js'

/** What is needed of a connection. */
export interface ProvidedConnection {
  readonly status: ConnectionStatus
  onStatus(listener: () => void): () => void
  close(): Promise<void>
}

export interface ConnectionSource {
  readonly connection: ProvidedConnection | null
  /** Resolves when there is a connection. */
  readonly connected: Promise<void>
  subscribe(listener: () => void): () => void
  provide(connection: ProvidedConnection | null): void
}

export function newConnectionSource(given: ProvidedConnection | null): ConnectionSource {
  const listeners = new Set<() => void>()
  let resolve = (): void => undefined
  const connected = new Promise<void>((done) => (resolve = done))
  let connection = given
  if (given !== null) resolve()
  return {
    connected,
    get connection() {
      return connection
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    provide(next) {
      connection = next
      if (next !== null) resolve()
      for (const listener of [...listeners]) listener()
    },
  }
}
