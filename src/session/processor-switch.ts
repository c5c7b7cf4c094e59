/**
 * Which of a session's links is the processor, and how it moves (rule L12): release in the old link's stream, then take in the
 * new one's. What is sent meanwhile waits here, in order with the moves, so that each message goes to the processor that was
 * chosen before it was sent. Knows nothing of connections.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { LinkEndLimits } from './link-end-limits.js'
import { expectRoom } from './link-end-state.js'
import type { SetLink } from './link-end.js'
import { waitFor, type WaitDefaults, type Waiting } from './wait-for.js'

export interface ProcessorHost<L> extends WaitDefaults {
  /** What waits is bounded as what is sent is; a move counts as a message. */
  readonly limits: LinkEndLimits
  processorChanged(link: L | null, reason: Reason | null): void
  /** So many messages in a row that waited for `to` to become the processor have no effect. */
  unsent(to: L, count: number, error: CentrumError): void
}

interface Move<L> {
  readonly type: 'move'
  readonly to: L | null
  readonly moved: Waiting<void>
}

interface Message<L> {
  readonly type: 'message'
  readonly to: L
  readonly name: string
  readonly payload: Uint8Array
}

export class ProcessorSwitch<L extends SetLink> {
  readonly #host: ProcessorHost<L>
  readonly #unlink: (link: L) => Promise<void>
  #current: L | null = null
  /** Where a message that is sent now goes in the end. */
  #chosen: L | null = null
  #moving = false
  /** Links that are to be the processor as soon as they are live. */
  readonly #wanted = new Set<L>()
  /** Moves and messages in the order in which they were asked for. */
  readonly #steps: (Move<L> | Message<L>)[] = []
  #movesWaiting = 0
  #bytesWaiting = 0

  /** `unlink` resolves when a link that is ending is closed. */
  constructor(host: ProcessorHost<L>, unlink: (link: L) => Promise<void>) {
    this.#host = host
    this.#unlink = unlink
  }

  /** While the processor moves, the link that it moves from. */
  get current(): L | null {
    return this.#current
  }

  /** Messages and moves that wait. */
  get waiting(): number {
    return this.#steps.length
  }

  /** Whether a new link may become the processor by being linked: there is none to be released first. */
  get free(): boolean {
    return this.#chosen === null && this.#current === null && this.#wanted.size === 0
  }

  get #isSettled(): boolean {
    return !this.#moving && this.#steps.length === 0
  }

  /** The link is to become the processor when it is live. */
  want(link: L): void {
    this.#wanted.add(link)
  }

  /** The link is live for the first time. */
  ready(link: L): void {
    if (!this.#wanted.delete(link) || link.end.ending) return
    // Another may have been chosen meanwhile: that one is released first.
    if (link.end.isProcessor && this.#current === null && this.#isSettled) {
      this.#become(link, null)
      return
    }
    const { log } = this.#host.runtime
    this.set(link).catch((error: unknown) => log.warn('processor.set-failed', { channel: link.id, error }))
  }

  /** The channel made the link the processor or took that from it, without a move that asked for it. */
  noticed(link: L, is: boolean, reason: Reason | null): void {
    if (this.#moving || this.#wanted.has(link)) return
    if (is) this.#become(link, reason)
    else if (this.#current === link) this.#become(null, reason)
  }

  /** The link is closed, or given up. */
  closed(link: L): void {
    this.#wanted.delete(link)
  }

  /**
   * Resolves when the other link, or none, is the processor. What is sent from here on goes to it. Rejects with a
   * `CentrumError`: `timeout`, `buffer-full`, or why a channel refused.
   */
  set(to: L | null): Promise<void> {
    const describe = (): string => `the processor did not move to ${to === null ? 'none' : `'${to.id}'`}`
    return waitFor(this.#host, {}, describe, (moved) => {
      this.#expectRoom(0)
      this.#steps.push({ type: 'move', to, moved })
      this.#movesWaiting++
      this.#chosen = to
      this.drain()
      // It goes on: half of it is done, and what waits for it must not be lost.
      return () => {}
    })
  }

  /** @throws CentrumError `no-processor`, `buffer-full` or `not-linked` */
  send(name: string, payload: Uint8Array): void {
    const to = this.#chosen
    if (to === null) {
      throw new CentrumError(
        'no-processor',
        `'${name}' has no processor. Send it by link.send('${name}', …), or choose the processor first: connection.setProcessor(link)`,
      )
    }
    if (this.#current === to && this.#isSettled) {
      to.end.send(name, payload)
      return
    }
    this.#expectRoom(payload.length)
    this.#steps.push({ type: 'message', to, name, payload })
    this.#bytesWaiting += payload.length
  }

  #expectRoom(bytesMore: number): void {
    expectRoom(this.#host.limits, this.#steps.length, this.#bytesWaiting, bytesMore)
  }

  /** Goes on with what waits, up to a move that takes its time or a message for which there is no room yet. */
  drain(): void {
    while (!this.#moving) {
      const [step] = this.#steps
      if (step === undefined) return
      if (step.type === 'move') this.#begin(step)
      else if (this.#current === null) this.#discard(step.to)
      else if (deliver(this.#current, step)) this.#shift()
      else return
    }
  }

  #shift(): void {
    const step = this.#steps.shift()
    if (step?.type === 'message') this.#bytesWaiting -= step.payload.length
    else if (step?.type === 'move') this.#movesWaiting--
  }

  /** There is no processor: the messages for `to`, up to those for another, go nowhere. */
  #discard(to: L): void {
    let count = 0
    for (let step = this.#steps[0]; step?.type === 'message' && step.to === to; step = this.#steps[0]) {
      this.#shift()
      count++
    }
    this.#host.unsent(to, count, new CentrumError('no-processor', `'${to.id}' did not become the processor`))
  }

  #begin(move: Move<L>): void {
    this.#shift()
    if (move.to === this.#current) move.moved.resolve()
    else void this.#move(move)
  }

  async #move({ to, moved }: Move<L>): Promise<void> {
    const from = this.#current
    this.#moving = true
    try {
      // With its end a link has nothing left to release.
      if (from !== null) await (from.end.ending ? this.#unlink(from) : steer(from, false))
      if (to !== null) await steer(to, true)
      moved.resolve()
    } catch (error) {
      moved.reject(error as Error)
    } finally {
      this.#moving = false
      this.#become([to, from].find((link) => link?.end.isProcessor) ?? null, null)
    }
  }

  #become(link: L | null, reason: Reason | null): void {
    const before = this.#current
    this.#current = link
    if (this.#movesWaiting === 0) this.#chosen = link
    this.drain()
    if (before !== link) this.#host.processorChanged(link, reason)
  }
}

/** False where the link has no room now: what is acknowledged next makes some. Or it is about to close: then that goes on. */
function deliver<L extends SetLink>({ end }: L, { name, payload }: Message<L>): boolean {
  try {
    end.send(name, payload)
    return true
  } catch {
    return false
  }
}

function steer<L extends SetLink>(link: L, is: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    link.end.setProcessor(is, { answer: () => resolve(), failed: reject })
  })
}
