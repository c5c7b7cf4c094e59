/**
 * Messages outside of links: of one channel to another of the same back, and of clients and fronts to all channels at once. At most
 * once, and by a copy of the payload. All that is particular to channels that speak to channels is here.
 */
import type { ChannelAddress } from '../channel/context.js'
import { CentrumError } from '../protocol/errors.js'
import type { Identity } from '../protocol/master-frames.js'
import type { Log } from '../runtime/runtime.js'
import { decodeValue } from '../value/decode-value.js'
import { encodeValue } from '../value/encode-value.js'
import type { TaskOutcome } from './keyed-task-queue.js'
import type { Session } from './session.js'

/** As it waits in the inbox of the channel that it is for. */
export interface PeerMessage {
  readonly type: 'peer'
  readonly identity: Identity
  /** The sender's session in this channel, if it has one. */
  readonly session: Session | null
  readonly request: boolean
  readonly name: string
  readonly payload: Uint8Array
  /** Takes the outcome; where it is null a failure is logged. */
  readonly settle: ((outcome: TaskOutcome) => void) | null
}

export type PeerMessageContent = Omit<PeerMessage, 'type' | 'session'>

/** What a turn has for other channels: it leaves when the turn is released. */
export type Outgoing =
  | { readonly type: 'message'; readonly to: string; readonly message: PeerMessageContent }
  | {
      readonly type: 'answer'
      readonly settle: (outcome: TaskOutcome) => void
      readonly outcome: TaskOutcome
    }

const NO_DATA = encodeValue(null)

/** Another channel, as a handler addresses it. */
export class PeerAddress implements Pick<ChannelAddress, 'id' | 'send' | 'request'> {
  readonly id: string
  readonly #identity: Identity
  readonly #log: Log
  readonly #put: (outgoing: Outgoing) => void

  /** `put` takes what goes out with the turn of the channel `fromId`. */
  constructor(fromId: string, id: string, log: Log, put: (outgoing: Outgoing) => void) {
    this.id = id
    this.#identity = {
      senderKind: 'channel',
      sessionId: fromId,
      userId: '',
      data: NO_DATA,
      tokenGeneration: 0,
      beganAt: 0,
    }
    this.#log = log
    this.#put = put
  }

  send(name: string, ...payload: unknown[]): void {
    this.#say(name, payload[0], false, (outcome) => {
      if (outcome.ok) return
      const { error } = outcome
      if (error instanceof CentrumError && error.code === 'overflow') {
        this.#log.warn('channel.send-dropped', { to: this.id, message: name })
      } else this.#log.warn('channel.send-failed', { to: this.id, message: name, error: String(error) })
    })
  }

  request(name: string, ...input: unknown[]): Promise<never> {
    return new Promise((resolve, reject) => {
      this.#say(name, input[0], true, (outcome) => {
        if (outcome.ok) resolve(outcome.value as never)
        else reject(outcome.error instanceof Error ? outcome.error : new Error(String(outcome.error)))
      })
    })
  }

  #say(name: string, payload: unknown, request: boolean, settle: (outcome: TaskOutcome) => void): void {
    const message = { identity: this.#identity, request, name, payload: encodeValue(payload), settle }
    this.#put({ type: 'message', to: this.id, message })
  }
}

/** What receives messages: a channel. False where it takes no more. */
export interface PeerReceiver {
  take(message: PeerMessageContent): boolean
}

/** What the messages ask of the channel that they are for. */
export interface PeerInboxHost {
  readonly takesLinks: boolean
  readonly sessions: { find(sessionId: string): Session | null }
  readonly back: {
    readonly limits: { readonly peerMessagesQueuedMax: number }
    readonly counts: { peerMessagesDropped: number }
  }
  enter(message: PeerMessage): void
}

/** A channel's peer messages, from their arrival to their outcome: they may wait behind a handler for many turns. */
export class PeerInbox implements PeerReceiver {
  readonly #channel: PeerInboxHost
  #queued = 0

  constructor(channel: PeerInboxHost) {
    this.#channel = channel
  }

  /** Beyond `peerMessagesQueuedMax` a message is dropped and counted: it is at most once. */
  take(message: PeerMessageContent): boolean {
    const { back, sessions, takesLinks } = this.#channel
    if (this.#queued >= back.limits.peerMessagesQueuedMax || !takesLinks) {
      back.counts.peerMessagesDropped++
      return false
    }
    this.#queued++
    this.#channel.enter({ ...message, type: 'peer', session: sessions.find(message.identity.sessionId) })
    return true
  }

  /** A message has its outcome: it goes back with the turn. */
  finish({ settle }: PeerMessage, outcome: TaskOutcome): Outgoing | null {
    this.#queued--
    return settle && { type: 'answer', settle, outcome: copyOf(outcome) }
  }
}

/** Channels share no objects. */
function copyOf(outcome: TaskOutcome): TaskOutcome {
  if (!outcome.ok) return outcome
  try {
    return { ok: true, value: decodeValue(encodeValue(outcome.value)) }
  } catch (error) {
    return { ok: false, error }
  }
}

/** Sends what a turn had for other channels. `reach` opens a channel if need be; it throws a `CentrumError` that says why not. */
export function deliver(outgoing: Outgoing, reach: (id: string) => PeerReceiver): void {
  if (outgoing.type === 'answer') {
    outgoing.settle(outgoing.outcome)
    return
  }
  const { to, message } = outgoing
  try {
    if (reach(to).take(message)) return
    const error = new CentrumError(
      'overflow',
      `channel '${to}' has too many messages of other channels queued (peerMessagesQueuedMax), or is closing`,
    )
    message.settle?.({ ok: false, error })
  } catch (error) {
    message.settle?.({ ok: false, error })
  }
}
