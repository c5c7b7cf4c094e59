/**
 * As much of a WebSocket as the client needs: browsers' own, Node's, and that of `ws` have it.
 */

export interface WebSocketLike {
  binaryType: string
  readonly readyState: number
  /** Bytes given to `send` that the network has not taken yet. */
  readonly bufferedAmount: number
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  send(data: Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
}

export type WebSocketConstructor = new (url: string) => WebSocketLike
