/**
 * All links of a connection: which frame is for which, one link a channel at a time, and opening each again after a break.
 * Knows nothing of sockets and sessions beyond what its host says.
 */
import { channelIdProblem } from '../protocol/channel-id.js'
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Timer } from '../runtime/runtime.js'
import { type LinkAnswer, type LinkFrame, relinkDelayMs } from '../session/link-holder.js'
import { ClientLink, type ClientLinkHost } from './channel-link.js'
import type { ClientSettings } from './connect-options.js'
import { encodePayload } from './payload.js'
import { ProcessorSwitch } from './processor.js'
import { waitFor, type Waiting, type WaitSettings } from './wait.js'

/** Channels whose greatest epoch is remembered when no link to them is left. The oldest is forgotten first. */
const EPOCHS_MAX = 4096

export interface LinksHost {
  readonly settings: ClientSettings
  /** The session that the connection speaks for; null while there is no connection. */
  readonly sessionId: string | null
  readonly frameBytesMax: number
  /** How the connection is, for errors of links that wait for it. */
  readonly described: string
  send(frame: LinkFrame): void
  /** Has `flush` called when the connection writes next. */
  wantFlush(): void
  /** A channel said that the whole session is over. */
  ended(reason: Reason, message: string): void
  /** The last link is closed. */
  empty(): void
}

export interface LinkSettings extends WaitSettings {
  readonly options?: unknown
  readonly processor?: boolean
}

export class Links {
  readonly processor: ProcessorSwitch
  readonly #host: LinksHost
  readonly #linkHost: ClientLinkHost
  readonly #all = new Set<ClientLink>()
  readonly #byNumber = new Map<number, ClientLink>()
  readonly #numbers = new Map<ClientLink, number>()
  readonly #byChannel = new Map<string, ClientLink>()
  readonly #opening = new Map<ClientLink, Waiting<ClientLink>>()
  readonly #relinks = new Map<ClientLink, Timer>()
  /** Who waits for a link to be closed, to link to its channel again. */
  readonly #waiting = new Map<ClientLink, Set<() => void>>()
  readonly #epochs = new Map<string, number>()
  /** What closed links had done. */
  readonly #past = new Map<string, number>()
  #linkNumber = 0
  #number = 0

