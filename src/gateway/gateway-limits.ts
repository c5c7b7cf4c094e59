/** Every limit of a gateway and its sockets: name, default, unit and what happens at it. Those of sessions and links are the front's. */
import { limitTable } from '../options/limit-table.js'
import type { GivenLimits, LimitsOf } from '../options/option-table.js'
import { readOptions } from '../options/read-options.js'
import { SHUTDOWN_LIMIT } from '../options/shutdown-limit.js'

const KIB = 1024
const MIB = 1024 * KIB
const DAY_MS = 24 * 60 * 60 * 1000

/** The table, also for the documents. */
export const GATEWAY_LIMITS = limitTable({
  handshakeMs: {
    default: 10_000,
    min: 10,
    max: DAY_MS,
    unit: 'ms',
    description: 'Timeout from the open socket to HELLO; then it closes with `handshake-timeout`.',
  },
  authenticateMs: {
    default: 10_000,
    min: 10,
    max: DAY_MS,
    unit: 'ms',
    description: "Timeout for the app's `authenticate`; then `authentication-failed`.",
  },
  heartbeatMs: {
    default: 10_000,
    min: 50,
    max: DAY_MS,
    unit: 'ms',
    description: 'How often a client has to send something.',
  },
  heartbeatsMissedMax: {
    default: 3,
    min: 1,
    max: 1_000,
    unit: 'count',
    description: 'A socket that received nothing for so many heartbeats closes with `heartbeat-lost`.',
  },
  closeMs: {
    default: 2_000,
    min: 1,
    max: DAY_MS,
    unit: 'ms',
    description: 'How long a closing socket may take to send its last bytes; then it is broken off.',
  },
  drainMs: {
    default: 5_000,
    min: 0,
    max: DAY_MS,
    unit: 'ms',
    notAbove: 'shutdownMs',
    description: 'How long the clients of a draining front have to leave; then they are closed with `draining`.',
  },
  shutdownMs: SHUTDOWN_LIMIT,
  connectionsMax: {
    default: 50_000,
    min: 1,
    max: 10_000_000,
    unit: 'count',
    description: 'Sockets at once; one more is refused with `too-many`.',
  },
  connectionsPerAddressMax: {
    default: 512,
    min: 1,
    max: 10_000_000,
    unit: 'count',
    description:
      'Sockets from one address at once; one more is refused with `too-many`. Behind a proxy all have its address unless `addressOf` tells them apart.',
  },
  descriptorsReserved: {
    default: 128,
    min: 8,
    max: 100_000,
    unit: 'count',
    description:
      'Descriptors of the process that clients do not get, so that links to backs can be made when it runs out of them. Clients that are too many are turned away as they come.',
  },
  handshakeBytesMax: {
    default: 64 * KIB,
    min: 256,
    max: MIB,
    unit: 'bytes',
    description:
      'What a socket may send before WELCOME, in one message or several; behind it the socket closes with `too-large`.',
  },
  handshakeBytesPerAddressMax: {
    default: 4 * MIB,
    min: 256,
    max: 1024 * MIB,
    unit: 'bytes',
    description:
      'What sockets of one address may have sent before WELCOME, all together; the one that is above closes with `too-many`.',
  },
  handshakeBytesTotalMax: {
    default: 64 * MIB,
    min: 256,
    max: 64 * 1024 * MIB,
    unit: 'bytes',
    description: 'The same of all sockets.',
  },
  frameBytesMax: {
    default: 4 * MIB,
    min: KIB,
    max: 64 * MIB,
    unit: 'bytes',
    notAbove: 'messageBytesMax',
    description:
      'Maximum size of a frame of a client; a larger one closes the socket with `too-large`. Payloads have a lower limit, which costs the message only.',
  },
  messageBytesMax: {
    default: 8 * MIB,
    min: KIB,
    max: 128 * MIB,
    unit: 'bytes',
    description:
      'Maximum size of a WebSocket message, of one or more frames; a larger one closes the socket with `too-large` before it is read.',
  },
  messagesPerSecondMax: {
    default: 1_000,
    min: 1,
    max: 1_000_000,
    unit: 'per second',
    description:
      'Messages, requests, broadcasts and links of one client; what is above is refused with `rate-limited`, the socket stays. Of what is refused the front takes in as much again, and then reads from that client as slowly as this.',
  },
  messagesBurstMax: {
    default: 8_192,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description: 'How many may come at once: room for all that a link retains, which is replayed when it goes on.',
  },
  framesPerSecondMax: {
    default: 10_000,
    min: 1,
    max: 10_000_000,
    unit: 'per second',
    description:
      'Frames of any kind of one client, after twice as many at once; above it the socket closes with `rate-limited`.',
  },
  messagesPerSecondPerUserMax: {
    default: 10_000,
    min: 1,
    max: 10_000_000,
    unit: 'per second',
    description:
      'The same of all sessions of a user on this front, or, where nobody says who clients are, of an address; twice as many at once.',
  },
  broadcastsPerSecondMax: {
    default: 100,
    min: 1,
    max: 1_000_000,
    unit: 'per second',
    description:
      'Broadcasts of one client, after twice as many at once, since each costs every open channel; of all sessions of a user, or of an address without users, four times as many. What is above is dropped and counted.',
  },
  openingsPerSecondMax: {
    default: 10,
    min: 1,
    max: 1_000_000,
    unit: 'per second',
    description:
      'Links of one client to channels that are not open, after `openingsBurstMax` at once; what is above is refused with `rate-limited`.',
  },
  openingsBurstMax: {
    default: 256,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description: 'How many channels one client may open at once.',
  },
  openingsPerSecondPerUserMax: {
    default: 40,
    min: 1,
    max: 1_000_000,
    unit: 'per second',
    description:
      'The same of all sessions of a user on this front, or, where nobody says who clients are, of an address; four times `openingsBurstMax` at once.',
  },
  droppedSessionsPerUserMax: {
    default: 128,
    min: 0,
    max: 10_000_000,
    unit: 'count',
    description:
      "Sessions of one user whose sockets were lost on this front and that have not come back, within the front's `ringMs`: channels do not wait for one more, it ends at once.",
  },
  droppedSessionsPerAddressMax: {
    default: 1_024,
    min: 0,
    max: 10_000_000,
    unit: 'count',
    description: 'The same of one address.',
  },
  bytesPerSecondMax: {
    default: 4 * MIB,
    min: KIB,
    max: 1024 * MIB,
    unit: 'bytes',
    description:
      'Bytes a second of one client, after four times as many at once; above it the front reads from that client as slowly as this.',
  },
  nameBytesMax: {
    default: 512,
    min: 16,
    max: 64 * KIB,
    unit: 'bytes',
    description:
      'Maximum size of the name of a message or request; a longer one closes the socket with `protocol-error`.',
  },
  congestedBytes: {
    default: 256 * KIB,
    min: KIB,
    max: 1024 * MIB,
    unit: 'bytes',
    description: 'What waits for a client before turns are left out for it; it is caught up once all of that has left.',
  },
  clientBufferedBytesMax: {
    default: 16 * MIB,
    min: KIB,
    max: 1024 * MIB,
    unit: 'bytes',
    description:
      'What may wait for a client in all; behind it the socket closes with `overflow`. A single keyframe may be heavier.',
  },
  slowMsMax: {
    default: 30_000,
    min: 10,
    max: DAY_MS,
    unit: 'ms',
    description: 'How long a client may stay congested; then its socket closes with `slow`.',
  },
})

/** Every limit of a gateway's sockets with its value; docs/limits.md says what happens at each. */
export type GatewayLimits = LimitsOf<typeof GATEWAY_LIMITS>

/** The defaults with what was given instead. Throws a `CentrumError` `invalid-option`. */
export function gatewayLimits(given: GivenLimits<typeof GATEWAY_LIMITS> = {}): LimitsOf<typeof GATEWAY_LIMITS> {
  return readOptions({ call: 'Gateway' }, GATEWAY_LIMITS, given)
}
