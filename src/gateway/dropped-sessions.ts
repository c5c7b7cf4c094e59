/**
 * Sessions that lost their socket and whose channels wait for them: a limited number for each user and each address, because each keeps
 * what it had. Further ones get no grace period. Knows nothing of channels.
 */
import type { Identity } from '../protocol/master-frames.js'
import type { FrontSession } from '../relay/front-port.js'
import type { GatewayLimits } from './gateway-limits.js'

/** The shortest wait that can be asked for: channels end the session with the next turn. */
const AT_ONCE_MS = 1

type DroppedSession = Pick<FrontSession, 'identity' | 'linkCount'>

export class DroppedSessions {
  readonly #limits: GatewayLimits
  /** How long channels wait, as far as a front knows. */
  readonly #keepMs: number
  /** When sessions were dropped, by user or address; those of one in the order in which it happened. */
  readonly #groups = new Map<string, Map<string, number>>()

  constructor(limits: GatewayLimits, keepMs: number) {
    this.#limits = limits
    this.#keepMs = keepMs
  }

  get size(): number {
    let count = 0
    for (const group of this.#groups.values()) count += group.size
    return count
  }

  /** A session is dropped. How long its channels are to wait for it: 0 for as long as they do. */
  add({ identity, linkCount }: DroppedSession, address: string, now: number): number {
    const { sessionId } = identity
    // Nobody has anything of it.
    if (linkCount === 0) return 0
    const groups = this.#groupsOf(identity, address)
    for (const [key, max] of groups) {
      this.#expire(key, now)
      const group = this.#groups.get(key)
      if (group !== undefined && group.size >= max && !group.has(sessionId)) return AT_ONCE_MS
    }
    for (const [key] of groups) {
      const group = this.#groups.get(key) ?? new Map<string, number>()
      this.#groups.set(key, group)
      group.delete(sessionId)
      group.set(sessionId, now)
    }
    return 0
  }

  /** The session has come back. */
  delete(identity: Identity, address: string): void {
    for (const [key] of this.#groupsOf(identity, address)) {
      const group = this.#groups.get(key)
      if (group?.delete(identity.sessionId) === true && group.size === 0) this.#groups.delete(key)
    }
  }

  /** Lets go of those that nobody waits for any more. */
  sweep(now: number): void {
    for (const key of [...this.#groups.keys()]) this.#expire(key, now)
  }

  #expire(key: string, now: number): void {
    const group = this.#groups.get(key)
    if (group === undefined) return
    for (const [sessionId, at] of group) {
      if (now - at < this.#keepMs) break
      group.delete(sessionId)
    }
    if (group.size === 0) this.#groups.delete(key)
  }

  #groupsOf({ sessionId, userId }: Identity, address: string): readonly (readonly [key: string, max: number])[] {
    const { droppedSessionsPerAddressMax, droppedSessionsPerUserMax } = this.#limits
    const ofAddress = [`address ${address}`, droppedSessionsPerAddressMax] as const
    return sessionId === userId ? [ofAddress] : [ofAddress, [`user ${userId}`, droppedSessionsPerUserMax]]
  }
}
