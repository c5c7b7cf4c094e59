/**
 * What channels say to each other, as values: what a handler sends to another channel goes out with its turn (`PeerAddress`,
 * `Outgoing`), and what is broadcast to all channels waits in an inbox of its own, at most once. Knows no links.
 */
import type { ChannelAddress } from '../channel/context.js'
import { CentrumError } from '../protocol/errors.js'
import type { Identity } from '../protocol/master-frames.js'
import type { Log } from '../runtime/runtime.js'
import { encodeValue } from '../value/encode-value.js'
import { errorText } from './error-text.js'
import type { TaskOutcome } from './keyed-task-queue.js'
import type { Session } from './session.js'

/** A broadcast, as it waits in the inbox of a channel. */
export interface PeerMessage {
  readonly type: 'peer'
  readonly identity: Identity
  /** The sender's session in this channel, if it has one. */
  readonly session: Session | null
  readonly name: string
  readonly payload: Uint8Array
}

export type PeerMessageContent = Omit<PeerMessage, 'type' | 'session'>

/** What a turn has for another channel: it leaves when the turn is released. */
export interface Outgoing {
  readonly to: string
  readonly request: boolean
  readonly name: string
  readonly payload: Uint8Array
  /** Called once, with the outcome: of a message that fails, of a request in any case. */
  readonly settle: (outcome: TaskOutcome) => void
}

/** The channel that speaks: of one owner, so that what it said under an earlier one is not mixed up with it. */
export interface PeerSpeaker {
  readonly channelId: string
  readonly epoch: number
}

/** Another channel, as a handler addresses it. */
export class PeerAddress implements Pick<ChannelAddress, 'id' | 'send' | 'request'> {
  readonly id: string
  readonly #log: Log
  readonly #put: (outgoing: Outgoing) => void

  /** `put` takes what goes out with the turn. */
  constructor(id: string, log: Log, put: (outgoing: Outgoing) => void) {
    this.id = id
    this.#log = log
    this.#put = put
  }

  send(name: string, ...payload: unknown[]): void {
    this.#say(name, payload[0], false, (outcome) => {
      if (outcome.ok) return
      const { error } = outcome
      if (error instanceof CentrumError && error.code === 'overflow') {
        this.#log.warn('channel.send-dropped', { to: this.id, message: name })
      } else this.#log.warn('channel.send-failed', { to: this.id, message: name, error: errorText(error) })
    })
  }

  request(name: string, ...input: unknown[]): Promise<never> {
    return new Promise((resolve, reject) => {
      this.#say(name, input[0], true, (outcome) => {
        if (outcome.ok) resolve(outcome.value as never)
        else reject(outcome.error instanceof Error ? outcome.error : new Error(errorText(outcome.error)))
      })
    })
  }

  #say(name: string, payload: unknown, request: boolean, settle: (outcome: TaskOutcome) => void): void {
    this.#put({ to: this.id, request, name, payload: encodeValue(payload), settle })
  }
}

/** What the broadcasts ask of the channel that they are for. */
export interface PeerInboxHost {
  readonly id: string
  readonly takesLinks: boolean
  readonly sessions: { find(sessionId: string): Session | null }
  readonly back: {
    readonly limits: { readonly peerMessagesQueuedMax: number }
    readonly counts: { peerMessagesDropped: number }
  }
  enter(message: PeerMessage): void
}

/** A channel's broadcasts, from their arrival to their outcome: they may wait behind a handler for many turns. */
export class PeerInbox {
  readonly #channel: PeerInboxHost
  #queued = 0

  constructor(channel: PeerInboxHost) {
    this.#channel = channel
  }

  /** Beyond `peerMessagesQueuedMax` a message is dropped and counted: it is at most once. */
  take(message: PeerMessageContent): void {
    const { back, sessions, takesLinks } = this.#channel
    if (this.#queued >= back.limits.peerMessagesQueuedMax || !takesLinks) {
      back.counts.peerMessagesDropped++
      return
    }
    this.#queued++
    this.#channel.enter({ ...message, type: 'peer', session: sessions.find(message.identity.sessionId) })
  }

  /** A message has its outcome. */
  finish(): void {
    this.#queued--
  }
}
