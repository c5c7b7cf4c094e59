/**
 * Which of a connection's links is the processor, and moving it (rule L12): release in the old link's stream, then take in
 * the new one's. What is sent meanwhile waits here, in order with the moves, so that each message goes to the processor that
 * was chosen before it was sent.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Runtime } from '../runtime/runtime.js'
import { expectRoom, type LinkLimits } from '../session/link-end-state.js'
import type { ClientLink } from './channel-link.js'
import { waitFor } from './wait.js'

export interface ProcessorHost {
  readonly runtime: Runtime
  readonly timeoutMs: number
  /** What waits is bounded as what is sent is; a move counts as a message. */
  readonly limits: LinkLimits
}

interface Step {
  /** A move otherwise. */
  readonly message: boolean
  readonly bytes: number
  run(): void
}

export class ProcessorSwitch {
  readonly #host: ProcessorHost
  readonly #changed: (link: ClientLink | null, reason: Reason | null) => void
  /** While it moves, the one that it moves from. */
  current: ClientLink | null = null
  /** Where a message that is sent now goes in the end. */
  #chosen: ClientLink | null = null
  #moving = false
  /** Links that are to be the processor as soon as they are live. */
  readonly #wanted = new Set<ClientLink>()
  readonly #steps: Step[] = []
  #bytes = 0

  constructor(host: ProcessorHost, changed: (link: ClientLink | null, reason: Reason | null) => void) {
    this.#host = host
    this.#changed = changed
  }

  /** Messages and moves that wait. */
  get waiting(): number {
    return this.#steps.length
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
    if (!this.#wanted.delete(link) || link.end.ending) return
    if (link.end.isProcessor) this.#become(link, null)
    else this.set(link).catch((error: unknown) => this.#warn('processor-not-taken', { channel: link.id, error }))
  }

  /** The channel said so, without being asked by a move. */
  told(link: ClientLink, is: boolean, reason: Reason | null): void {
    if (this.#moving || this.#wanted.has(link)) return
    if (is) this.#become(link, reason)
    else if (this.current === link) this.#become(null, reason)
  }

  /** The link is over, or given up. */
  closed(link: ClientLink): void {
    this.#wanted.delete(link)
  }

  /** Resolves when the other link, or none, is the processor. What is sent from here on goes to it. */
  set(to: ClientLink | null): Promise<void> {
    const describe = (): string => `the processor did not move to ${to === null ? 'none' : `'${to.id}'`}`
    return waitFor(this.#host, {}, describe, ({ resolve, reject }) => {
      const run = (): void => void this.#move(to).then(resolve, reject)
      this.#wait({ message: false, bytes: 0, run })
      this.#chosen = to
      this.drain()
      // It goes on: half of it is done, and what waits for it must not be lost.
      return () => {}
    })
  }

  /** @throws CentrumError `no-processor`, `buffer-full` or `not-linked` */
  send(name: string, payload: Uint8Array): void {
    if (this.#chosen === null) {
      throw new CentrumError('no-processor', `'${name}' has no processor: call setProcessor first`)
    }
    if (this.current === this.#chosen && !this.#moving && this.#steps.length === 0) {
      this.current.end.send(name, payload)
      return
    }
    const run = (): void => void this.current?.end.send(name, payload)
    this.#wait({ message: true, bytes: payload.length, run })
  }

  /** Goes on with what waits. */
  drain(): void {
    let dropped = 0
    for (let step = this.#steps[0]; step !== undefined && !this.#moving; step = this.#steps[0]) {
      try {
        if (step.message && this.current === null) dropped++
        else if (step.message) step.run()
      } catch {
        // Full for now: what is acknowledged next makes room. Or about to be over: then `told` goes on.
        break
      }
      this.#steps.shift()
      this.#bytes -= step.bytes
      // Not before it is off the list: where there is nothing to move it is done at once, and goes on from there.
      if (!step.message) step.run()
    }
    if (dropped > 0) this.#warn('messages-dropped', { count: dropped, why: 'no processor' })
  }

  async #move(to: ClientLink | null): Promise<void> {
    const from = this.current
    this.#moving = true
    try {
      if (from === to) return
      // With its end a link has nothing left to release.
      if (from !== null) await (from.end.ending ? from.unlink() : control(from, false))
      if (to !== null) await control(to, true)
    } finally {
      this.#moving = false
      this.#become([to, from].find((link) => link?.end.isProcessor) ?? null, null)
    }
  }

  #become(link: ClientLink | null, reason: Reason | null): void {
    const before = this.current
    this.current = link
    if (this.#steps.every(({ message }) => message)) this.#chosen = link
    this.drain()
    if (before !== link) this.#changed(link, reason)
  }

  #wait(step: Step): void {
    expectRoom(this.#host.limits, this.#steps.length, this.#bytes, step.bytes)
    this.#steps.push(step)
    this.#bytes += step.bytes
  }

  #warn(event: string, fields: { readonly [field: string]: unknown }): void {
    this.#host.runtime.log.warn(event, fields)
  }
}

function control(link: ClientLink, is: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    link.end.setProcessor(is, { answer: () => resolve(), failed: reject })
  })
}
