/**
 * Which of a connection's links is the processor, and moving it (rule L12): release in the old link's stream, then take in
 * the new one's. What is sent meanwhile waits here, in order with the moves, so that each message goes to the processor that
 * was chosen before it was sent.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Runtime } from '../runtime/runtime.js'
import type { LinkEndLimits } from '../session/link-end-limits.js'
import { expectRoom } from '../session/link-end-state.js'
import type { ClientLink } from './channel-link.js'
import { waitFor } from './wait.js'

export interface ProcessorHost {
  readonly runtime: Runtime
  readonly timeoutMs: number
  /** What waits is bounded as what is sent is; a move counts as a message. */
  readonly limits: LinkEndLimits
}

interface Step {
  /** A move otherwise. */
  readonly message: boolean
  readonly bytes: number
  run(): void
}

export interface ProcessorSwitch {
  /** While it moves, the one that it moves from. */
  readonly current: ClientLink | null
  /** Messages and moves that wait. */
  readonly waiting: number
  /** Whether a new link may become the processor by being linked: there is none to be released first. */
  readonly free: boolean
  /** The link is to become the processor when it is live. */
  want(link: ClientLink): void
  /** It is live for the first time. */
  ready(link: ClientLink): void
  /** The channel said so, without being asked by a move. */
  told(link: ClientLink, is: boolean, reason: Reason | null): void
  /** The link is over, or given up. */
  closed(link: ClientLink): void
  /** Resolves when the other link, or none, is the processor. What is sent from here on goes to it. */
  set(to: ClientLink | null): Promise<void>
  /** @throws CentrumError `no-processor`, `buffer-full` or `not-linked` */
  send(name: string, payload: Uint8Array): void
  /** Goes on with what waits. */
  drain(): void
}

export function newProcessorSwitch(
  host: ProcessorHost,
  changed: (link: ClientLink | null, reason: Reason | null) => void,
): ProcessorSwitch {
  const { log } = host.runtime
  let current: ClientLink | null = null
  /** Where a message that is sent now goes in the end. */
  let chosen: ClientLink | null = null
  let moving = false
  /** Links that are to be the processor as soon as they are live. */
  const wanted = new Set<ClientLink>()
  const steps: Step[] = []
  let waitingBytes = 0

  const wait = (step: Step): void => {
    expectRoom(host.limits, steps.length, waitingBytes, step.bytes)
    steps.push(step)
    waitingBytes += step.bytes
  }

  const become = (link: ClientLink | null, reason: Reason | null): void => {
    const before = current
    current = link
    if (steps.every(({ message }) => message)) chosen = link
    drain()
    if (before !== link) changed(link, reason)
  }

  const move = async (to: ClientLink | null): Promise<void> => {
    const from = current
    moving = true
    try {
      if (from === to) return
      // With its end a link has nothing left to release.
      if (from !== null) await (from.end.ending ? from.unlink() : control(from, false))
      if (to !== null) await control(to, true)
    } finally {
      moving = false
      become([to, from].find((link) => link?.end.isProcessor) ?? null, null)
    }
  }

  const drain = (): void => {
    let dropped = 0
    for (;;) {
      const step = moving ? undefined : steps[0]
      if (step === undefined) break
      try {
        if (step.message && current === null) dropped++
        else if (step.message) step.run()
      } catch {
        // Full for now: what is acknowledged next makes room. Or about to be over: then `told` goes on.
        break
      }
      steps.shift()
      waitingBytes -= step.bytes
      // Not before it is off the list: where there is nothing to move it is done at once, and goes on from there.
      if (!step.message) step.run()
    }
    if (dropped > 0) log.warn('message.dropped', { count: dropped, why: 'no processor' })
  }

  const set = (to: ClientLink | null): Promise<void> => {
    const describe = (): string => `the processor did not move to ${to === null ? 'none' : `'${to.id}'`}`
    return waitFor(host, {}, describe, ({ resolve, reject }) => {
      wait({ message: false, bytes: 0, run: () => void move(to).then(resolve, reject) })
      chosen = to
      drain()
      // It goes on: half of it is done, and what waits for it must not be lost.
      return () => {}
    })
  }

  return {
    get current() {
      return current
    },
    get waiting() {
      return steps.length
    },
    get free() {
      return chosen === null && current === null && wanted.size === 0
    },
    want: (link) => void wanted.add(link),
    ready(link) {
      if (!wanted.delete(link) || link.end.ending) return
      // Another may have been chosen meanwhile: that one is released first.
      if (link.end.isProcessor && current === null && !moving && steps.length === 0) become(link, null)
      else set(link).catch((error: unknown) => log.warn('processor.set-failed', { channel: link.id, error }))
    },
    told(link, is, reason) {
      if (moving || wanted.has(link)) return
      if (is) become(link, reason)
      else if (current === link) become(null, reason)
    },
    closed: (link) => void wanted.delete(link),
    set,
    send(name, payload) {
      if (chosen === null) {
        throw new CentrumError('no-processor', `'${name}' has no processor: call setProcessor first`)
      }
      if (current === chosen && !moving && steps.length === 0) {
        current.end.send(name, payload)
        return
      }
      wait({ message: true, bytes: payload.length, run: () => void current?.end.send(name, payload) })
    },
    drain,
  }
}

function control(link: ClientLink, is: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    link.end.setProcessor(is, { answer: () => resolve(), failed: reject })
  })
}
