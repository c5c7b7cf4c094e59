/**
 * Takes apart the WebSocket messages that a server writes: unmasked, binary, unfragmented. Knows nothing of sockets.
 */
import { DecodeError } from '../value/decode-error.js'

/** FIN and the opcode of binary data. */
const BINARY = 0x82

export class ServerMessages {
  #rest: Uint8Array = new Uint8Array(0)

  /** The messages that are whole now. Throws a `DecodeError` for what is none. */
  take(bytes: Uint8Array): Uint8Array[] {
    const all = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes)
    const messages: Uint8Array[] = []
    let at = 0
    for (;;) {
      const head = headAt(all, at)
      if (head === null || at + head.bytes + head.payload > all.length) break
      at += head.bytes
      messages.push(all.subarray(at, at + head.payload))
      at += head.payload
    }
    this.#rest = all.subarray(at)
    return messages
  }
}

function headAt(bytes: Uint8Array, at: number): { readonly bytes: number; readonly payload: number } | null {
  if (bytes.length < at + 2) return null
  if (bytes[at] !== BINARY) throw new DecodeError(`a message of a server begins with ${bytes[at]}`)
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at)
  const short = view.getUint8(1)
  if (short < 126) return { bytes: 2, payload: short }
  if (short === 126) return view.byteLength < 4 ? null : { bytes: 4, payload: view.getUint16(2) }
  return view.byteLength < 10 ? null : { bytes: 10, payload: view.getUint32(2) * 2 ** 32 + view.getUint32(6) }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
