/**
 * What one channel has for another, in order: it waits for the link and goes on it. What is kept in the sender's outbox is sent again until
 * it has its outcome: over another link, and after a while where the other channel cannot be reached. Knows nothing of how it is reached.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Clock, Timer } from '../runtime/runtime.js'
import type { TaskOutcome } from './keyed-task-queue.js'
import type { PeerLink } from './peer-link.js'
import type { Outgoing } from './peer-messages.js'

/** What a route asks of its session. */
export interface RouteHost {
  readonly clock: Clock
  /** Whether nothing is sent any more: what is kept stays where it is. */
  readonly isOver: boolean
  /** Rejects with why there is no link. */
  link(to: string): Promise<PeerLink>
  request(link: PeerLink, outgoing: Outgoing): Promise<unknown>
  /** Throws `overflow` where so many messages wait for their links that one more is too many. */
  expectRoom(to: string): void
}

const RETRY_MS_MIN = 100
/** The longest wait between two attempts to send a message that another channel has not accepted, in milliseconds. */
const RETRY_MS_MAX = 60_000
/** What was refused in this way had no effect, or none that is known: it is sent again, and told from a repetition by its number. */
const UNSETTLED: readonly string[] = ['unknown', 'gap', 'overflow']

export class PeerRoute {
  readonly to: string
  readonly #host: RouteHost
  #link: PeerLink | null = null
  #isOpening = false
  /** What waits, in order. */
  #queue: Outgoing[] = []
  /** What is kept and was sent without effect, in order. */
  #returned: Outgoing[] = []
  /** The numbers of what is kept, was sent, and has no outcome yet. */
  readonly #inFlight = new Set<number>()
  #retry: Timer | null = null
  #failures = 0
  #usedAtMs: number

  constructor(to: string, host: RouteHost) {
    this.to = to
    this.#host = host
    this.#usedAtMs = host.clock.now()
  }

  get link(): PeerLink | null {
    return this.#link
  }

  /** When it was last given something. */
  get usedAtMs(): number {
    return this.#usedAtMs
  }

  /** How many messages wait that are kept nowhere else. */
  get waiting(): number {
    return this.#queue.filter(({ serial }) => serial === null).length
  }

  /** Whether something has not been sent. */
  get isWaiting(): boolean {
    return this.#queue.length > 0 || this.#returned.length > 0
  }

  /** Whether the other channel has all of it, with its outcome. */
  get isSettled(): boolean {
    return !this.isWaiting && this.#inFlight.size === 0 && (this.#link?.end.inspect().retained ?? 0) === 0
  }

  send(outgoing: Outgoing): void {
    this.#usedAtMs = this.#host.clock.now()
    const isLinked = this.#link !== null && !this.#link.end.ending
    if (outgoing.serial === null && (!isLinked || this.isWaiting)) {
      try {
        this.#host.expectRoom(this.to)
      } catch (error) {
        outgoing.settle({ ok: false, error })
        return
      }
    }
    this.#queue.push(outgoing)
    this.#proceed()
  }

  #proceed(): void {
    if (this.#retry !== null || this.#host.isOver) return
    if (this.#link === null || this.#link.end.ending) {
      if (this.#queue.length > 0) void this.#open()
      return
    }
    while (this.#queue[0] !== undefined && this.#retry === null) {
      if (!this.#deliver(this.#link, this.#queue[0])) return
    }
  }

  async #open(): Promise<void> {
    if (this.#isOpening) return
    this.#isOpening = true
    try {
      this.#link = await this.#host.link(this.to)
      this.#isOpening = false
      this.#proceed()
    } catch (error) {
      this.#isOpening = false
      this.#unreachable(error)
    }
  }

  /** What is kept waits; where trying again makes no sense, and for all else, that is the outcome. */
  #unreachable(error: unknown): void {
    if (this.#host.isOver) return
    const isFinal = !(error instanceof CentrumError) || !error.retryable
    const failed = this.#queue.filter(({ serial }) => serial === null || isFinal)
    this.#queue = this.#queue.filter((each) => !failed.includes(each))
    for (const { settle } of failed) settle({ ok: false, error })
    if (this.#queue.length > 0) this.#retryLater()
  }

  /** False where the link takes no more for now. */
  #deliver(link: PeerLink, outgoing: Outgoing): boolean {
    const { request, serial, settle } = outgoing
    this.#queue.shift()
    if (request) {
      this.#host.request(link, outgoing).then(
        (value) => settle({ ok: true, value }),
        (error: unknown) => settle({ ok: false, error }),
      )
      return true
    }
    try {
      link.send(outgoing, this.#before(serial), (outcome) => this.#settled(outgoing, outcome))
      if (serial !== null) this.#inFlight.add(serial)
      return true
    } catch (error) {
      if (serial === null) settle({ ok: false, error })
      // It goes on with the next outcome.
      else this.#queue.unshift(outgoing)
      return serial === null
    }
  }

  #before(serial: number | null): number {
    let before = 0
    for (const each of this.#inFlight) if (serial !== null && each < serial) before = Math.max(before, each)
    return before
  }

  #settled(outgoing: Outgoing, outcome: TaskOutcome): void {
    const { serial, settle } = outgoing
    if (serial === null) {
      settle(outcome)
      return
    }
    this.#inFlight.delete(serial)
    const isUnsettled = !outcome.ok && outcome.error instanceof CentrumError && UNSETTLED.includes(outcome.error.code)
    if (isUnsettled) {
      if (this.#host.isOver) return
      this.#returned.push(outgoing)
      this.#retryLater()
    } else {
      this.#failures = 0
      settle(outcome)
      this.#proceed()
    }
  }

  /** Behind what is on its way by then: what is sent again goes in order. */
  #retryLater(): void {
    this.#retry ??= this.#host.clock.after(Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** this.#failures++), () => {
      this.#retry = null
      const returned = this.#returned.sort((a, b) => (a.serial ?? 0) - (b.serial ?? 0))
      this.#queue = [...returned, ...this.#queue]
      this.#returned = []
      this.#proceed()
    })
  }

  stop(): void {
    this.#retry?.cancel()
    const left = this.#queue.filter(({ serial }) => serial === null)
    this.#queue = []
    for (const { settle } of left) settle({ ok: false, error: new CentrumError('closing', 'the channel has closed') })
  }
}
