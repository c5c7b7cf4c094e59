/**
 * What channels say to each other, as values: what a handler sends to another channel goes out with its turn (`PeerAddress`,
 * `Outgoing`, `OutgoingMail`), and what is broadcast to all channels waits in an inbox of its own, at most once. Knows no links.
 */
import type { ChannelAddress } from '../channel/context.js'
import type { Identity } from '../protocol/master-frames.js'
import { encodeSendable } from './encode-sendable.js'
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
  /** Its number in the channel's outbox, from where it is sent until it has its outcome; null for what is kept nowhere. */
  readonly serial: number | null
  /** Called once, with the outcome: of a message that fails, of a request in any case. */
  readonly settle: (outcome: TaskOutcome) => void
}

/** The channel that speaks: of one owner, so that what it said under an earlier one is not mixed up with it. */
export interface PeerSpeaker {
  readonly channelId: string
  readonly epoch: number
}

/** What takes what a handler has for other channels. */
export interface PeerMail {
  send(message: PeerContent): void
  request(message: PeerContent, settle: (outcome: TaskOutcome) => void): void
}

export type PeerContent = Pick<Outgoing, 'to' | 'name' | 'payload'>

/** Another channel, as a handler addresses it. */
export class PeerAddress implements Pick<ChannelAddress, 'id' | 'send' | 'request'> {
  readonly id: string
  readonly #mail: PeerMail
  readonly #sendBytesMax: number

  constructor(id: string, mail: PeerMail, sendBytesMax: number) {
    this.id = id
    this.#mail = mail
    this.#sendBytesMax = sendBytesMax
  }

  send(name: string, ...payload: unknown[]): void {
    this.#mail.send(this.#content('message', name, payload[0]))
  }

  request(name: string, ...input: unknown[]): Promise<never> {
    return new Promise((resolve, reject) => {
      this.#mail.request(this.#content('request', name, input[0]), (outcome) => {
        if (outcome.ok) resolve(outcome.value as never)
        else reject(outcome.error instanceof Error ? outcome.error : new Error(errorText(outcome.error)))
      })
    })
  }

  #content(noun: 'message' | 'request', name: string, payload: unknown): PeerContent {
    const what = `the ${noun} '${name}' to '${this.id}'`
    return { to: this.id, name, payload: encodeSendable(what, payload, this.#sendBytesMax) }
  }
}

/** What the broadcasts ask of the channel that they are for. */
export interface PeerInboxHost {
  readonly id: string
  readonly takesLinks: boolean
  readonly sessions: { find(sessionId: string): Session | null }
  readonly back: {
    readonly limits: { readonly peerMessagesQueuedMax: number; readonly peerBytesQueuedMax: number }
    readonly counts: { peerMessagesDropped: number }
  }
  enter(message: PeerMessage): void
}

/** A channel's broadcasts, from their arrival to their outcome: they may wait behind a handler for many turns. */
export class PeerInbox {
  readonly #channel: PeerInboxHost
  #queued = 0
  #queuedBytes = 0

  constructor(channel: PeerInboxHost) {
    this.#channel = channel
  }

  /** Beyond `peerMessagesQueuedMax` a message is dropped and counted: it is at most once. */
  take(message: PeerMessageContent): void {
    const { back, sessions, takesLinks } = this.#channel
    const { peerMessagesQueuedMax, peerBytesQueuedMax } = back.limits
    const bytes = this.#queuedBytes + message.payload.length
    if (this.#queued >= peerMessagesQueuedMax || bytes > peerBytesQueuedMax || !takesLinks) {
      back.counts.peerMessagesDropped++
      return
    }
    this.#queued++
    this.#queuedBytes = bytes
    this.#channel.enter({ ...message, type: 'peer', session: sessions.find(message.identity.sessionId) })
  }

  /** A message has its outcome. */
  finish({ payload }: PeerMessage): void {
    this.#queued--
    this.#queuedBytes -= payload.length
  }
}
