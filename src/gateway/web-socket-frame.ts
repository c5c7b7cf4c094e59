/**
 * WebSocket messages as they go over the socket: a binary message of one frame, unmasked, as servers send. What a channel says to all is
 * built once and written to each socket as it is. Knows nothing of sockets.
 */

/** FIN and the opcode of binary data. */
const BINARY = 0x82
/** Frames above it are not copied behind their head, but written after it. */
export const COPIED_BYTES_MAX = 4_096

/** What precedes a frame: the head of the WebSocket message, and the length of the frame within it. */
export function messageHead(frameBytes: number): Buffer {
  const head = Buffer.allocUnsafe(10 + 8)
  return head.subarray(0, writeHead(head, frameBytes))
}

/** A whole message of one frame. */
export function messageOf(frame: Uint8Array): Buffer {
  const message = Buffer.allocUnsafe(10 + 8 + frame.length)
  const at = writeHead(message, frame.length)
  message.set(frame, at)
  return message.subarray(0, at + frame.length)
}

function writeHead(target: Buffer, frameBytes: number): number {
  const payload = frameBytes + uvarintBytes(frameBytes)
  let at = 0
  target[at++] = BINARY
  if (payload < 126) {
    target[at++] = payload
  } else if (payload < 65_536) {
    target[at++] = 126
    at = target.writeUInt16BE(payload, at)
  } else {
    target[at++] = 127
    at = target.writeUInt32BE(Math.floor(payload / 2 ** 32), at)
    at = target.writeUInt32BE(payload % 2 ** 32, at)
  }
  let rest = frameBytes
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
