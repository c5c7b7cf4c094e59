/**
 * How much of their rates sessions and users have used on this front. It outlives sockets, so that reconnecting gives no new burst, and
 * an entry is dropped once its buckets are full again. Knows nothing of frames.
 */
import type { GatewayLimits } from './gateway-limits.js'
import { RateLimit } from './rate-limit.js'

/** Takes and releases of the processor cost the owner handlers on both sides, whatever little the frame is. */
const STEER_COST = 8
/** They are let through a while longer than messages: a client that is at its limit can still move. */
const STEER_BURSTS = 2

/** All sessions of a user, or of an address without users, may broadcast as much as so many of them. */
const SESSIONS_BROADCASTING = 4

/** When each bucket is full again. */
interface Spent {
  messages: number
  broadcasts: number
  bytes: number
  openings: number
  refusals: number
  /** Sockets that use it. */
  sockets: number
}

export type Rated = 'message' | 'broadcast' | 'steer' | 'opening'

export class RateBook {
  readonly #spent = new Map<string, Spent>()
  readonly #limits: GatewayLimits
  readonly messages: RateLimit
  readonly userMessages: RateLimit
  readonly broadcasts: RateLimit
  readonly userBroadcasts: RateLimit
  readonly bytes: RateLimit
  readonly openings: RateLimit
  readonly userOpenings: RateLimit
  readonly refusals: RateLimit
  readonly userRefusals: RateLimit

  constructor(limits: GatewayLimits) {
    const { messagesPerSecondMax, messagesBurstMax, messagesPerSecondPerUserMax: perUser } = limits
    const userBurst = Math.max(messagesBurstMax, perUser * 2)
    this.#limits = limits
    this.messages = new RateLimit(messagesPerSecondMax, messagesBurstMax)
    this.userMessages = new RateLimit(perUser, userBurst)
    // As many as were taken: only who is above twice the rate waits.
    this.refusals = new RateLimit(messagesPerSecondMax, messagesBurstMax)
    this.userRefusals = new RateLimit(perUser, userBurst)
    this.broadcasts = new RateLimit(limits.broadcastsPerSecondMax, limits.broadcastsPerSecondMax * 2)
    const broadcastsOfUser = limits.broadcastsPerSecondMax * SESSIONS_BROADCASTING
    this.userBroadcasts = new RateLimit(broadcastsOfUser, broadcastsOfUser * 2)
    this.openings = new RateLimit(limits.openingsPerSecondMax, limits.openingsBurstMax)
    this.userOpenings = new RateLimit(limits.openingsPerSecondPerUserMax, limits.openingsBurstMax * 4)
    this.bytes = new RateLimit(limits.bytesPerSecondMax, limits.bytesPerSecondMax * 4)
  }

  /** Sessions and users of which something is remembered. */
  get size(): number {
    return this.#spent.size
  }

  /** For one socket; `close` when it is gone. `user` is an address where nobody says who it is. */
  open(sessionId: string, user: string): RateAccount {
    return new RateAccount(this, this.#use(`session ${sessionId}`), this.#use(`user ${user}`))
  }

  /** Lets go of what is as full as at first, and of the oldest where it is too many. */
  sweep(now: number): void {
    let spare = this.#spent.size - 2 * this.#limits.connectionsMax
    for (const [key, { sockets, ...fullAt }] of this.#spent) {
      if (sockets > 0 || (spare <= 0 && Math.max(...Object.values(fullAt)) > now)) continue
      this.#spent.delete(key)
      spare--
    }
  }

  #use(key: string): Spent {
    const spent = this.#spent.get(key) ?? { messages: 0, broadcasts: 0, bytes: 0, openings: 0, refusals: 0, sockets: 0 }
    this.#spent.set(key, spent)
    spent.sockets++
    return spent
  }
}

export class RateAccount {
  readonly #book: RateBook
  readonly #session: Spent
  readonly #user: Spent

  constructor(book: RateBook, session: Spent, user: Spent) {
    this.#book = book
    this.#session = session
    this.#user = user
  }

  /** The limit that it would exceed; null where it may go on. What is refused costs nothing. */
  take(rated: Rated, now: number): keyof GatewayLimits | null {
    const steers = rated === 'steer'
    const count = steers ? STEER_COST : 1
    const bursts = steers ? STEER_BURSTS : 1
    const { messages, userMessages, broadcasts, userBroadcasts } = this.#book
    const own = messages.take(this.#session.messages, now, count, bursts)
    const user = userMessages.take(this.#user.messages, now, count, bursts)
    if (own === null) return 'messagesPerSecondMax'
    if (user === null) return 'messagesPerSecondPerUserMax'
    if (rated === 'broadcast') {
      const next = broadcasts.take(this.#session.broadcasts, now)
      const ofUser = userBroadcasts.take(this.#user.broadcasts, now)
      if (next === null || ofUser === null) return 'broadcastsPerSecondMax'
      this.#session.broadcasts = next
      this.#user.broadcasts = ofUser
    }
    const over = rated === 'opening' ? this.#open(now) : null
    if (over !== null) return over
    this.#session.messages = own
    this.#user.messages = user
    return null
  }

  #open(now: number): keyof GatewayLimits | null {
    const { openings, userOpenings } = this.#book
    const own = openings.take(this.#session.openings, now)
    const user = userOpenings.take(this.#user.openings, now)
    if (own === null) return 'openingsPerSecondMax'
    if (user === null) return 'openingsPerSecondPerUserMax'
    this.#session.openings = own
    this.#user.openings = user
    return null
  }

  /** Counts bytes that came. Returns how long to read no more, in milliseconds. */
  received(bytes: number, now: number): number {
    const { bytes: rate } = this.#book
    this.#session.bytes = rate.charge(this.#session.bytes, now, bytes)
    return rate.owedMs(this.#session.bytes, now)
  }

  /** Counts what was refused. Returns how long to read no more, in milliseconds. */
  refused(now: number): number {
    const { refusals, userRefusals } = this.#book
    this.#session.refusals = refusals.charge(this.#session.refusals, now, 1)
    this.#user.refusals = userRefusals.charge(this.#user.refusals, now, 1)
    return Math.max(refusals.owedMs(this.#session.refusals, now), userRefusals.owedMs(this.#user.refusals, now))
  }

  close(): void {
    this.#session.sockets--
    this.#user.sockets--
  }
}
