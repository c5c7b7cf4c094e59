/**
 * A front master that is linked to this back: takes its frames apart, knows which ref stands for which session, and drops
 * exactly those when its link is lost. Knows nothing of turns.
 */
import { CentrumError } from '../protocol/errors.js'
import { decodeToBack, encodeToFront, type ToBackFrame } from '../protocol/master-frames.js'
import type { Reason } from '../protocol/reasons.js'
import type { MasterLink, LinkEvents } from '../link/master-link.js'
import type { Log, Runtime } from '../runtime/runtime.js'
import type { BackChannel } from './back-channel.js'
import type { MirrorPast, Subscriber } from './followers.js'
import type { OpenChannels } from './open-channels.js'
import { refusalOf } from './refusal.js'
import { RoomQueue, type RoomWaiter } from './room-queue.js'
import type { Session } from './session.js'
import type { Carrier } from './session-state.js'

interface Bound {
  readonly channel: BackChannel
  readonly session: Session
}

export class FrontPeer implements Carrier, Subscriber, LinkEvents {
  readonly link: MasterLink
  readonly #channels: OpenChannels
  readonly #log: Log
  readonly #onClosed: () => void
  readonly #bound = new Map<number, Bound>()
  readonly #mirrored = new Map<string, BackChannel>()
  readonly #waiting = new RoomQueue<FrontPeer>(this)
  /** Why the last channel that could not be mirrored was not. */
  #unmirrored = ''
  #isFlushing = false

  constructor(link: MasterLink, channels: OpenChannels, { log }: Pick<Runtime, 'log'>, onClosed: () => void) {
    this.link = link
    this.#channels = channels
    this.#log = log.with({ front: link.peer.id })
    this.#onClosed = onClosed
  }

  get incarnation(): string {
    return this.link.peer.incarnation
  }

  get refs(): number {
    return this.#bound.size
  }

  get frameBytesMax(): number {
    return this.link.frameBytesMax
  }

  get room(): number {
    return this.link.room
  }

  whenRoom(waiter: RoomWaiter<FrontPeer>): void {
    this.#waiting.add(waiter)
  }

  onDrained(): void {
    this.#waiting.serve()
  }

