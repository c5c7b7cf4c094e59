/**
 * One channel that speaks to others: a session like any other, with a link to each channel that it speaks to. What it sends waits
 * for the link, is numbered, kept until it has its outcome, and sent again after a break: once, while both channels live. Links
 * that are not used any more end. Knows nothing of how backs are reached.
 */
import { defaultsOf } from '../options/limit-table.js'
import { CentrumError } from '../protocol/errors.js'
import type { Identity } from '../protocol/master-frames.js'
import type { Reason } from '../protocol/reasons.js'
import type { FrontPort, FrontSession, SessionAnswer, SessionEnd, SessionSink } from '../relay/front-port.js'
import type { Clock, Runtime, Timer } from '../runtime/runtime.js'
import { LINK_END_LIMITS } from '../session/link-end-limits.js'
import type { LinkEndOptions } from '../session/link-end-state.js'
import type { LinkCarrier } from '../session/link-holder.js'
import { LinkSet } from '../session/link-set.js'
import { decodeValue } from '../value/decode-value.js'
import { encodeValue } from '../value/encode-value.js'
import { PeerLink } from './peer-link.js'
import type { Outgoing, PeerSpeaker } from './peer-messages.js'
import { PeerRoute, type RouteHost } from './peer-route.js'

export interface PeerSessionOptions {
  readonly speaker: PeerSpeaker
  readonly port: FrontPort
  readonly runtime: Runtime
  readonly limits: { readonly peerMessagesQueuedMax: number; readonly peerWaitMs: number; readonly peerKeepMs: number }
  /** It has nothing any more. */
  over(): void
}

const NO_DATA = encodeValue(null)

export class PeerSession implements SessionSink, RouteHost {
  readonly congested = false
  readonly wantsKeyframe = false
  readonly frameBytesMax = Infinity
  readonly #options: PeerSessionOptions
  readonly #links: LinkSet<PeerLink>
  readonly #routes = new Map<string, PeerRoute>()
  #session: FrontSession | null
  #isEnding = false
  #sweep: Timer | null = null

  constructor(options: PeerSessionOptions) {
    const { speaker, port, runtime, limits } = options
    this.#options = options
    this.#links = new LinkSet<PeerLink>(
      {
        runtime,
        timeoutMs: limits.peerWaitMs,
        limits: defaultsOf(LINK_END_LIMITS),
        send: (frame) => this.#session?.receive(frame),
        flush: () => this.#links.flush(),
        describe: () => 'the channel has closed',
        sessionEnded: (reason, message) => this.#finish(reason, message),
        linkClosed: () => undefined,
        processorChanged: () => undefined,
        unsent: () => undefined,
      },
      linksBefore(speaker.epoch),
    )
    this.#session = port.attach(identityOf(speaker), speaker.epoch, this)
    this.#links.connected(identityOf(speaker).sessionId)
  }

  /** Messages that wait for a link and are kept nowhere else. */
  get waiting(): number {
    let count = 0
    for (const route of this.#routes.values()) count += route.waiting
    return count
  }

  get clock(): Clock {
    return this.#options.runtime.clock
  }

  get isOver(): boolean {
    return this.#session === null
  }

  send(outgoing: Outgoing): void {
    let route = this.#routes.get(outgoing.to)
    if (route === undefined) this.#routes.set(outgoing.to, (route = new PeerRoute(outgoing.to, this)))
    route.send(outgoing)
    this.#sweepLater()
  }

  link(to: string): Promise<PeerLink> {
    const make = (options: LinkEndOptions, carrier: LinkCarrier): PeerLink => new PeerLink(options, carrier)
    return this.#links.link(to, { options: null, processor: false }, {}, make)
  }

  request(link: PeerLink, { name, payload }: Outgoing): Promise<unknown> {
    return this.#links.request(
      link,
      name,
      () => payload,
      {},
      (answer) => decodeValue(answer),
    )
  }

  expectRoom(to: string): void {
    const { waiting } = this
    if (waiting < this.#options.limits.peerMessagesQueuedMax) return
    const message = `${waiting} messages of this channel wait for links to other channels, including '${to}', which is the limit (peerMessagesQueuedMax): send less at once`
    throw new CentrumError('overflow', message)
  }

  /** The channel has closed: what it said still arrives, then all its links end. */
  end(): void {
    this.#isEnding = true
    this.#sweepNow()
  }

  #sweepLater(): void {
    this.#sweep ??= this.#options.runtime.clock.after(this.#options.limits.peerKeepMs, () => {
      this.#sweep = null
      this.#sweepNow()
    })
  }

  #sweepNow(): void {
    const { runtime, limits } = this.#options
    const before = runtime.clock.now() - limits.peerKeepMs
    for (const [to, route] of this.#routes) {
      const { link, usedAtMs } = route
      if ((!this.#isEnding && usedAtMs > before) || route.isWaiting) continue
      // One that was never linked has nothing that could be settled.
      if (!route.isSettled && !this.#isEnding && link?.end.status !== 'closed') continue
      this.#routes.delete(to)
      if (link !== null) void this.#links.unlink(link).then(() => this.#leaveIfOver())
    }
    if (this.#routes.size > 0) this.#sweepLater()
    this.#leaveIfOver()
  }

  #leaveIfOver(): void {
    if (this.#routes.size === 0 && this.#links.size === 0)
      this.#finish('unlinked', 'It has not sent anything for a while.')
  }

  /** Nothing of it remains, here and at other backs. */
  stop(): void {
    this.#finish('closing', 'The back stops.')
  }

  #finish(reason: Reason, message: string): void {
    if (this.#session === null) return
    this.#sweep?.cancel()
    this.#session.drop(reason)
    this.#session = null
    this.#links.close(reason, message)
    for (const route of this.#routes.values()) route.stop()
    this.#options.over()
  }

  answer(frame: SessionAnswer): void {
    this.#links.receive(frame)
  }

  shared(): void {
    // A channel that speaks to a channel is not given its state.
  }

  ended({ reason, message }: SessionEnd): void {
    this.#finish(reason, message)
  }
}

/**
 * Above all numbers of links that earlier owners of the channel used: a link of another owner that had the same number would go on with its
 * entries. Epochs count owners, or are times in milliseconds.
 */
function linksBefore(epoch: number): number {
  return epoch < 2 ** 20 ? epoch * 2 ** 32 : epoch * 1024
}

function identityOf({ channelId }: PeerSpeaker): Identity {
  return {
    senderKind: 'channel',
    sessionId: `@${channelId}`,
    userId: '',
    data: NO_DATA,
    tokenGeneration: 0,
    beganAt: 0,
  }
}
