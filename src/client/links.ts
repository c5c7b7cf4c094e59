/**
 * All links of a connection: which frame is for which, one link a channel at a time, and opening each again after a break.
 * Knows nothing of sockets and sessions beyond what its host says.
 */
import { channelIdProblem } from '../protocol/channel-id.js'
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Runtime, Timer } from '../runtime/runtime.js'
import { newLinkCounts } from '../session/link-end-state.js'
import { type LinkAnswer, type LinkFrame, relinkDelayMs } from '../session/link-holder.js'
import { ClientLink, type ClientLinkHost } from './channel-link.js'
import type { ClientSettings } from './connect-options.js'
import { encodePayload } from './payload.js'
import { ProcessorSwitch } from './processor.js'
import { waitFor, type Waiting, type WaitSettings } from './wait.js'
import type { Wire } from './wire.js'

/** Channels whose greatest epoch is remembered when no link to them is left. The oldest is forgotten first. */
const EPOCHS_MAX = 4096
/** How long what was seen waits to be told, in milliseconds. */
const SEEN_MS = 100

export interface LinksHost {
  /** How the connection is, for errors of links that wait for it. */
  describe(): string
  /** A channel said that the whole session is over. */
  ended(reason: Reason, message: string): void
  /** A link is closed. */
  closed(): void
  processor(link: ClientLink | null, reason: Reason | null): void
}

export interface LinkSettings extends WaitSettings {
  readonly options?: unknown
  readonly processor?: boolean
}

export class Links implements ClientLinkHost {
  readonly processor: ProcessorSwitch
  readonly runtime: Runtime
  readonly timeoutMs: number
  /** The longest frame that the front takes; 0 where it has not said it yet. */
  frameBytesMax = 0
  readonly #settings: ClientSettings
  readonly #host: LinksHost
  readonly #counts = newLinkCounts()
  readonly #all = new Set<ClientLink>()
  readonly #byChannel = new Map<string, ClientLink>()
  readonly #relinks = new Map<ClientLink, Timer>()
  readonly #epochs = new Map<string, number>()
  #wire: Wire | null = null
  /** What was seen is told at the latest then, and earlier if anything else is. */
  #seen: Timer | null = null
  #sessionId = ''
  /** Of links, for the channels to tell them apart; and of LINKs, never used twice on a connection. */
  #linkNumber = 0
  #number = 0

  constructor(settings: ClientSettings, host: LinksHost) {
    this.#settings = settings
    this.#host = host
    this.runtime = settings.runtime
    this.timeoutMs = settings.timeoutMs
    this.processor = new ProcessorSwitch(settings, host.processor)
  }

