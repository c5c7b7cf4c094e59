/** What the sockets of one gateway share: limits, time, counts, the front, and the other sockets. */
import type { FrontMaster } from '../front/front-master.js'
import type { ConnectionOrder } from '../protocol/connection-order.js'
import type { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Log } from '../runtime/runtime.js'
import type { DroppedSessions } from './dropped-sessions.js'
import type { FlushQueue } from './flush-queue.js'
import type { HandshakeBudget } from './handshake-budget.js'
import type { RateBook } from './rate-book.js'
import type { RateLimit } from './rate-limit.js'
import type { OutputCore } from './socket-output.js'

/** What a gateway needs of its front. */
export type GatewayFront = Pick<
  FrontMaster,
  | 'id'
  | 'incarnation'
  | 'port'
  | 'admission'
  | 'broadcastable'
  | 'opens'
  | 'runtime'
  | 'limits'
  | 'ready'
  | 'unreached'
  | 'backCount'
  | 'otherUrls'
  | 'withdraw'
>

/** What was done since the start. */
export interface GatewayCounts {
  accepted: number
  /** Handshakes that came to a WELCOME. */
  welcomed: number
  /** What was refused because it came too fast. */
  rateLimited: number
  /** Broadcasts of names that no channel declares. */
  undeclared: number
  /** Sockets that were closed, by reason. */
  readonly closed: Partial<Record<Reason, number>>
}

/** A client's socket, as the others see it. */
export interface GatewaySocket {
  readonly remoteAddress: string
  /** '' before it is known who the client is. */
  readonly sessionId: string
  readonly order: ConnectionOrder
  /** Closes with the code of a reason. The session may come back. */
  close(reason: Reason, message: string): void
}

export interface GatewayCore extends OutputCore {
  readonly front: GatewayFront
  readonly log: Log
  readonly counts: GatewayCounts
  readonly flushes: FlushQueue
  /** What clients have spent of their rates. */
  readonly rates: RateBook
  /** Sessions that channels wait for. */
  readonly dropped: DroppedSessions
  /** Bytes of sockets that are not let in yet. */
  readonly handshakes: HandshakeBudget
  /** Of frames of any kind. */
  readonly frameRate: RateLimit
  /** The URL of another front, each time the next one; '' where this front knows none. */
  elsewhere(): string
  /** Why a socket that said HELLO is not taken in; null if it is. */
  refusal(): CentrumError | null
  /**
   * A socket is about to carry a session. Closes an older socket of it; throws a `CentrumError` `replaced` where this is the older one.
   */
  connect(socket: GatewaySocket, order: ConnectionOrder): void
  /** A socket carries its session no more, if it ever did. */
  disconnect(socket: GatewaySocket, reason: Reason): void
  /** The connection of a socket has ended. */
  remove(socket: GatewaySocket): void
}
