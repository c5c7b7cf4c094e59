/**
 * Sessions that are over although their resume tokens are still good: those that said goodbye, those that were kicked, and all that a user
 * had when the user was kicked. Kept as long as such a token may live. Bounded: the oldest is evicted first. Knows nothing of tokens.
 */
import type { Identity } from '../protocol/master-frames.js'
import type { Reason } from '../protocol/reasons.js'
import type { Clock } from '../runtime/runtime.js'
import { BoundedMap } from './bounded-map.js'

/** Of fronts and of backs. */
export const ENDED_SESSIONS_LIMIT = {
  default: 100_000,
  min: 0,
  max: 10_000_000,
  unit: 'count',
  description:
    'How many ended sessions are remembered: sessions that said goodbye or were kicked, and kicked users. They are refused as long as their tokens may be valid; the oldest are evicted first.',
} as const

/** Why a session does not come back, or, for what it sent, its connection. */
export interface SessionEnd {
  readonly reason: Extract<Reason, 'kicked' | 'session-expired' | 'protocol-error'>
  readonly message: string
}

interface Kept extends SessionEnd {
  readonly until: number
}

interface KeptUser extends Kept {
  /** Sessions that began later are none of those that were ended; wall clock, milliseconds since 1970. */
  readonly before: number
}

export class EndedSessions {
  readonly #clock: Clock
  readonly #keepMs: number
  readonly #sessions: BoundedMap<string, Kept>
  readonly #users: BoundedMap<string, KeptUser>

  constructor(clock: Clock, { keepMs, sessionsMax }: { readonly keepMs: number; readonly sessionsMax: number }) {
    this.#clock = clock
    this.#keepMs = keepMs
    this.#sessions = new BoundedMap(sessionsMax)
    this.#users = new BoundedMap(sessionsMax)
  }

  get size(): number {
    return this.#sessions.size + this.#users.size
  }

  add(sessionId: string, end: SessionEnd): void {
    this.#sessions.set(sessionId, { ...end, until: this.#until() })
  }

  /** All sessions of a user that have begun by now. False where that was known. */
  addUser(userId: string, before: number, message: string): boolean {
    const known = this.#users.get(userId)
    if (known !== undefined && known.before >= before) return false
    this.#users.set(userId, { reason: 'kicked', message, before, until: this.#until() })
    return true
  }

  /** Why a session is over; null where it is not. */
  of({ sessionId, userId, beganAt }: Pick<Identity, 'sessionId' | 'userId' | 'beganAt'>): SessionEnd | null {
    const session = this.#sessions.get(sessionId)
    if (session !== undefined && session.until > this.#clock.now()) return session
    const user = this.#users.get(userId)
    return user !== undefined && user.until > this.#clock.now() && beganAt <= user.before ? user : null
  }

  /** What another master has to know that has just come. What is over its time is let go of. */
  *sessions(): IterableIterator<readonly [sessionId: string, end: SessionEnd]> {
    for (const [id, kept] of this.#sessions) {
      if (kept.until > this.#clock.now()) yield [id, kept]
      else this.#sessions.delete(id)
    }
  }

  *users(): IterableIterator<readonly [userId: string, before: number, message: string]> {
    for (const [id, { until, before, message }] of this.#users) {
      if (until > this.#clock.now()) yield [id, before, message]
      else this.#users.delete(id)
    }
  }

  #until(): number {
    return this.#clock.now() + this.#keepMs
  }
}