  constructor(host: LinksHost) {
    this.#host = host
    const { runtime, timeoutMs } = host.settings
    this.processor = new ProcessorSwitch({ runtime, timeoutMs })
    const { processor } = this
    this.#linkHost = {
      runtime,
      timeoutMs,
      get frameBytesMax() {
        return host.frameBytesMax
      },
      send: (_link, frame) => host.send(frame),
      again: (link, failures) => this.#again(link, failures),
      ready: (link) => this.#ready(link),
      acknowledged: () => processor.drain(),
      processor: (link, is, reason) => processor.told(link, is, reason),
      closed: (link, reason, message) => this.#closed(link, reason, message),
    }
  }

  get count(): number {
    return this.#all.size
  }

  /** Resolves with the link when it is live for the first time. */
  link(id: string, settings: LinkSettings): Promise<ClientLink> {
    const { runtime, timeoutMs } = this.#host.settings
    const describe = (): string => `'${id}' was not linked (${this.#whyNot(id)})`
    return waitFor({ runtime, timeoutMs }, settings, describe, (waiting) => {
      const problem = channelIdProblem(id)
      if (problem !== null) throw new CentrumError('invalid-channel-id', `the channel id ${problem}`)
      const options = settings.options === undefined ? null : encodePayload(settings.options, 'the options')
      let link: ClientLink | null = null
      const begin = (): void => {
        // Of several that waited for the same link to be closed only the first finds the way free.
        if (this.#byChannel.has(id)) waiting.reject(alreadyLinked(id))
        else link = this.#begin(id, options, settings.processor === true, waiting)
      }
      const before = this.#byChannel.get(id)
      if (before?.end.ending === true) this.#after(before, begin)
      else begin()
      return () => {
        if (link !== null) this.#giveUp(link)
        else if (before !== undefined) this.#waiting.get(before)?.delete(begin)
      }
    })
  }

  /** There is a connection: every link is opened on it. */
  connected(): void {
    for (const link of this.#all) this.#open(link)
  }

  /** There is none any more. */
  lost(reason: Reason): void {
    for (const timer of this.#relinks.values()) timer.cancel()
    this.#relinks.clear()
    this.#byNumber.clear()
    this.#numbers.clear()
    for (const link of this.#all) link.end.lost(reason)
  }

  receive(frame: LinkAnswer): void {
    const link =
      frame.type === 'shared'
        ? this.#byChannel.get(frame.block.channelId)
        : frame.type === 'keyframe'
          ? this.#byChannel.get(frame.keyframe.channelId)
          : this.#byNumber.get(frame.link)
    if (link === undefined) return
    link.end.receive(frame)
    if (link.end.owesSeen) this.#host.wantFlush()
  }

  /** Says what was seen. */
  flush(): void {
    for (const link of this.#all) link.end.flush()
  }

  unlinkAll(): void {
    for (const link of this.#all) link.end.unlink()
  }

  /** The session is over. */
  end(reason: Reason, message: string): void {
    for (const link of this.#all) link.end.end(reason, message)
  }

  inspect(): Map<string, number> {
    const counts = new Map(this.#past)
    for (const link of this.#all) addCounts(counts, link)
    return counts.set('links', this.#all.size).set('relinksWaiting', this.#relinks.size)
  }

  #whyNot(id: string): string {
    const link = this.#byChannel.get(id)
    if (this.#host.sessionId === null) return this.#host.described
    return link?.reason == null ? 'the channel has not answered' : `the link is stalled: ${link.reason}`
  }

  #begin(id: string, options: Uint8Array | null, processor: boolean, waiting: Waiting<ClientLink>): ClientLink {
    const link: ClientLink = new ClientLink(this.#linkHost, {
      channelId: id,
      linkNumber: ++this.#linkNumber,
      options,
      processor: processor && this.processor.free,
      epochSeen: this.#epochs.get(id) ?? 0,
      limits: this.#host.settings.limits,
    })
    this.#all.add(link)
    this.#byChannel.set(id, link)
    this.#opening.set(link, waiting)
    if (processor) this.processor.want(link)
    this.#open(link)
    return link
  }

  #after(before: ClientLink, begin: () => void): void {
    const waiting = this.#waiting.get(before) ?? new Set()
    this.#waiting.set(before, waiting.add(begin))
  }

  #open(link: ClientLink): void {
    const { sessionId } = this.#host
    if (sessionId === null) return
    this.#unnumber(link)
    const number = ++this.#number
    this.#byNumber.set(number, link)
    this.#numbers.set(link, number)
    link.end.open(number, sessionId)
  }

  #unnumber(link: ClientLink): void {
    const number = this.#numbers.get(link)
    if (number !== undefined) this.#byNumber.delete(number)
    this.#numbers.delete(link)
  }

  #again(link: ClientLink, failures: number): void {
    const { clock, random } = this.#host.settings.runtime
    const delayMs = relinkDelayMs(failures)
    this.#relinks.get(link)?.cancel()
    this.#relinks.delete(link)
    if (delayMs === 0) {
      this.#open(link)
      return
    }
    const timer = clock.after(delayMs * (0.5 + random.float() / 2), () => {
      this.#relinks.delete(link)
      this.#open(link)
    })
    this.#relinks.set(link, timer)
  }

  #ready(link: ClientLink): void {
    const opening = this.#opening.get(link)
    if (opening === undefined) return
    this.#opening.delete(link)
    this.processor.ready(link)
    opening.resolve(link)
    // What comes behind is handed on after the code behind `await link()` has run.
    this.#host.settings.runtime.clock.soon(() => {
      link.end.go()
      if (link.end.owesSeen) this.#host.wantFlush()
    })
  }

  /** Nobody waits for it any more: it unlinks as soon as it is linked, and does not stand in the way of another. */
  #giveUp(link: ClientLink): void {
    this.#opening.delete(link)
    this.#forget(link)
    link.end.unlink()
  }

  #forget(link: ClientLink): void {
    if (this.#byChannel.get(link.id) === link) this.#byChannel.delete(link.id)
    this.processor.closed(link)
  }

  #closed(link: ClientLink, reason: Reason, message: string): void {
    addCounts(this.#past, link)
    this.#remember(link)
    this.#all.delete(link)
    this.#unnumber(link)
    this.#relinks.get(link)?.cancel()
    this.#relinks.delete(link)
    this.#forget(link)
    this.#opening.get(link)?.reject(new CentrumError(reason, message || `'${link.id}' refused the link: ${reason}`))
    this.#opening.delete(link)
    for (const begin of this.#waiting.get(link) ?? []) begin()
    this.#waiting.delete(link)
    if (reason === 'replaced' || reason === 'kicked') this.#host.ended(reason, message)
    if (this.#all.size === 0) this.#host.empty()
  }

  #remember(link: ClientLink): void {
    this.#epochs.delete(link.id)
    this.#epochs.set(link.id, link.epoch)
    if (this.#epochs.size <= EPOCHS_MAX) return
    for (const oldest of this.#epochs.keys()) {
      this.#epochs.delete(oldest)
      return
    }
  }
}

function addCounts(counts: Map<string, number>, link: ClientLink): void {
  for (const [name, count] of Object.entries(link.end.inspect())) counts.set(name, (counts.get(name) ?? 0) + count)
}

function alreadyLinked(id: string): CentrumError {
  return new CentrumError(
    'already-linked',
    `this connection is linked to '${id}' already, or links to it just now: use that link, or unlink it first`,
  )
}
