/**
 * As much of a WebSocket as the client needs: browsers' own, Node's, and that of `ws` have it.
 */

export interface WebSocketLike {
  binaryType: string
  /** Bytes given to `send` that the network has not taken yet. */
  readonly bufferedAmount: number
  onopen: Handler<unknown>
  onmessage: Handler<{ readonly data: unknown }>
  onerror: Handler<unknown>
  onclose: Handler<{ readonly code: number; readonly reason: string }>
  send(data: Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
}

/** A WebSocket class, for platforms that have none of their own. */
export type WebSocketConstructor = new (url: string, protocol: string) => WebSocketLike

/** Taken from a method, whose arguments the compiler lets differ: each WebSocket has event types of its own. */
type Handler<Event> = { handle(event: Event): void }['handle'] | null
