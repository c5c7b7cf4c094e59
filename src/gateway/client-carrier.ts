/**
 * What carries one client's WebSocket messages: a socket of `ws`, or one of a simulation. Messages come in whole; what goes out are the
 * bytes of messages as they stand on the wire, so that a turn is built once for all. Types only.
 */

/** The gateway's side of a carrier, handed over before anything comes. */
export interface CarrierEvents {
  message(data: Uint8Array, isBinary: boolean): void
  /** A sign of life that the carrier itself asks an answer to. False: none is given. */
  pinged(): boolean
  /** All that waited has left this process. */
  drained(): void
  /** What came in was no WebSocket message; `closed` follows. */
  failed(message: string): void
  /** It is over, whoever ended it. Comes once. */
  closed(): void
}

export interface ClientCarrier {
  /** Bytes that wait to leave this process. */
  readonly buffered: number
  /** Bytes of a message that is built already, head included; dropped once it is over. */
  write(bytes: Uint8Array): void
  /** Begins to close: what was written before still goes out. */
  close(code: number, text: string): void
  /** Breaks off at once. */
  terminate(): void
}
