/** The part of a WebSocket that the client needs: those of browsers, of Node and of `ws` have it. */

export interface WebSocketLike {
  /** The client sets this to 'arraybuffer'. */
  binaryType: string
  /** Bytes given to `send` that the network has not taken yet. */
  readonly bufferedAmount: number
  /** Called once it is open. */
  onopen: Handler<unknown>
  /** Called with each message. */
  onmessage: Handler<{ readonly data: unknown }>
  /** Called on an error; `onclose` follows. */
  onerror: Handler<unknown>
  /** Called once, with code and reason. */
  onclose: Handler<{ readonly code: number; readonly reason: string }>
  /** Sends one binary message. */
  send(data: Uint8Array<ArrayBuffer>): void
  /** Closes it. */
  close(code?: number, reason?: string): void
}

/** A WebSocket class, for platforms that have none of their own. */
export type WebSocketConstructor = new (url: string, protocol: string) => WebSocketLike

/** Taken from a method, whose arguments the compiler lets differ: each WebSocket has event types of its own. */
type Handler<Event> = { handle(event: Event): void }['handle'] | null
