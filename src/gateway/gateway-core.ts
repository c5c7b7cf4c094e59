/** What the sockets of one gateway share: limits, time, counts, the front, and who else is there. */
import type { FrontMaster } from '../front/front-master.js'
import type { ConnectionOrder } from '../protocol/connection-order.js'
import type { SharedBlock } from '../protocol/blocks.js'
import type { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Clock, Log } from '../runtime/runtime.js'
import type { ClientSocket } from './client-socket.js'
import type { GatewayLimits } from './gateway-limits.js'

/** What a gateway needs of its front. */
export type GatewayFront = Pick<
  FrontMaster,
  'id' | 'incarnation' | 'port' | 'admission' | 'runtime' | 'limits' | 'ready'
>

/** What was done since the start. */
export interface GatewayCounts {
  accepted: number
  /** Handshakes that came to a WELCOME. */
  welcomed: number
  /** What was refused because it came too fast. */
  rateLimited: number
  /** Sockets that were closed, by reason. */
  readonly closed: Partial<Record<Reason, number>>
}

export interface GatewayCore {
  readonly front: GatewayFront
  readonly clock: Clock
  readonly log: Log
  readonly limits: GatewayLimits
  readonly counts: GatewayCounts
  /** The WebSocket message of a turn: built once for all sockets. */
  messageOf(block: SharedBlock): Buffer
  /** Why a socket is not taken in, once it has said HELLO; null if it is. */
  refusal(socket: ClientSocket): CentrumError | null
  /** A socket is about to carry a session. Closes an older socket of it; throws a `CentrumError` `replaced` where this is the older one. */
  enter(socket: ClientSocket, sessionId: string, order: ConnectionOrder): void
  /** A socket carries its session no more. */
  left(socket: ClientSocket, reason: Reason): void
  /** A socket is closed. */
  gone(socket: ClientSocket): void
}
