/**
 * The carrier of one client's WebSocket messages: a socket of `ws`, or a simulated one. Incoming messages are complete; outgoing bytes
 * are already in wire format, so that a channel's turn is framed once for all clients. Types only.
 */

/** The gateway's side of a carrier, handed over before anything comes. */
export interface CarrierEvents {
  message(data: Uint8Array, isBinary: boolean): void
  /** So many bytes came in, whatever they are. Told until `welcomed`. */
  received(bytes: number): void
  /** A WebSocket ping came. False: it is not to be answered now. */
  pinged(data: Uint8Array): boolean
  /** A WebSocket pong came. */
  ponged(): void
  /** All that waited has left this process. Comes after a `write` that returned false. */
  drained(): void
  /** What came in was no WebSocket message; `closed` follows. */
  failed(message: string): void
  /** The connection has ended, whichever side ended it. Comes once. */
  closed(): void
}

export interface ClientCarrier {
  /** Bytes that wait to leave this process. */
  readonly buffered: number
  /**
   * Writes whole messages, heads included, cut into pieces anywhere. Nothing is written once the carrier closes. False: it is full, and
   * `drained` follows.
   */
  write(pieces: readonly Uint8Array[]): boolean
  /** The client is let in: it is not told any more how many bytes come. */
  welcomed(): void
  ping(): void
  /** Answers a ping that was not answered when it came. */
  pong(data: Uint8Array): void
  /** Reads no more until `resume`, but for what has come already. */
  pause(): void
  resume(): void
  /** Begins to close: what was written before still goes out. */
  close(code: number, text: string): void
  /** Breaks off at once. */
  terminate(): void
}