  /** Resolves with the link when it is live for the first time. */
  link(id: string, settings: LinkSettings): Promise<ClientLink> {
    const describe = (): string => {
      const reason = this.#byChannel.get(id)?.reason
      const why = this.#wire === null ? this.#host.describe() : `it is stalled: ${reason ?? 'no answer'}`
      return `'${id}' was not linked (${why})`
    }
    return waitFor(this, settings, describe, (waiting) => {
      const problem = channelIdProblem(id)
      if (problem !== null) throw new CentrumError('invalid-channel-id', `the channel id ${problem}`)
      const options = settings.options === undefined ? null : encodePayload(settings.options, 'the options')
      let link: ClientLink | null = null
      let wanted = true
      const begin = (): void => {
        // Of several that waited for the same link to be closed only the first finds the way free.
        if (!wanted) return
        if (this.#byChannel.has(id)) waiting.reject(new CentrumError('already-linked', `'${id}' is linked already`))
        else link = this.#begin(id, options, settings.processor === true, waiting)
      }
      const before = this.#byChannel.get(id)
      if (before?.end.ending === true) void before.unlink().then(begin)
      else begin()
      return () => {
        wanted = false
        if (link === null) return
        // Nobody waits for it any more: it unlinks as soon as it is linked, and does not stand in the way of another.
        this.#forget(link)
        link.end.unlink()
      }
    })
  }

  /** There is a connection: every link is opened on it. */
  connected(wire: Wire, sessionId: string): void {
    this.#wire = wire
    this.#sessionId = sessionId
    this.frameBytesMax = wire.frameBytesMax
    for (const link of this.#all) this.#open(link)
  }

  /** There is none any more. */
  lost(reason: Reason): void {
    this.#wire = null
    this.#seen?.cancel()
    this.#seen = null
    for (const link of this.#all) {
      this.#cancel(link)
      link.end.lost(reason)
    }
  }

  receive(frame: LinkAnswer): void {
    let link: ClientLink | undefined
    if (frame.type === 'shared') link = this.#byChannel.get(frame.block.channelId)
    else if (frame.type === 'keyframe') link = this.#byChannel.get(frame.keyframe.channelId)
    else link = [...this.#all].find(({ end }) => end.link === frame.link)
    if (link === undefined) return
    link.end.receive(frame)
    this.heard(link)
  }

  /** Says what was seen. */
  flush(): void {
    this.#seen?.cancel()
    this.#seen = null
    for (const link of this.#all) link.end.flush()
  }

  unlinkAll(): void {
    for (const link of this.#all) link.end.unlink()
  }

  /** The session is over. */
  end(reason: Reason, message: string): void {
    for (const link of this.#all) link.end.end(reason, message)
  }

  inspect(): { readonly [count: string]: number } {
    const held = { links: this.#all.size, relinks: this.#relinks.size, retained: 0, retainedBytes: 0, held: 0 }
    for (const link of this.#all) {
      const counts = link.end.inspect()
      held.retained += counts.retained
      held.retainedBytes += counts.retainedBytes
      held.held += counts.held
    }
    return { ...this.#counts, ...held, processorWaiting: this.processor.waiting }
  }

  send(frame: LinkFrame): void {
    this.#wire?.send(frame)
  }

  again(link: ClientLink, failures: number): void {
    const delayMs = relinkDelayMs(failures)
    this.#cancel(link)
    if (delayMs === 0) {
      this.#open(link)
      return
    }
    const { clock, random } = this.runtime
    const timer = clock.after(delayMs * (0.5 + random.float() / 2), () => {
      this.#relinks.delete(link)
      this.#open(link)
    })
    this.#relinks.set(link, timer)
  }

  heard({ end }: ClientLink): void {
    if (this.#wire === null || !end.owesSeen) return
    this.#seen ??= this.runtime.clock.after(SEEN_MS, () => this.#wire?.flush())
  }

  closed(link: ClientLink, reason: Reason, message: string): void {
    this.#all.delete(link)
    this.#cancel(link)
    this.#epochs.delete(link.id)
    this.#epochs.set(link.id, link.epoch)
    for (const oldest of this.#epochs.keys()) if (this.#epochs.size > EPOCHS_MAX) this.#epochs.delete(oldest)
    this.#forget(link)
    if (reason === 'replaced' || reason === 'kicked') this.#host.ended(reason, message)
    this.#host.closed()
  }

  #begin(id: string, options: Uint8Array | null, processor: boolean, waiting: Waiting<ClientLink>): ClientLink {
    const end = {
      channelId: id,
      linkNumber: ++this.#linkNumber,
      options,
      processor: processor && this.processor.free,
      epochSeen: this.#epochs.get(id) ?? 0,
      limits: this.#settings.limits,
      counts: this.#counts,
    }
    const link = new ClientLink(this, end, waiting)
    this.#all.add(link)
    this.#byChannel.set(id, link)
    if (processor) this.processor.want(link)
    this.#open(link)
    return link
  }

  #open(link: ClientLink): void {
    if (this.#wire !== null) link.end.open(++this.#number, this.#sessionId)
  }

  #cancel(link: ClientLink): void {
    this.#relinks.get(link)?.cancel()
    this.#relinks.delete(link)
  }

  #forget(link: ClientLink): void {
    if (this.#byChannel.get(link.id) === link) this.#byChannel.delete(link.id)
    this.processor.closed(link)
  }
}
