/**
 * Checks everything in a client's frame that a back reads outside of values, before the frame is forwarded. So malformed bytes cost one
 * client its socket, and never the link that carries all the others. Values are not decoded.
 */
import type { ClientFrame } from '../protocol/client-frames.js'
import { CentrumError } from '../protocol/errors.js'
import { ENTRY } from '../protocol/frame-types.js'
import { type Entry, nameOf, readCancelled } from '../protocol/link-frames.js'

/** Throws a `DecodeError`, or a `CentrumError` `protocol-error`. */
export function checkFrame(frame: ClientFrame, nameBytesMax: number): void {
  switch (frame.type) {
    case 'entry':
      checkEntry(frame.entry, nameBytesMax)
      return
    case 'broadcast':
      checkName(frame.body, nameBytesMax)
      return
    default:
  }
}

function checkEntry({ kind, body }: Entry, nameBytesMax: number): void {
  switch (kind) {
    case ENTRY.message:
    case ENTRY.request:
      checkName(body, nameBytesMax)
      return
    case ENTRY.cancelled:
      readCancelled(body)
      return
    case ENTRY.unlink:
    case ENTRY.take:
    case ENTRY.release:
      if (body.length > 0)
        throw new CentrumError('protocol-error', `An entry of kind ${kind} arrived with ${body.length} bytes`)
  }
}

/** Most names are short and ASCII: those cost a look at each byte. */
function checkName(body: Uint8Array, nameBytesMax: number): void {
  const count = body[0] ?? 0x80
  if (count < 0x80 && count < body.length && count <= nameBytesMax) {
    let at = 1
    while (at <= count && (body[at] as number) < 0x80) at++
    if (at > count) return
  }
  nameOf(body, nameBytesMax)
}