  /** All that is sent in one macrotask goes in one batch. Never throws: what calls it is in the midst of a turn. */
  send(frame: Uint8Array): void {
    if (frame.length > this.frameBytesMax) {
      this.#log.error('front.send-failed', { type: frame[0], bytes: frame.length, limit: this.frameBytesMax })
      return
    }
    this.link.send(frame)
    if (this.#isFlushing) return
    this.#isFlushing = true
    this.link.soon(() => {
      this.#isFlushing = false
      this.link.flush()
    })
  }

  release(ref: number): void {
    this.#bound.delete(ref)
  }

  /** Told where the front mirrors the channel. */
  stalled(channelId: string, why: Reason | null): void {
    if (!this.#mirrored.has(channelId)) return
    const reason = why ?? 'store-unavailable'
    this.send(encodeToFront({ type: 'channelStatus', channelId, stalled: why !== null, reason }))
  }

  #mirror(channel: BackChannel, past: MirrorPast | null): void {
    this.#mirrored.set(channel.id, channel)
    channel.mirrors.subscribe(this, past)
    const stall = this.#channels.stallOf(channel.id)
    if (stall !== null) this.stalled(channel.id, stall)
  }

  /** The channel has closed: its next subscription begins anew. */
  evict(channelId: string): void {
    this.#mirrored.delete(channelId)
  }

  unsendable(channelId: string, bytes: number): void {
    const { frameBytesMax: limit } = this
    this.#log.error('state.send-failed', { channel: channelId, bytes, limit })
    this.evict(channelId)
    const reason = `the state of '${channelId}' has ${bytes} bytes, the limit is ${limit} (packetBytesMax): keep less in one channel, or raise it on all masters`
    this.#unmirrored = reason
    for (const { channel, session } of this.#bound.values()) {
      if (channel.id === channelId) channel.sessions.endLink(session, { reason, wire: 'too-large', relink: false })
    }
  }

  onFrame(frame: Uint8Array): void {
    this.#take(decodeToBack(frame))
  }

  /** Of a front of this process. */
  onGiven(frame: object): void {
    this.#take(frame as ToBackFrame)
  }

  onClosed(reason: Reason, message: string): void {
    this.#log.info('front.detached', { reason, message, refs: this.#bound.size })
    for (const channel of this.#mirrored.values()) channel.mirrors.unsubscribe(this)
    this.#mirrored.clear()
    this.#waiting.clear()
    for (const [ref, { channel, session }] of [...this.#bound]) channel.sessions.drop(session, this, ref)
    this.#bound.clear()
    this.#onClosed()
  }

  #take(frame: ToBackFrame): void {
    const channels = this.#channels
    switch (frame.type) {
      case 'subscribe':
        this.#subscribe(frame)
        return
      case 'unsubscribe': {
        const channel = channels.find(frame.channelId)
        if (!channel) return
        channel.mirrors.unsubscribe(this)
        this.#mirrored.delete(channel.id)
        return
      }
      case 'masterLink':
        this.#link(frame)
        return
      case 'masterEntry': {
        // L1: a ref that is not bound was detached, and its front has got DETACHED.
        const bound = this.#bound.get(frame.ref)
        bound?.channel.sessions.entry(bound.session, this, frame.ref, frame.entry)
        return
      }
      case 'masterSeen': {
        const bound = this.#bound.get(frame.ref)
        bound?.channel.sessions.seen(bound.session, frame.serverSeq)
        return
      }
      case 'detach': {
        const bound = this.#bound.get(frame.ref)
        bound?.channel.sessions.drop(bound.session, this, frame.ref, frame.graceMs)
        return
      }
      case 'release': {
        const bound = this.#bound.get(frame.ref)
        bound?.channel.enter({ type: 'release', session: bound.session })
        return
      }
      case 'masterBroadcast':
        channels.broadcast(frame.identity, frame.connectionAttempt, frame.body)
        return
      case 'end':
        channels.endSession(frame.sessionId, frame.reason)
        return
      case 'endUser':
        channels.endUser(frame.userId, frame.before, frame.message)
        return
      case 'renew':
        channels.find(frame.channelId)?.mirrors.renew(this, frame.version)
    }
  }

  #subscribe({ channelId, epochSeen, past }: Extract<ToBackFrame, { type: 'subscribe' }>): void {
    try {
      const channel = this.#channels.channelFor(channelId, epochSeen, past !== null)
      this.#mirror(channel, past)
    } catch (error) {
      // The links that follow are refused, each with the reason.
      const { reason } = refusalOf(error, this.#log)
      this.send(encodeToFront({ type: 'channel', channelId, open: false, reason }))
    }
  }

  #link({ ref, identity, connectionAttempt, payer, request }: Extract<ToBackFrame, { type: 'masterLink' }>): void {
    try {
      const end = this.#channels.endOf(identity)
      if (end !== null) throw new CentrumError(end.reason, end.message)
      // Who had a link before goes on with it, and what a channel says to another is not lost, also where there is no room.
      const isKnown = request.past !== null || identity.senderKind === 'channel'
      const channel = this.#channels.channelFor(request.channelId, 0, isKnown)
      // A channel that speaks to a channel is not given its state.
      if (identity.senderKind !== 'channel' && !this.#mirrored.has(channel.id)) {
        this.#mirror(channel, null)
        if (!this.#mirrored.has(channel.id)) throw new CentrumError('too-large', this.#unmirrored)
      }
      const session = channel.sessions.link(this, ref, identity, connectionAttempt, request, payer)
      if (session) this.#bound.set(ref, { channel, session })
    } catch (error) {
      this.send(encodeToFront({ type: 'masterDetached', ref, ...refusalOf(error, this.#log), details: null }))
    }
  }
}
