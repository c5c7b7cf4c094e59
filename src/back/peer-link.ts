/** The link of one channel to another: it is given no state, and hears of nothing but the outcome of what it sent. */
import type { Outgoing } from './peer-messages.js'
import { makePeerPlace } from '../protocol/peer-place.js'
import { LinkEnd, type SetLink } from '../session/link-end.js'
import type { LinkEndOptions } from '../session/link-end-state.js'
import type { LinkCarrier, LinkHolder } from '../session/link-holder.js'
import type { TaskOutcome } from './keyed-task-queue.js'

const nothing = (): void => undefined

const HOLDER: LinkHolder = {
  linked: nothing,
  load: nothing,
  patch: nothing,
  changed: nothing,
  event: nothing,
  status: nothing,
  reset: nothing,
  missed: nothing,
  refused: nothing,
}

export class PeerLink implements SetLink {
  readonly id: string
  readonly end: LinkEnd

  constructor(options: LinkEndOptions, carrier: LinkCarrier) {
    this.id = options.channelId
    this.end = new LinkEnd({ ...options, stateless: true }, HOLDER, carrier)
  }

  /**
   * Sends a message, whose outcome is given once. `after`: the number of the one before that has none yet, of those that are kept; 0 for
   * none. Throws a `CentrumError` `buffer-full` or `not-linked`: then nothing was sent.
   */
  send({ name, payload, serial }: Outgoing, after: number, settled: (outcome: TaskOutcome) => void): void {
    const settle = {
      answer: () => settled({ ok: true, value: undefined }),
      failed: (error: Error) => settled({ ok: false, error }),
    }
    const context = serial === null ? null : makePeerPlace({ serial, after })
    this.end.send(name, payload, settle, { context })
  }
}
