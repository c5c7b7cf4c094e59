/**
 * Which of a connection's links is the processor, and moving it (rule L12): release in the old link's stream, then take in
 * the new one's. What is sent to the processor meanwhile waits here, in order.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Runtime } from '../runtime/runtime.js'
import { RETENTION_LIMITS } from '../session/retention.js'
import type { ClientLink } from './channel-link.js'
import { Listeners } from './listeners.js'
import { waitFor } from './wait.js'

/** Messages that wait for the processor to have moved, and their bytes. At either `send` throws `buffer-full`. */
const WAITING_ENTRIES_MAX = RETENTION_LIMITS.retainedEntriesMax
const WAITING_BYTES_MAX = RETENTION_LIMITS.retainedBytesMax
/** Moves that wait for others to be done; one more is refused with `too-many`. */
const MOVES_MAX = 64

type State =
  | { readonly state: 'none' }
  | { readonly state: 'held'; readonly link: ClientLink }
  | { readonly state: 'moving'; readonly from: ClientLink | null; readonly to: ClientLink | null }

export class ProcessorSwitch {
  readonly listeners: Listeners<[link: ClientLink | null, reason: Reason | null]>
  readonly #defaults: { readonly runtime: Runtime; readonly timeoutMs: number }
  #state: State = { state: 'none' }
  #shown: ClientLink | null = null
  /** Links that are to be the processor as soon as they are live. */
  readonly #wanted = new Set<ClientLink>()
  #waiting: { readonly name: string; readonly payload: Uint8Array }[] = []
  #waitingBytes = 0
  #moves = 0
  #lastMove: Promise<unknown> = Promise.resolve()

  constructor(defaults: { readonly runtime: Runtime; readonly timeoutMs: number }) {
    this.#defaults = defaults
    this.listeners = new Listeners('onProcessor', defaults.runtime.log)
  }

  /** While it moves, the one that it moves from. */
  get current(): ClientLink | null {
    if (this.#state.state === 'held') return this.#state.link
    return this.#state.state === 'moving' ? this.#state.from : null
  }

  /** Messages that wait. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Whether a new link may become the processor by being linked: there is none to be released first. */
  get free(): boolean {
    return this.#state.state === 'none' && this.#wanted.size === 0
  }

  /** The link is to become the processor when it is live. */
  want(link: ClientLink): void {
    this.#wanted.add(link)
  }

  /** It is live for the first time. */
  ready(link: ClientLink): void {
    if (!this.#wanted.delete(link)) return
    if (link.end.isProcessor) {
      this.#become(link, null)
      return
    }
    this.set(link).catch((error: unknown) => {
      this.#defaults.runtime.log.warn('processor-not-taken', { channel: link.id, error })
    })
  }

  /** The channel said so, not asked by `set`. */
  told(link: ClientLink, is: boolean, reason: Reason | null): void {
    if (this.#state.state === 'moving' || this.#wanted.has(link)) return
    if (is) this.#become(link, reason)
    else if (this.current === link) this.#become(null, reason)
  }

  /** The link is over, or given up. */
  closed(link: ClientLink): void {
    this.#wanted.delete(link)
  }

  /** Resolves when the other link, or none, is the processor. */
  set(to: ClientLink | null): Promise<void> {
    if (this.#moves >= MOVES_MAX) {
      return Promise.reject(new CentrumError('too-many', `${MOVES_MAX} moves of the processor wait already`))
    }
    this.#moves++
    const move = this.#lastMove.then(() => this.#move(to)).finally(() => this.#moves--)
    this.#lastMove = move.catch(() => {})
    const describe = (): string => `the processor did not move to ${to === null ? 'none' : `'${to.id}'`}`
    return waitFor(this.#defaults, {}, describe, (waiting) => {
      move.then(waiting.resolve, waiting.reject)
      // It goes on: half of it is done, and what waits for it must not be lost.
      return () => {}
    })
  }

  /** @throws CentrumError `no-processor`, `buffer-full` or `not-linked` */
  send(name: string, payload: Uint8Array): void {
    const state = this.#state
    if (state.state === 'none' || (state.state === 'moving' && state.to === null)) {
      throw new CentrumError('no-processor', `'${name}' has nowhere to go: call connection.setProcessor first`)
    }
    if (state.state === 'held' && this.#waiting.length === 0) {
      state.link.end.send(name, payload)
      return
    }
    if (this.#waiting.length >= WAITING_ENTRIES_MAX || this.#waitingBytes + payload.length > WAITING_BYTES_MAX) {
      throw new CentrumError(
        'buffer-full',
        `${this.#waiting.length} messages (${this.#waitingBytes} bytes) wait for the processor to have moved, the limits are ${WAITING_ENTRIES_MAX} and ${WAITING_BYTES_MAX} bytes. Send less often.`,
      )
    }
    this.#waiting.push({ name, payload })
    this.#waitingBytes += payload.length
  }

  /** Sends what waits, as far as the processor's link takes it. */
  drain(): void {
    const state = this.#state
    if (state.state !== 'held') return
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      try {
        state.link.end.send(next.name, next.payload)
      } catch {
        // Full for now: what is acknowledged next makes room. Or about to be over: then all that waits is dropped.
        return
      }
      this.#waiting.shift()
      this.#waitingBytes -= next.payload.length
    }
  }

  async #move(to: ClientLink | null): Promise<void> {
    const from = this.current
    if (from === to) return
    if (to !== null && to.end.ending) throw new CentrumError('not-linked', `'${to.id}' is not linked any more`)
    this.#state = { state: 'moving', from, to }
    try {
      if (from !== null) await release(from)
    } catch (error) {
      // One that is over has nothing left to release.
      if (from?.end.isProcessor === true) {
        this.#become(from, null)
        throw error
      }
    }
    try {
      if (to !== null) await control(to, true)
    } finally {
      this.#become(to?.end.isProcessor === true ? to : null, null)
    }
  }

  #become(link: ClientLink | null, reason: Reason | null): void {
    this.#state = link === null ? { state: 'none' } : { state: 'held', link }
    if (link !== null) this.drain()
    else if (this.#waiting.length > 0) this.#drop(reason)
    if (this.#shown === link) return
    this.#shown = link
    this.listeners.call(link, reason)
  }

  #drop(reason: Reason | null): void {
    this.#defaults.runtime.log.warn('messages-dropped', {
      count: this.#waiting.length,
      why: 'they waited for a processor, and there is none',
      reason,
    })
    this.#waiting = []
    this.#waitingBytes = 0
  }
}

/** Resolves when the link has released the processor, by itself or with its end. */
function release(link: ClientLink): Promise<void> {
  return link.end.ending ? link.unlink() : control(link, false)
}

function control(link: ClientLink, is: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    link.end.setProcessor(is, { answer: () => resolve(), failed: reject })
  })
}
