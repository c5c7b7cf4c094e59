/**
 * Backs that this front cannot reach while it reaches others: clients that wait for their channels are asked to try another front, each
 * once per outage; an outage that soon follows another waits twice as long before that. If nothing listens at a back's address, other
 * fronts cannot reach it either. Knows nothing of sockets and addresses.
 */
import type { Clock, Log, Timer } from '../runtime/runtime.js'
import { BoundedMap } from '../session/bounded-map.js'
import type { SessionSink } from './front-port.js'
import type { RelayLimits } from './relay-limits.js'

/** A session, as far as it matters here. */
interface WaitingSession {
  readonly identity: { readonly sessionId: string }
  readonly sink: Pick<SessionSink, 'goAway'>
}

/** A back likewise, with the links to its channels. */
export interface ReachedBack {
  readonly id: string
  readonly up: boolean
  readonly isAbsent: boolean
  readonly mirrors: ReadonlyMap<
    string,
    { readonly links: Iterable<{ readonly state: string; readonly session: WaitingSession }> }
  >
}

export interface OutagesHost {
  readonly clock: Clock
  readonly log: Log
  readonly limits: Pick<RelayLimits, 'cutOffMs' | 'sessionsMax'>
  readonly counts: { sentAway: number }
  readonly peers: ReadonlyMap<string, ReachedBack>
}

/** How often the wait before clients are asked doubles at most. It is reset after the longest of these waits. */
const DOUBLINGS_MAX = 5

interface Outage {
  /** pending: it may be over soon. declared: whoever waits is asked. */
  state: 'over' | 'pending' | 'declared'
  timer: Timer | null
  /** Outages that were declared one soon after the other. */
  declared: number
  endedAt: number
  /** Sessions that were asked in this one. */
  asked: BoundedMap<string, true>
}

export class Outages {
  readonly #host: OutagesHost
  readonly #outages = new Map<string, Outage>()

  constructor(host: OutagesHost) {
    this.#host = host
  }

  get timers(): number {
    let count = 0
    for (const { timer } of this.#outages.values()) if (timer !== null) count++
    return count
  }

  /** A session waits for a channel of a back. */
  waits(peer: ReachedBack, session: WaitingSession): void {
    // Who carries it has nowhere else to go.
    if (session.sink.goAway === undefined) return
    const outage = this.#of(peer)
    if (outage.state === 'over') {
      outage.state = 'pending'
      this.#wait(peer, outage)
    } else if (outage.state === 'declared' && this.#isCutOff(peer)) {
      this.#ask(outage, session)
    }
  }

  #of({ id }: ReachedBack): Outage {
    const known = this.#outages.get(id)
    if (known !== undefined) return known
    const asked = new BoundedMap<string, true>(this.#host.limits.sessionsMax)
    const outage: Outage = { state: 'over', timer: null, declared: 0, endedAt: -Infinity, asked }
    this.#outages.set(id, outage)
    return outage
  }

  #wait(peer: ReachedBack, outage: Outage): void {
    const { clock, limits } = this.#host
    const { cutOffMs } = limits
    if (clock.now() - outage.endedAt > cutOffMs * 2 ** DOUBLINGS_MAX) outage.declared = 0
    const ms = cutOffMs * 2 ** Math.min(outage.declared, DOUBLINGS_MAX)
    outage.timer = clock.after(ms, () => this.#declare(peer, outage))
  }

  #declare(peer: ReachedBack, outage: Outage): void {
    outage.timer = null
    if (!this.#isCutOff(peer)) return this.#wait(peer, outage)
    outage.state = 'declared'
    outage.declared++
    for (const { links } of peer.mirrors.values())
      for (const link of links) if (link.state === 'waiting') this.#ask(outage, link.session)
    this.#host.log.warn('back.cut-off', { back: peer.id, sessions: outage.asked.size })
  }

  /** Others may reach a back that does not answer here, while this front reaches others. */
  #isCutOff(peer: ReachedBack): boolean {
    if (peer.up || peer.isAbsent) return false
    for (const other of this.#host.peers.values()) if (other.up) return true
    return false
  }

  #ask(outage: Outage, { identity, sink }: WaitingSession): void {
    const { sessionId } = identity
    if (outage.asked.has(sessionId)) return
    outage.asked.set(sessionId, true)
    this.#host.counts.sentAway++
    sink.goAway?.('unreachable', this.#host.limits.cutOffMs)
  }

  /** The back is reached again. */
  end({ id }: ReachedBack): void {
    const outage = this.#outages.get(id)
    if (outage === undefined || outage.state === 'over') return
    outage.timer?.cancel()
    outage.timer = null
    outage.state = 'over'
    outage.endedAt = this.#host.clock.now()
    outage.asked.clear()
  }

  stop(): void {
    for (const { timer } of this.#outages.values()) timer?.cancel()
    this.#outages.clear()
  }
}
