/**
 * Which of a connection's links is the processor, and moving it (rule L12): release in the old link's stream, then take in
 * the new one's. What is sent meanwhile waits here in order with the moves, so that each message goes to the processor that
 * was chosen before it was sent.
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

interface Move {
  readonly to: ClientLink | null
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

type Waiting = { readonly move: Move } | { readonly name: string; readonly payload: Uint8Array }

export class ProcessorSwitch {
  readonly listeners: Listeners<[link: ClientLink | null, reason: Reason | null]>
  readonly #defaults: { readonly runtime: Runtime; readonly timeoutMs: number }
  #state: State = { state: 'none' }
  #shown: ClientLink | null = null
  /** Links that are to be the processor as soon as they are live. */
  readonly #wanted = new Set<ClientLink>()
  #waiting: Waiting[] = []
  #waitingMessages = 0
  #waitingBytes = 0

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
    return this.#waitingMessages
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

  /** Resolves when the other link, or none, is the processor. What is sent from here on goes to it. */
  set(to: ClientLink | null): Promise<void> {
    if (this.#waiting.length - this.#waitingMessages >= MOVES_MAX) {
      return Promise.reject(new CentrumError('too-many', `${MOVES_MAX} moves of the processor wait already`))
    }
    const describe = (): string => `the processor did not move to ${to === null ? 'none' : `'${to.id}'`}`
    return waitFor(this.#defaults, {}, describe, (waiting) => {
      this.#waiting.push({ move: { to, done: () => waiting.resolve(), failed: (error) => waiting.reject(error as Error) } })
      this.drain()
      // It goes on: half of it is done, and what waits for it must not be lost.
      return () => {}
    })
  }

  /** @throws CentrumError `no-processor`, `buffer-full` or `not-linked` */
  send(name: string, payload: Uint8Array): void {
    const state = this.#state
    if (this.#chosen === null) {
      throw new CentrumError('no-processor', `'${name}' has nowhere to go: call connection.setProcessor first`)
    }
    if (state.state === 'held' && this.#waiting.length === 0) {
      state.link.end.send(name, payload)
      return
    }
    if (this.#waitingMessages >= WAITING_ENTRIES_MAX || this.#waitingBytes + payload.length > WAITING_BYTES_MAX) {
      throw new CentrumError(
        'buffer-full',
        `${this.#waitingMessages} messages (${this.#waitingBytes} bytes) wait for the processor to have moved, the limits are ${WAITING_ENTRIES_MAX} and ${WAITING_BYTES_MAX} bytes. Send less often.`,
      )
    }
    this.#waiting.push({ name, payload })
    this.#waitingMessages++
    this.#waitingBytes += payload.length
  }

  /** Where a message that is sent now goes in the end. */
  get #chosen(): ClientLink | null {
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      const waiting = this.#waiting[i] as Waiting
      if ('move' in waiting) return waiting.move.to
    }
    if (this.#state.state === 'held') return this.#state.link
    return this.#state.state === 'moving' ? this.#state.to : null
  }

  /** Goes on with what waits: messages as far as the processor's link takes them, then the next move. */
  drain(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#state.state === 'moving') return
      if ('move' in next) {
        this.#waiting.shift()
        void this.#move(next.move)
        continue
      }
      try {
        if (this.#state.state === 'held') this.#state.link.end.send(next.name, next.payload)
        else this.#dropped(next.name)
      } catch {
        // Full for now: what is acknowledged next makes room. Or about to be over: then `told` or a move goes on.
        return
      }
      this.#waiting.shift()
      this.#waitingMessages--
      this.#waitingBytes -= next.payload.length
    }
  }

  async #move({ to, done, failed }: Move): Promise<void> {
    const from = this.current
    if (from === to) {
      done()
      return
    }
    this.#state = { state: 'moving', from, to }
    try {
      if (to !== null && to.end.ending) throw new CentrumError('not-linked', `'${to.id}' is not linked any more`)
      // One that is over has nothing left to release.
      if (from !== null && !(from.end.ending && !from.end.isProcessor)) await release(from)
      if (to !== null) await control(to, true)
      this.#become(to?.end.isProcessor === true ? to : null, null)
      done()
    } catch (error) {
      const holds = to?.end.isProcessor === true ? to : from?.end.isProcessor === true ? from : null
      this.#become(holds, null)
      failed(error)
    }
  }

  #become(link: ClientLink | null, reason: Reason | null): void {
    this.#state = link === null ? { state: 'none' } : { state: 'held', link }
    this.drain()
    if (this.#shown === link) return
    this.#shown = link
    this.listeners.call(link, reason)
  }

  #dropped(name: string): void {
    this.#defaults.runtime.log.warn('message-dropped', {
      name,
      why: 'it waited for a processor, and the move to it failed',
    })
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
