/**
 * WebSocket messages as they stand on the wire: binary, unmasked, unfragmented, as servers send them, with one or more of the protocol's
 * frames, each behind its length. Knows nothing of sockets and of what is in a frame.
 */

/** FIN and the opcode of binary data. */
const BINARY = 0x82
/** The longest head of a WebSocket frame that a server sends, in bytes. */
const HEAD_BYTES_MAX = 10
/** A message of up to this many bytes is copied into one piece, which costs less than writing several pieces. */
const COPIED_MESSAGE_BYTES_MAX = 16_384
/** In a longer message, frames of up to this many bytes are copied, and longer ones are pieces of their own. */
const COPIED_FRAME_BYTES_MAX = 4_096

/** What a frame adds to the payload of a message. */
export function packedBytes(frameBytes: number): number {
  return uvarintBytes(frameBytes) + frameBytes
}

/** One message of these frames, in order, in as many pieces as are cheapest to write. */
export function webSocketFrameOf(frames: readonly Uint8Array[]): Uint8Array[] {
  const payload = payloadOf(frames)
  return cut(frames, payload, payload > COPIED_MESSAGE_BYTES_MAX ? COPIED_FRAME_BYTES_MAX : payload)
}

/** One message in one piece, for many sockets. */
export function wholeWebSocketFrameOf(frames: readonly Uint8Array[]): Uint8Array[] {
  const payload = payloadOf(frames)
  return cut(frames, payload, payload)
}

function payloadOf(frames: readonly Uint8Array[]): number {
  let payload = 0
  for (const frame of frames) payload += packedBytes(frame.length)
  return payload
}

function cut(frames: readonly Uint8Array[], payload: number, copiedBytesMax: number): Uint8Array[] {
  let own = HEAD_BYTES_MAX + payload
  for (const frame of frames) if (frame.length > copiedBytesMax) own -= frame.length
  const bytes = Buffer.allocUnsafe(own)
  const pieces: Uint8Array[] = []
  let start = 0
  let at = writeHead(bytes, payload)
  for (const frame of frames) {
    at = writeUvarint(bytes, at, frame.length)
    if (frame.length <= copiedBytesMax) {
      bytes.set(frame, at)
      at += frame.length
    } else {
      pieces.push(bytes.subarray(start, at), frame)
      start = at
    }
  }
  if (at > start) pieces.push(bytes.subarray(start, at))
  return pieces
}

function writeHead(target: Buffer, payload: number): number {
  target[0] = BINARY
  if (payload < 126) {
    target[1] = payload
    return 2
  }
  if (payload < 65_536) {
    target[1] = 126
    target[2] = payload >> 8
    target[3] = payload
    return 4
  }
  target[1] = 127
  target.writeUInt32BE(Math.floor(payload / 2 ** 32), 2)
  return target.writeUInt32BE(payload % 2 ** 32, 6)
}

function writeUvarint(target: Buffer, start: number, value: number): number {
  let at = start
  let rest = value
  while (rest > 0x7f) {
    target[at++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  target[at++] = rest
  return at
}

function uvarintBytes(value: number): number {
  let count = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 128)) count++
  return count
}
