/**
 * A front master that is linked to this back: takes its frames apart, knows which ref stands for which session, and drops
 * exactly those when its link is lost. Knows nothing of turns.
 */
import { CentrumError } from '../protocol/errors.js'
import { readNamed } from '../protocol/link-frames.js'
import { decodeToBack, encodeToFront, type Identity, type Owner, type ToBackFrame } from '../protocol/master-frames.js'
import { type Reason, REASONS } from '../protocol/reasons.js'
import type { MasterLink, LinkEvents } from '../link/master-link.js'
import type { Clock, Log } from '../runtime/runtime.js'
import type { BackChannel } from './back-channel.js'
import { ChannelUnavailable } from './channel-unavailable.js'
import type { Subscriber } from './state-stream.js'
import type { Carrier, Session } from './session.js'

/** What a front's frames ask of the back master. */
export interface FrontPeerHost {
  readonly clock: Clock
  readonly log: Log
  /** The open channel, opened if need be in an epoch above `epochSeen`. Throws a `CentrumError` that says why not. */
  channelFor(channelId: string, epochSeen: number): BackChannel
  openChannel(channelId: string): BackChannel | null
  /** Whether the session was kicked and may not come back. */
  kicked(sessionId: string): boolean
  broadcast(identity: Identity, connectionAttempt: number, name: string, payload: Uint8Array): void
  endSession(sessionId: string, reason: Reason): void
  gone(peer: FrontPeer): void
}

interface Bound {
  readonly channel: BackChannel
  readonly session: Session
}

export class FrontPeer implements Carrier, Subscriber, LinkEvents {
  readonly link: MasterLink
  readonly #host: FrontPeerHost
  readonly #bound = new Map<number, Bound>()
  readonly #mirrored = new Set<BackChannel>()
  #flushing = false

  constructor(link: MasterLink, host: FrontPeerHost) {
    this.link = link
    this.#host = host
  }

  get refs(): number {
    return this.#bound.size
  }

  get mirrored(): number {
    return this.#mirrored.size
  }

  /** All that is sent in one macrotask goes in one batch. */
  send(frame: Uint8Array): void {
    this.link.send(frame)
    if (this.#flushing) return
    this.#flushing = true
    this.#host.clock.soon(() => {
      this.#flushing = false
      this.link.flush()
    })
  }

  release(ref: number): void {
    this.#bound.delete(ref)
  }

  /** The channel is over: its next subscription begins anew. */
  forget(channel: BackChannel): void {
    this.#mirrored.delete(channel)
  }

  onFrame(frame: Uint8Array): void {
    this.#take(decodeToBack(frame))
  }

  onClosed(reason: Reason, message: string): void {
    this.#host.log.info('front.detached', { front: this.link.peer.id, reason, message, refs: this.#bound.size })
    for (const channel of this.#mirrored) channel.stream.unsubscribe(this)
    this.#mirrored.clear()
    for (const [ref, { channel, session }] of [...this.#bound]) channel.sessions.drop(session, this, ref)
    this.#bound.clear()
    this.#host.gone(this)
  }

  #take(frame: ToBackFrame): void {
    const host = this.#host
    switch (frame.type) {
      case 'subscribe':
        this.#subscribe(frame.channelId, frame.epochSeen, frame.past)
        return
      case 'unsubscribe': {
        const channel = host.openChannel(frame.channelId)
        if (!channel) return
        channel.stream.unsubscribe(this)
        this.#mirrored.delete(channel)
        return
      }
      case 'masterLink':
        this.#link(frame)
        return
      case 'masterEntry': {
        // A ref that is not bound was detached, and its front has been told.
        const bound = this.#bound.get(frame.ref)
        bound?.channel.sessions.entry(bound.session, this, frame.ref, frame.entry)
        return
      }
      case 'masterSeen':
        this.#bound.get(frame.ref)?.session.seen(frame.serverSeq)
        return
      case 'detach': {
        const bound = this.#bound.get(frame.ref)
        bound?.channel.sessions.drop(bound.session, this, frame.ref)
        return
      }
      case 'masterBroadcast': {
        const { name, payload } = readNamed(frame.body)
        host.broadcast(frame.identity, frame.connectionAttempt, name, payload)
        return
      }
      case 'end':
        host.endSession(frame.sessionId, frame.reason)
        return
      case 'renew':
        host.openChannel(frame.channelId)?.stream.renew(this, frame.version)
    }
  }

  #subscribe(channelId: string, epochSeen: number, past: Extract<ToBackFrame, { type: 'subscribe' }>['past']): void {
    try {
      const channel = this.#host.channelFor(channelId, epochSeen)
      this.#mirrored.add(channel)
      channel.stream.subscribe(this, past)
    } catch (error) {
      // The links that follow are told why, each for itself.
      const { reason } = told(error, this.#host.log)
      this.send(encodeToFront({ type: 'channel', channelId, open: false, reason }))
    }
  }

  #link({ ref, identity, connectionAttempt, request }: Extract<ToBackFrame, { type: 'masterLink' }>): void {
    const host = this.#host
    try {
      if (host.kicked(identity.sessionId)) throw new CentrumError('kicked', 'the session was ended for good')
      const channel = host.channelFor(request.channelId, 0)
      if (!this.#mirrored.has(channel)) {
        this.#mirrored.add(channel)
        channel.stream.subscribe(this, null)
      }
      const session = channel.sessions.link(this, ref, identity, connectionAttempt, request)
      if (session) this.#bound.set(ref, { channel, session })
    } catch (error) {
      this.send(encodeToFront({ type: 'masterDetached', ref, ...told(error, host.log), details: null }))
    }
  }
}

/** What a front is told of an error while opening or linking; what the application threw by accident stays in the log. */
function told(error: unknown, log: Log): { reason: Reason; message: string; relink: boolean; owner: Owner | null } {
  if (error instanceof CentrumError && error.code in REASONS) {
    const { relink, owner } = error instanceof ChannelUnavailable ? error : { relink: false, owner: null }
    return { reason: error.code as Reason, message: error.message, relink, owner }
  }
  log.error('channel.open-failed', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  return {
    reason: 'faulted',
    message: 'the channel could not open; the server has logged why',
    relink: false,
    owner: null,
  }
}
