/**
 * One session on this front: its links by the numbers that its carrier gave them. What comes in is checked here as far as a
 * front can; payloads stay closed. Knows nothing of what carries it.
 */
import { isChannelId } from '../../protocol/channel-id.js'
import { CentrumError } from '../../protocol/errors.js'
import type { LinkRequest } from '../../protocol/link-frames.js'
import type { Identity } from '../../protocol/master-frames.js'
import type { Reason } from '../../protocol/reasons.js'
import type { FrontCore } from './front-core.js'
import { RelayedLink } from './relayed-link.js'
import type { FrontSession, SessionFrame, SessionSink } from './front-port.js'

export class RelayedSession implements FrontSession {
  readonly identity: Identity
  /** Which dial of the session this is: channels keep the greatest, of the token that was renewed most often. */
  readonly connectionAttempt: number
  readonly sink: SessionSink
  readonly #core: FrontCore
  readonly #links = new Map<number, RelayedLink>()
  #state: 'open' | 'over' = 'open'
  /** The greatest link number so far: they are never reused (L1). */
  #lastLink = 0

  constructor(core: FrontCore, identity: Identity, connectionAttempt: number, sink: SessionSink) {
    this.#core = core
    this.identity = identity
    this.connectionAttempt = connectionAttempt
    this.sink = sink
  }

  get linkCount(): number {
    return this.#links.size
  }

  receive(frame: SessionFrame): void {
    if (this.#state === 'over') return
    switch (frame.type) {
      case 'link':
        this.#link(frame.link, frame.request)
        break
      case 'entry':
        this.#links.get(frame.link)?.entry(frame.entry)
        break
      case 'seen':
        this.#links.get(frame.link)?.seen(frame.serverSeq)
        break
      case 'broadcast':
        // It has no number that an outcome could be told of: at most once means that it may be lost.
        if (frame.body.length > this.#core.limits.payloadBytesMax) this.#core.counts.cancelled++
        else {
          const { identity, connectionAttempt } = this
          this.#core.sendToAll({ type: 'masterBroadcast', identity, connectionAttempt, body: frame.body })
        }
        break
    }
  }

  #link(number: number, request: LinkRequest): void {
    if (number <= this.#lastLink) {
      throw new CentrumError(
        'protocol-error',
        `LINK ${number} came after LINK ${this.#lastLink}: numbers of links only grow`,
      )
    }
    this.#lastLink = number
    const { linksPerSessionMax, payloadBytesMax } = this.#core.limits
    const { channelId, options } = request
    if (this.#links.size >= linksPerSessionMax) {
      const message = `The session has ${this.#links.size} links, the limit is ${linksPerSessionMax} (linksPerSessionMax). Unlink some first.`
      this.#refuse(number, 'too-many', message)
      return
    }
    if (options !== null && options.length > payloadBytesMax) {
      const message = `The options have ${options.length} bytes, the limit is ${payloadBytesMax} (payloadBytesMax).`
      this.#refuse(number, 'too-large', message)
      return
    }
    const mirror = isChannelId(channelId) ? this.#core.mirrorOf(channelId) : null
    if (mirror === null) {
      this.#refuse(number, 'unknown-channel', `No channel of this app has the id '${channelId.slice(0, 64)}'.`)
      return
    }
    const link = new RelayedLink(this.#core, this, number, kept(request), mirror)
    this.#links.set(number, link)
    mirror.add(link)
  }

  #refuse(link: number, reason: Reason, message: string): void {
    this.sink.answer({ type: 'detached', link, reason, relink: false, message, details: null })
  }

  /** A link is over. */
  remove(link: RelayedLink): void {
    this.#links.delete(link.number)
  }

  drained(): void {
    for (const link of this.#links.values()) {
      if (this.sink.congested) return
      link.catchUp()
    }
  }

  drop(reason: Reason): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    for (const link of [...this.#links.values()]) link.gone(reason)
    this.#core.forget(this)
  }

  end(reason: Reason): void {
    if (this.#state === 'over') return
    this.close()
    // To all: channels that know the session from other fronts end it as well.
    this.#core.sendToAll({ type: 'end', sessionId: this.identity.sessionId, reason })
  }

  /** The session is over, and whoever has to know does. */
  close(): void {
    this.#state = 'over'
    for (const link of [...this.#links.values()]) link.end()
    this.#core.forget(this)
  }
}

/** A request may be held for long; what was read is a view on a larger buffer. */
function kept(request: LinkRequest): LinkRequest {
  return request.options === null ? request : { ...request, options: request.options.slice() }
}
