/**
 * Whether what a master carries fits the packets of its links. Limits that contradict each other are refused: at start where they are
 * one master's own, at the handshake where they are of two. Knows nothing of what is carried.
 */
import { refuseOption } from '../options/read-table.js'
import { CONTROL_BYTES_MAX, type Greeting } from '../protocol/master-packets.js'
import type { LinkRefusal } from './master-identity.js'
import type { LinkLimits } from './link-limits.js'

/** What a packet has beside what it carries, at most. */
const AROUND_BYTES = CONTROL_BYTES_MAX

/** The longest that a master sends in one frame, and the limits that it comes from. */
export interface CarriedBytes {
  readonly limits: string
  readonly bytes: number
}

/** Throws a `CentrumError` `invalid-option`. */
export function expectToFit(call: string, { limits, bytes }: CarriedBytes, { packetBytesMax }: LinkLimits): void {
  if (bytes + AROUND_BYTES <= packetBytesMax) return
  refuseOption(
    { call },
    `${limits} allows ${bytes} bytes, which together with ${AROUND_BYTES} bytes of overhead is more than linkLimits.packetBytesMax, ${packetBytesMax}. Raise packetBytesMax, or lower the other.`,
  )
}

/** Why a link to the master that greets cannot be: it takes less than what this side may send. */
export function judgePacketBytes(own: CarriedBytes, { id, packetBytesMax }: Greeting): LinkRefusal | null {
  const { limits, bytes } = own
  if (bytes + AROUND_BYTES <= packetBytesMax) return null
  const message = `${id} accepts packets of at most ${packetBytesMax} bytes (packetBytesMax), less than ${limits} allows here, ${bytes}: raise packetBytesMax there, or lower the limit here`
  return { reason: 'invalid', message }
}
