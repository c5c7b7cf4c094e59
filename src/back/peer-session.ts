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
import type { Runtime, Timer } from '../runtime/runtime.js'
import { LinkEnd, type SetLink } from '../session/link-end.js'
import { LINK_END_LIMITS } from '../session/link-end-limits.js'
import type { LinkEndOptions } from '../session/link-end-state.js'
import type { LinkCarrier, LinkHolder } from '../session/link-holder.js'
import { LinkSet } from '../session/link-set.js'
import { decodeValue } from '../value/decode-value.js'
import { encodeValue } from '../value/encode-value.js'
import type { Outgoing, PeerSpeaker } from './peer-messages.js'

export interface PeerSessionOptions {
  readonly speaker: PeerSpeaker
  readonly port: FrontPort
  readonly runtime: Runtime
  readonly limits: { readonly peerMessagesQueuedMax: number; readonly peerWaitMs: number; readonly peerKeepMs: number }
  /** It has nothing any more. */
  over(): void
}

const NO_DATA = encodeValue(null)

/** A link to one channel. */
class PeerLink implements SetLink {
  readonly id: string
  readonly end: LinkEnd
  /** Messages whose outcome may still be a refusal, by their numbers. */
  readonly sent = new Map<number, Outgoing>()

  constructor(options: LinkEndOptions, carrier: LinkCarrier) {
    this.id = options.channelId
    this.end = new LinkEnd({ ...options, stateless: true }, this.#holder(), carrier)
  }

  #holder(): LinkHolder {
    const nothing = (): void => undefined
    return {
      linked: nothing,
      load: nothing,
      patch: nothing,
      changed: nothing,
      event: nothing,
      status: nothing,
      reset: nothing,
      missed: nothing,
      refused: (clientSeq, error) => {
        this.sent.get(clientSeq)?.settle({ ok: false, error })
        this.sent.delete(clientSeq)
      },
    }
  }

  /** Those that were processed are done. */
  settleSent(): void {
    for (const clientSeq of this.sent.keys()) if (clientSeq <= this.end.acknowledged) this.sent.delete(clientSeq)
  }
}

/** What is for one channel: it waits for the link, or goes on it. */
interface Route {
  link: PeerLink | null
  waiting: Outgoing[]
  usedAtMs: number
}

export class PeerSession implements SessionSink {
  readonly congested = false
  readonly wantsKeyframe = false
  readonly frameBytesMax = Infinity
  readonly #options: PeerSessionOptions
  readonly #links: LinkSet<PeerLink>
  readonly #routes = new Map<string, Route>()
  #session: FrontSession | null
  #waiting = 0
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
      // Above those of earlier owners of the channel.
      speaker.epoch,
    )
    this.#session = port.attach(identityOf(speaker), speaker.epoch, this)
    this.#links.connected(identityOf(speaker).sessionId)
  }

  /** Messages that wait for a link. */
  get waiting(): number {
    return this.#waiting
  }

  send(outgoing: Outgoing): void {
    const { runtime, limits } = this.#options
    const known = this.#routes.get(outgoing.to)
    const route = known === undefined || known.link?.end.ending === true ? this.#open(outgoing.to) : known
    route.usedAtMs = runtime.clock.now()
    if (route.link !== null) this.#deliver(route.link, outgoing)
    else if (this.#waiting >= limits.peerMessagesQueuedMax) refuse(outgoing, this.#waiting)
    else {
      this.#waiting++
      route.waiting.push(outgoing)
    }
    this.#sweepLater()
  }

  #open(to: string): Route {
    const route: Route = { link: null, waiting: [], usedAtMs: this.#options.runtime.clock.now() }
    this.#routes.set(to, route)
    const make = (options: LinkEndOptions, carrier: LinkCarrier): PeerLink => new PeerLink(options, carrier)
    this.#links.link(to, { options: null, processor: false }, {}, make).then(
      (link) => {
        route.link = link
        for (const outgoing of this.#takeWaiting(route)) this.#deliver(link, outgoing)
      },
      (error: unknown) => {
        if (this.#routes.get(to) === route) this.#routes.delete(to)
        for (const { settle } of this.#takeWaiting(route)) settle({ ok: false, error })
      },
    )
    return route
  }

  #takeWaiting(route: Route): Outgoing[] {
    const { waiting } = route
    route.waiting = []
    this.#waiting -= waiting.length
    return waiting
  }

  #deliver(link: PeerLink, outgoing: Outgoing): void {
    const { name, payload, request, settle } = outgoing
    if (request) {
      this.#links
        .request(
          link,
          name,
          () => payload,
          {},
          (answer) => decodeValue(answer),
        )
        .then(
          (value) => settle({ ok: true, value }),
          (error: unknown) => settle({ ok: false, error }),
        )
      return
    }
    link.settleSent()
    try {
      link.sent.set(link.end.send(name, payload), outgoing)
    } catch (error) {
      settle({ ok: false, error })
    }
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
      const isUsed = !this.#isEnding && route.usedAtMs > before
      if (isUsed || route.waiting.length > 0 || route.link === null) continue
      const { link } = route
      if (link.end.status !== 'closed' && link.end.inspect().retained > 0 && !this.#isEnding) continue
      this.#routes.delete(to)
      void this.#links.unlink(link).then(() => this.#leaveIfOver())
    }
    if (this.#routes.size > 0) this.#sweepLater()
    this.#leaveIfOver()
  }

  #leaveIfOver(): void {
    if (this.#routes.size === 0 && this.#links.size === 0) this.#finish('unlinked', 'It has nothing to say any more.')
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

function refuse({ to, settle }: Outgoing, waiting: number): void {
  const message = `${waiting} messages of this channel wait for their links, one of them to '${to}', the limit is reached (peerMessagesQueuedMax): send less at once`
  settle({ ok: false, error: new CentrumError('overflow', message) })
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
