/**
 * One session on this front: its links by the numbers that its carrier gave them. Input is checked here as far as a front can; payloads
 * are not decoded. Knows nothing of what carries it.
 */
import { isChannelId } from '../protocol/channel-id.js'
import { CentrumError } from '../protocol/errors.js'
import type { LinkRequest } from '../protocol/link-frames.js'
import type { Identity, ToBackFrame } from '../protocol/master-frames.js'
import type { Reason } from '../protocol/reasons.js'
import { payerOf } from './payer-of.js'
import type { RelayContext } from './relay-context.js'
import { type Feeder, type LinkMirror, type LinkSession, RelayedLink } from './relayed-link.js'
import type { FrontSession, SessionFrame, SessionSink } from './front-port.js'

/** What a session asks of the relay that it is part of. */
export interface SessionCore extends RelayContext {
  readonly sessions: { delete(session: RelayedSession): void }
  /** The mirror of a channel; null where no pattern of the app or no back serves it. */
  mirrorOf(channelId: string): SessionMirror | null
  /** Why there is no mirror of a channel. */
  whyUnknown(channelId: string): string
  /** To all backs whose link stands. */
  sendToAll(frame: ToBackFrame): void
  /** What a session broadcasts. */
  broadcastBy(feeder: Feeder, frame: BroadcastFrame): void
}

interface SessionMirror extends LinkMirror {
  /** Takes a new link in, and asks the owner for it or holds it. */
  add(link: RelayedLink): void
}

export type BroadcastFrame = Extract<ToBackFrame, { readonly type: 'masterBroadcast' }>

export class RelayedSession implements FrontSession, LinkSession {
  readonly core: SessionCore
  readonly identity: Identity
  /** Which dial of the session this is: channels keep the greatest, of the token that was renewed most often. */
  readonly connectionAttempt: number
  readonly sink: SessionSink
  fedBatch: object | null = null
  fedBytes = 0
  /** What its bytes count towards. */
  readonly payer: string
  /** Most sessions have one link, and there are many sessions: a map is made for the second. */
  #links: RelayedLink | Map<number, RelayedLink> | null = null
  #state: 'open' | 'closed' = 'open'
  /** The link whose channel may be the processor: a session has at most one. */
  #processor: RelayedLink | null = null
  /** The greatest link number so far: they are never reused (L1). */
  #lastLink = 0

  constructor(core: SessionCore, identity: Identity, connectionAttempt: number, sink: SessionSink) {
    this.core = core
    this.identity = identity
    this.connectionAttempt = connectionAttempt
    this.sink = sink
    this.payer = payerOf(identity, sink.address ?? '')
  }

  get linkCount(): number {
    return this.#links instanceof Map ? this.#links.size : this.#links === null ? 0 : 1
  }

  #find(number: number): RelayedLink | undefined {
    if (this.#links instanceof Map) return this.#links.get(number)
    return this.#links?.number === number ? this.#links : undefined
  }

  /** As they are now. */
  #list(): readonly RelayedLink[] {
    if (this.#links instanceof Map) return [...this.#links.values()]
    return this.#links === null ? [] : [this.#links]
  }

  #add(link: RelayedLink): void {
    if (this.#links instanceof Map) this.#links.set(link.number, link)
    else if (this.#links === null) this.#links = link
    else this.#links = new Map([this.#links, link].map((each) => [each.number, each]))
  }

  /** The link asks for the processor: the one that has it loses it, whether its client gives it back or not. */
  takesProcessor(link: RelayedLink): void {
    const before = this.#processor
    this.#processor = link
    if (before !== link) before?.releaseProcessor()
  }

  /** A channel says that it is the processor: it was before, on another socket. */
  hasProcessor(link: RelayedLink): void {
    if (this.#processor === null) this.#processor = link
    else if (this.#processor !== link) link.releaseProcessor()
  }

  leavesProcessor(link: RelayedLink): void {
    if (this.#processor === link) this.#processor = null
  }

  /** A link is detached. */
  remove(link: RelayedLink): void {
    this.leavesProcessor(link)
    if (this.#links instanceof Map) this.#links.delete(link.number)
    else if (this.#links === link) this.#links = null
  }

  receive(frame: SessionFrame): void {
    if (this.#state === 'closed') return
    switch (frame.type) {
      case 'link':
        this.#link(frame.link, frame.request)
        break
      case 'entry':
        this.#find(frame.link)?.entry(frame.entry)
        break
      case 'seen':
        this.#find(frame.link)?.seen(frame.serverSeq)
        break
      case 'broadcast':
        // It has no number that an outcome could be reported by: at most once means that it may be lost.
        if (frame.body.length > this.core.limits.payloadBytesMax) this.core.counts.cancelled++
        else {
          const { identity, connectionAttempt } = this
          this.core.broadcastBy(this, { type: 'masterBroadcast', identity, connectionAttempt, body: frame.body })
        }
        break
    }
  }

  #link(number: number, request: LinkRequest): void {
    if (number <= this.#lastLink) {
      throw new CentrumError(
        'protocol-error',
        `LINK ${number} arrived after LINK ${this.#lastLink}: link numbers must grow`,
      )
    }
    this.#lastLink = number
    const { payloadBytesMax } = this.core.limits
    const linksMax = this.identity.senderKind === 'client' ? this.core.limits.linksPerSessionMax : Infinity
    const { channelId, options } = request
    if (this.linkCount >= linksMax) {
      const message = `The session has ${this.linkCount} links, the limit is ${linksMax} (linksPerSessionMax). Unlink some first.`
      this.#refuse(number, 'too-many', message)
      return
    }
    if (options !== null && options.length > payloadBytesMax) {
      const message = `The options have ${options.length} bytes, the limit is ${payloadBytesMax} (payloadBytesMax).`
      this.#refuse(number, 'too-large', message)
      return
    }
    const mirror = isChannelId(channelId) ? this.core.mirrorOf(channelId) : null
    if (mirror === null) {
      this.#refuse(number, 'unknown-channel', this.core.whyUnknown(channelId))
      return
    }
    const link = new RelayedLink(this, number, kept(request), mirror)
    this.#add(link)
    if (request.processor) this.takesProcessor(link)
    mirror.add(link)
  }

  #refuse(link: number, reason: Reason, message: string): void {
    this.sink.answer({ type: 'detached', link, reason, relink: false, message, details: null })
  }

  drained(): void {
    for (const link of this.#list()) {
      if (this.sink.congested) return
      link.catchUp()
    }
  }

  drop(reason: Reason, graceMs = 0): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    for (const link of this.#list()) link.disconnected(reason, graceMs)
    this.core.sessions.delete(this)
  }

  end(reason: Reason): void {
    if (this.#state === 'closed') return
    this.close()
    const { senderKind, sessionId } = this.identity
    if (senderKind === 'client')
      this.core.ended.add(sessionId, { reason: 'session-expired', message: 'The session is over.' })
    // To all: channels that know the session from other fronts end it as well.
    this.core.sendToAll({ type: 'end', sessionId: this.identity.sessionId, reason })
  }

  /** All links close; neither backs nor the carrier get a frame for it. */
  close(): void {
    this.#state = 'closed'
    for (const link of this.#list()) link.close()
    this.core.sessions.delete(this)
  }
}

/** A request may be held for long; what was read is a view on a larger buffer. */
function kept(request: LinkRequest): LinkRequest {
  return request.options === null ? request : { ...request, options: request.options.slice() }
}
