/**
 * What a channel's handlers have for other channels: it goes out with the turn. A message of a channel whose turns are stored stands in its
 * outbox until it has its outcome. Knows nothing of links.
 */
import type { Durability } from '../channel/channel-contract.js'
import { CentrumError } from '../protocol/errors.js'
import type { Log } from '../runtime/runtime.js'
import { errorText } from './error-text.js'
import type { TaskOutcome } from './keyed-task-queue.js'
import type { Outbox } from './outbox.js'
import type { Outgoing, PeerContent, PeerMail } from './peer-messages.js'

interface MailHost {
  readonly contract: { readonly durability: Durability }
  readonly log: Log
  /** There is something to send, or to store: a turn is wanted. */
  wake(): void
}

export class OutgoingMail implements PeerMail {
  readonly #outbox: Outbox
  readonly #host: MailHost
  #outgoing: Outgoing[] = []

  constructor(outbox: Outbox, host: MailHost) {
    this.#outbox = outbox
    this.#host = host
  }

  /** Throws `overflow` where the outbox is full. */
  send(message: PeerContent): void {
    if (this.#host.contract.durability === 'log') this.#post(this.#outbox.add(message))
    else this.#put({ ...message, request: false, serial: null, settle: (outcome) => this.#report(message, outcome) })
  }

  request(message: PeerContent, settle: (outcome: TaskOutcome) => void): void {
    this.#put({ ...message, request: true, serial: null, settle })
  }

  /** All that an earlier owner left in the outbox. */
  repeat(): void {
    for (const entry of this.#outbox.toImage()) this.#post(entry)
  }

  #post(entry: PeerContent & { readonly serial: number }): void {
    const settle = (outcome: TaskOutcome): void => {
      this.#outbox.settle(entry.serial)
      this.#report(entry, outcome)
      this.#host.wake()
    }
    this.#put({ ...entry, request: false, settle })
  }

  #put(outgoing: Outgoing): void {
    this.#outgoing.push(outgoing)
    this.#host.wake()
  }

  #report({ to, name }: PeerContent, outcome: TaskOutcome): void {
    if (outcome.ok) return
    const { error } = outcome
    const { log } = this.#host
    if (error instanceof CentrumError && error.code === 'overflow')
      log.warn('channel.send-dropped', { to, message: name })
    else log.warn('channel.send-failed', { to, message: name, error: errorText(error) })
  }

  /** The end of the turn: what goes out with it. */
  take(): readonly Outgoing[] {
    const outgoing = this.#outgoing
    this.#outgoing = []
    return outgoing
  }
}
