/** Every limit of a gateway and its sockets: name, default, unit and what happens at it. Those of sessions and links are the front's. */
import { type LimitsOf, readLimits } from '../protocol/limit-table.js'

const KIB = 1024
const MIB = 1024 * KIB
const DAY_MS = 24 * 60 * 60 * 1000

/** The table, also for the documents. */
export const GATEWAY_LIMITS = {
  handshakeMs: {
    initial: 10_000,
    least: 10,
    most: DAY_MS,
    unit: 'ms',
    about: 'From the open socket to HELLO; then it closes with `handshake-timeout`.',
  },
  authenticateMs: {
    initial: 10_000,
    least: 10,
    most: DAY_MS,
    unit: 'ms',
    about: "How long the app's `authenticate` is waited for; then `authentication-failed`.",
  },
  heartbeatMs: {
    initial: 10_000,
    least: 50,
    most: DAY_MS,
    unit: 'ms',
    about: 'How often a client is to give a sign of life.',
  },
  heartbeatsMissedMax: {
    initial: 3,
    least: 1,
    most: 1_000,
    unit: 'count',
    about: 'After so many heartbeats of silence a socket closes with `heartbeat-lost`.',
  },
  closeMs: {
    initial: 2_000,
    least: 1,
    most: DAY_MS,
    unit: 'ms',
    about: 'How long a closing socket may take to send its last bytes; then it is broken off.',
  },
  drainMs: {
    initial: 10_000,
    least: 0,
    most: DAY_MS,
    unit: 'ms',
    about: 'How long clients of a draining front have to leave; then they are closed with `draining`.',
  },
  connectionsMax: {
    initial: 50_000,
    least: 1,
    most: 10_000_000,
    unit: 'count',
    about: 'Sockets at once; a further one is refused with `too-many`.',
  },
  connectionsPerAddressMax: {
    initial: 512,
    least: 1,
    most: 10_000_000,
    unit: 'count',
    about:
      'Sockets from one address at once; a further one is refused with `too-many`. Behind a proxy all have its address unless `addressOf` tells them apart.',
  },
  handshakeBytesMax: {
    initial: 64 * KIB,
    least: 256,
    most: MIB,
    unit: 'bytes',
    about: 'The heaviest message before WELCOME; a heavier one closes the socket with `too-large`.',
  },
  frameBytesMax: {
    initial: 4 * MIB,
    least: KIB,
    most: 64 * MIB,
    unit: 'bytes',
    about:
      'The heaviest frame of a client; a heavier one closes the socket with `too-large`. Payloads have a lower limit, which costs the message only.',
  },
  messageBytesMax: {
    initial: 8 * MIB,
    least: KIB,
    most: 128 * MIB,
    unit: 'bytes',
    about:
      'The heaviest WebSocket message, of one or more frames; a heavier one closes the socket with `too-large` before it is read.',
  },
  messagesPerSecondMax: {
    initial: 1_000,
    least: 1,
    most: 1_000_000,
    unit: 'per second',
    about:
      'Messages, requests, broadcasts and links of one client; what is above is refused with `rate-limited`, the socket stays.',
  },
  messagesBurstMax: {
    initial: 8_192,
    least: 1,
    most: 1_000_000,
    unit: 'count',
    about: 'How many may come at once: room for all that a link retains, which is replayed when it goes on.',
  },
  framesPerSecondMax: {
    initial: 10_000,
    least: 1,
    most: 10_000_000,
    unit: 'per second',
    about:
      'Frames of any kind of one client, after twice as many at once; above it the socket closes with `rate-limited`.',
  },
  congestedBytes: {
    initial: 256 * KIB,
    least: KIB,
    most: 1024 * MIB,
    unit: 'bytes',
    about: 'What waits for a client before turns are left out for it; it is caught up once all of that has left.',
  },
  clientBufferedBytesMax: {
    initial: 16 * MIB,
    least: KIB,
    most: 1024 * MIB,
    unit: 'bytes',
    about:
      'What may wait for a client in all; behind it the socket closes with `overflow`. A single keyframe may be heavier.',
  },
  slowMsMax: {
    initial: 30_000,
    least: 10,
    most: DAY_MS,
    unit: 'ms',
    about: 'How long a client may stay congested; then its socket closes with `slow`.',
  },
} as const

export type GatewayLimits = LimitsOf<typeof GATEWAY_LIMITS>

/** The defaults with what was given instead. Throws a `CentrumError` `invalid-option`. */
export function gatewayLimits(given: Partial<GatewayLimits> = {}): GatewayLimits {
  return readLimits('Gateway', GATEWAY_LIMITS, given)
}
