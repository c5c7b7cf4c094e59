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
    description:
      'How long an open socket may take to send HELLO, its first frame; after that it closes with `handshake-timeout`.',
  },
  authenticateMs: {
    default: 10_000,
    min: 10,
    max: DAY_MS,
    unit: 'ms',
    description: "Timeout for the app's `authenticate`; after it the socket closes with `authentication-failed`.",
  },
  heartbeatMs: {
    default: 10_000,
    min: 50,
    max: DAY_MS,
    unit: 'ms',
    description: 'How often a client must send something.',
  },
  heartbeatsMissedMax: {
    default: 3,
    min: 1,
    max: 1_000,
    unit: 'count',
    description: 'A socket that receives nothing for this many heartbeats closes with `heartbeat-lost`.',
  },
  closeMs: {
    default: 2_000,
    min: 1,
    max: DAY_MS,
    unit: 'ms',
    description: 'How long a closing socket may take to send its last bytes; after that it is destroyed.',
  },
  drainMs: {
    default: 5_000,
    min: 0,
    max: DAY_MS,
    unit: 'ms',
    notAbove: 'shutdownMs',
    description:
      'How long the clients of a draining front have to leave; after that their sockets close with `draining`.',
  },
  shutdownMs: SHUTDOWN_LIMIT,
  connectionsMax: {
    default: 50_000,
    min: 1,
    max: 10_000_000,
    unit: 'count',
    description: 'How many sockets a front may have at once; one more is refused with `too-many`.',
  },
  connectionsPerAddressMax: {
    default: 512,
    min: 1,
    max: 10_000_000,
    unit: 'count',
    description:
      'How many sockets one address may have at once; one more is refused with `too-many`. Behind a proxy all clients have its address, unless `trustProxy` or `addressOf` tells them apart.',
  },
  connectionsPerSecondPerAddressMax: {
    default: 100,
    min: 1,
    max: 10_000_000,
    unit: 'per second',
    description:
      'How many connections one address may open per second to a server of the gateway, with bursts of twice `connectionsPerAddressMax`; more are closed as they arrive, before anything is read from them. Not applied to proxies that `trustProxy` names.',
  },
  descriptorsReserved: {
    default: 128,
    min: 8,
    max: 100_000,
    unit: 'count',
    description:
      'File descriptors that the process keeps free of clients, so that it can still connect to backs when descriptors run out. Clients beyond that are refused as they arrive.',
  },
  handshakeBytesMax: {
    default: 64 * KIB,
    min: 256,
    max: MIB,
    unit: 'bytes',
    description:
      'How much a socket may send before it gets WELCOME, in one message or several; beyond this it closes with `too-large`.',
  },
  handshakeBytesPerAddressMax: {
    default: 4 * MIB,
    min: 256,
    max: 1024 * MIB,
    unit: 'bytes',
    description:
      'How much all sockets of one address together may send before WELCOME; a socket that goes beyond this closes with `too-many`.',
  },
  handshakeBytesTotalMax: {
    default: 64 * MIB,
    min: 256,
    max: 64 * 1024 * MIB,
    unit: 'bytes',
    description: 'Like `handshakeBytesPerAddressMax`, for all sockets together.',
  },
  frameBytesMax: {
    default: 4 * MIB,
    min: KIB,
    max: 64 * MIB,
    unit: 'bytes',
    notAbove: 'messageBytesMax',
    description:
      'Maximum size of a frame from a client; a larger one closes the socket with `too-large`. Payloads have a lower limit, beyond which only the message is refused.',
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
      'Messages, requests, broadcasts and links of one client per second. More are refused with `rate-limited`; the socket stays open. After as many refusals again the front reads from that client only as fast as this.',
  },
  messagesBurstMax: {
    default: 8_192,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description:
      'How many messages, requests, broadcasts and links of one client may come at once. This leaves room for everything a link has kept while contact was lost, and sends when it is back.',
  },
  framesPerSecondMax: {
    default: 10_000,
    min: 1,
    max: 10_000_000,
    unit: 'per second',
    description:
      'Frames of any kind from one client per second, with bursts of twice as many; beyond this the socket closes with `rate-limited`.',
  },
  messagesPerSecondPerUserMax: {
    default: 10_000,
    min: 1,
    max: 10_000_000,
    unit: 'per second',
    description:
      'Like `messagesPerSecondMax`, for all sessions of one user on this front, with bursts of twice as many. Without `authenticate`, for all sessions of one address.',
  },
  broadcastsPerSecondMax: {
    default: 100,
    min: 1,
    max: 1_000_000,
    unit: 'per second',
    description:
      'Broadcasts of one client per second, with bursts of twice as many. Each costs work in every open channel, so more are dropped and counted. All sessions of one user, or without `authenticate` of one address, have four times as many.',
  },
  openingsPerSecondMax: {
    default: 10,
    min: 1,
    max: 1_000_000,
    unit: 'per second',
    description:
      'Links of one client to channels that are not open yet, per second, with bursts of `openingsBurstMax`; more are refused with `rate-limited`.',
  },
  openingsBurstMax: {
    default: 256,
    min: 1,
    max: 1_000_000,
    unit: 'count',
    description: 'How many channels one client may open in a burst.',
  },
  openingsPerSecondPerUserMax: {
    default: 40,
    min: 1,
    max: 1_000_000,
    unit: 'per second',
    description:
      'Like `openingsPerSecondMax`, for all sessions of one user on this front, with bursts of four times `openingsBurstMax`. Without `authenticate`, for all sessions of one address.',
  },
  droppedSessionsPerUserMax: {
    default: 128,
    min: 0,
    max: 10_000_000,
    unit: 'count',
    description:
      "How many sessions of one user may have lost their socket on this front within the front's `ringMs` and not returned. For one more there is no grace period: it ends at once.",
  },
  droppedSessionsPerAddressMax: {
    default: 1_024,
    min: 0,
    max: 10_000_000,
    unit: 'count',
    description: 'Like `droppedSessionsPerUserMax`, for one address.',
  },
  bytesPerSecondMax: {
    default: 4 * MIB,
    min: KIB,
    max: 1024 * MIB,
    unit: 'bytes',
    description:
      'Bytes from one client per second, with bursts of four times as many. The front does not read faster than this from that client.',
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
    description:
      'Bytes that may wait for a client before turns are left out for it. When all of them have been sent, the client is brought up to date.',
  },
  clientBufferedBytesMax: {
    default: 16 * MIB,
    min: KIB,
    max: 1024 * MIB,
    unit: 'bytes',
    description:
      'Bytes that may wait for a client in all; beyond this the socket closes with `overflow`. A single keyframe may be larger.',
  },
  slowMsMax: {
    default: 30_000,
    min: 10,
    max: DAY_MS,
    unit: 'ms',
    description: 'How long a client may stay congested; after that its socket closes with `slow`.',
  },
})

/** Every limit of a gateway's sockets with its value; docs/limits.md says what happens at each. */
export type GatewayLimits = LimitsOf<typeof GATEWAY_LIMITS>

/** The defaults with what was given instead. Throws a `CentrumError` `invalid-option`. */
export function gatewayLimits(given: GivenLimits<typeof GATEWAY_LIMITS> = {}): LimitsOf<typeof GATEWAY_LIMITS> {
  return readOptions({ call: 'Gateway' }, GATEWAY_LIMITS, given)
}
