/**
 * Which of a connection's links is the processor, and moving it (rule L12): release in the old link's stream, then take in
 * the new one's. What is sent meanwhile waits here, in order with the moves, so that each message goes to the processor that
 * was chosen before it was sent.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Runtime } from '../runtime/runtime.js'
import type { LinkLimits } from '../session/link-end-state.js'
import type { ClientLink } from './channel-link.js'
import { Listeners } from './listeners.js'
import { waitFor } from './wait.js'

export interface ProcessorHost {
  readonly runtime: Runtime
  readonly timeoutMs: number
  /** What waits is bounded as what is sent is; a move counts as a message. */
  readonly limits: LinkLimits
}

/** `moving`: the old one has not released yet, or the new one not taken. */
type State =
  | { readonly state: 'held'; readonly link: ClientLink | null }
  | { readonly state: 'moving'; readonly from: ClientLink | null; readonly to: ClientLink | null }

interface Move {
  readonly to: ClientLink | null
  readonly done: () => void
  readonly failed: (error: Error) => void
}

interface Message {
  readonly name: string
  readonly payload: Uint8Array
}

type Step = Move | Message

export class ProcessorSwitch {
  readonly listeners: Listeners<[link: ClientLink | null, reason: Reason | null]>
  readonly #host: ProcessorHost
  #state: State = { state: 'held', link: null }
  /** Where a message that is sent now goes in the end. */
  #chosen: ClientLink | null = null
  /** As it was last told to listeners. */
  #shown: ClientLink | null = null
  /** Links that are to be the processor as soon as they are live. */
  readonly #wanted = new Set<ClientLink>()
  #waiting: Step[] = []
  #waitingBytes = 0

  constructor(host: ProcessorHost) {
    this.#host = host
    this.listeners = new Listeners('onProcessor', host.runtime.log)
  }

  /** While it moves, the one that it moves from. */
  get current(): ClientLink | null {
    return this.#state.state === 'held' ? this.#state.link : this.#state.from
  }

  /** Messages and moves that wait. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** Whether a new link may become the processor by being linked: there is none to be released first. */
  get free(): boolean {
    return this.#chosen === null && this.current === null && this.#wanted.size === 0
  }

  /** The link is to become the processor when it is live. */
  want(link: ClientLink): void {
    this.#wanted.add(link)
  }

  /** It is live for the first time. */
  ready(link: ClientLink): void {
    if (!this.#wanted.delete(link)) return
    if (link.end.isProcessor) this.#become(link, null)
    else
      this.set(link).catch((error: unknown) =>
        this.#host.runtime.log.warn('processor-not-taken', { channel: link.id, error }),
      )
  }

  /** The channel said so, without being asked by a move. */
  told(link: ClientLink, is: boolean, reason: Reason | null): void {
    if (this.#state.state === 'moving' || this.#wanted.has(link)) return
    if (is) this.#become(link, reason)
    else if (this.#state.link === link) this.#become(null, reason)
  }

  /** The link is over, or given up. */
  closed(link: ClientLink): void {
    this.#wanted.delete(link)
  }

  /** Resolves when the other link, or none, is the processor. What is sent from here on goes to it. */
  set(to: ClientLink | null): Promise<void> {
    const describe = (): string => `the processor did not move to ${to === null ? 'none' : `'${to.id}'`}`
    return waitFor(this.#host, {}, describe, ({ resolve, reject }) => {
      this.#wait({ to, done: () => resolve(), failed: reject }, 0)
      this.#chosen = to
      this.drain()
      // It goes on: half of it is done, and what waits for it must not be lost.
      return () => {}
    })
  }

  /** @throws CentrumError `no-processor`, `buffer-full` or `not-linked` */
  send(name: string, payload: Uint8Array): void {
    if (this.#chosen === null) {
      throw new CentrumError('no-processor', `'${name}' has nowhere to go: call connection.setProcessor first`)
    }
    if (this.#state.state === 'held' && this.#waiting.length === 0) this.#chosen.end.send(name, payload)
    else this.#wait({ name, payload }, payload.length)
  }

  /** Goes on with what waits: messages as far as the processor's link takes them, then the next move. */
  drain(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#state.state === 'moving') return
      const { link } = this.#state
      if ('to' in next) {
        this.#waiting.shift()
        void this.#move(next)
      } else if (link === null) {
        this.#drop()
      } else if (sent(link, next)) {
        this.#waiting.shift()
        this.#waitingBytes -= next.payload.length
      } else {
        return
      }
    }
  }

  /** The move that messages waited for has failed, or the processor is lost: those up to the next move go nowhere. */
  #drop(): void {
    const move = this.#waiting.findIndex((step) => 'to' in step)
    const dropped = this.#waiting.splice(0, move < 0 ? this.#waiting.length : move)
    for (const step of dropped) if ('payload' in step) this.#waitingBytes -= step.payload.length
    this.#host.runtime.log.warn('messages-dropped', {
      count: dropped.length,
      why: 'they waited for a processor that is none',
    })
  }

  async #move({ to, done, failed }: Move): Promise<void> {
    const from = this.current
    this.#state = { state: 'moving', from, to }
    try {
      if (from !== to) {
        if (from !== null) await release(from)
        if (to !== null) await control(to, true)
      }
      this.#become(to?.end.isProcessor === true ? to : null, null)
      done()
    } catch (error) {
      this.#become([to, from].find((link) => link?.end.isProcessor) ?? null, null)
      failed(error as Error)
    }
  }

  #become(link: ClientLink | null, reason: Reason | null): void {
    this.#state = { state: 'held', link }
    if (!this.#waiting.some((step) => 'to' in step)) this.#chosen = link
    this.drain()
    if (this.#shown === link) return
    this.#shown = link
    this.listeners.call(link, reason)
  }

  #wait(step: Step, bytes: number): void {
    const { retainedEntriesMax, retainedBytesMax } = this.#host.limits
    if (this.#waiting.length >= retainedEntriesMax || this.#waitingBytes + bytes > retainedBytesMax) {
      throw new CentrumError(
        'buffer-full',
        `${this.#waiting.length} messages (${this.#waitingBytes} bytes) wait for the processor to have moved, the limits are ${retainedEntriesMax} (retainedEntriesMax) and ${retainedBytesMax} bytes (retainedBytesMax). Send less often.`,
      )
    }
    this.#waiting.push(step)
    this.#waitingBytes += bytes
  }
}

/** False where the link does not take it: it is full for now, and what is acknowledged next makes room, or about to be over. */
function sent(link: ClientLink, { name, payload }: Message): boolean {
  try {
    link.end.send(name, payload)
    return true
  } catch {
    return false
  }
}

/** Resolves when the link has released the processor, by itself or with its end: then there is nothing left to release. */
async function release(link: ClientLink): Promise<void> {
  try {
    if (link.end.ending) await link.unlink()
    else await control(link, false)
  } catch (error) {
    if (link.end.isProcessor) throw error
  }
}

function control(link: ClientLink, is: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    link.end.setProcessor(is, { answer: () => resolve(), failed: reject })
  })
}
