/**
 * A session's links at its own end: one to a channel at a time, opened again after every break, and which of them is the
 * processor. Used by the client's library and by the sessions that a front carries itself. It knows no sockets: its host
 * calls it when there is a connection, and with what comes in.
 */
import { channelIdProblem } from '../protocol/channel-id.js'
import { CentrumError } from '../protocol/errors.js'
import type { Reason } from '../protocol/reasons.js'
import type { Timer } from '../runtime/runtime.js'
import { BoundedMap } from './bounded-map.js'
import { type LinkEndInspection, type LinkEndOptions, newLinkEndCounts } from './link-end-state.js'
import type { SetLink } from './link-end.js'
import { type EndStatus, type LinkAnswer, type LinkCarrier, relinkDelayMs } from './link-holder.js'
import type { LinkSetHost, LinkSetInspection, LinkSetRequest } from './link-set-host.js'
import { readDetails } from './outbound.js'
import { ProcessorSwitch } from './processor-switch.js'
import { waitFor, type Waiting, type WaitOptions } from './wait-for.js'

/** Channels whose greatest epoch is remembered after their last link. */
const EPOCHS_MAX = 4096
/** How long an unlink waits for the channel at most, in milliseconds. */
const UNLINK_MS_MAX = 10_000
/** How long the report of what was seen waits for another frame to go along with, in milliseconds. */
const SEEN_MS = 100

interface Slot<L> {
  readonly link: L
  readonly request: LinkSetRequest
  /** Calls that wait for it. */
  readonly opening: Set<Waiting<L>>
  /** Calls that were given it, or wait for it, and have not given it back. */
  holders: number
  /** Its number on the present connection; 0 for none yet. */
  number: number
  wasLive: boolean
  /** Why it is not live. */
  reason: Reason | null
  relinking: Timer | null
  /** Called when it is closed. */
  readonly closed: (() => void)[]
}

export class LinkSet<L extends SetLink> {
  readonly processor: ProcessorSwitch<L>
  readonly #host: LinkSetHost<L>
  readonly #counts = newLinkEndCounts()
  readonly #slots = new Map<L, Slot<L>>()
  readonly #byChannel = new Map<string, Slot<L>>()
  readonly #byNumber = new Map<number, Slot<L>>()
  readonly #epochs = new BoundedMap<string, number>(EPOCHS_MAX)
  /** The session that the present connection speaks for; null while there is none. */
  #sessionId: string | null = null
  #isClosed = false
  /** LINKs are numbered over all connections, so that no number is ever used again. */
  #lastNumber = 0
  #lastLinkNumber: number
  /** Until what was seen is reported, unless something else is sent before. */
  #reporting: Timer | null = null

  /** `lastLinkNumber`: the greatest that the session has used for a link before. */
  constructor(host: LinkSetHost<L>, lastLinkNumber = 0) {
    this.#host = host
    this.#lastLinkNumber = lastLinkNumber
    this.processor = new ProcessorSwitch(host, (link) => this.unlink(link))
  }

  get lastLinkNumber(): number {
    return this.#lastLinkNumber
  }

  get size(): number {
    return this.#slots.size
  }

  /** The link to a channel; undefined where none was begun, or the last has been given back. */
  get(channelId: string): L | undefined {
    return this.#byChannel.get(channelId)?.link
  }

  /** The link to a channel, where it was live already and is not about to end. */
  linked(channelId: string): L | null {
    const slot = this.#byChannel.get(channelId)
    return slot?.wasLive && !slot.link.end.ending ? slot.link : null
  }

  /**
   * Links to a channel, and resolves with the link when it is live for the first time. `make` makes it, with the end that the
   * options and the carrier are for. Rejects with a `CentrumError`: `already-linked`, `timeout`, `aborted`, `stopped`, or
   * why the channel refused.
   */
  link(
    channelId: string,
    request: LinkSetRequest,
    settings: WaitOptions,
    make: (options: LinkEndOptions, carrier: LinkCarrier) => L,
  ): Promise<L> {
    return waitFor(
      this.#host,
      settings,
      () => this.#describe(channelId),
      (opening) => {
        const problem = channelIdProblem(channelId)
        if (problem !== null) throw new CentrumError('invalid-channel-id', `the channel id ${problem}`)
        let slot: Slot<L> | undefined
        let withdrawn = false
        const begin = (): void => {
          if (withdrawn) return
          slot = this.#shared(channelId, request) ?? this.#add(channelId, request, make)
          slot.holders++
          if (slot.wasLive) opening.resolve(slot.link)
          else slot.opening.add(opening)
          if (slot.number === 0) this.#open(slot)
        }
        const before = this.get(channelId)
        if (before?.end.ending === true) this.unlink(before).then(begin).catch(opening.reject)
        else begin()
        return () => {
          withdrawn = true
          slot?.opening.delete(opening)
          if (slot === undefined || --slot.holders > 0) return
          // It unlinks as soon as it is linked, and does not stand in the way of another.
          this.#forget(slot)
          slot.link.end.unlink()
        }
      },
    )
  }

  /** Where links are shared, the one that a channel has already; undefined where it has none. Throws where it cannot be given out. */
  #shared(channelId: string, { options, processor }: LinkSetRequest): Slot<L> | undefined {
    if (this.#isClosed) throw new CentrumError('stopped', `'${channelId}' was not linked: the session is over`)
    const slot = this.#byChannel.get(channelId)
    if (slot === undefined) return undefined
    const { shares } = this.#host
    if (!shares || String(slot.request.options) !== String(options)) {
      const how = shares ? ' with other options: unlink it first' : ''
      throw new CentrumError('already-linked', `'${channelId}' is linked already${how}`)
    }
    if (processor) this.processor.want(slot.link)
    if (slot.wasLive) this.processor.ready(slot.link)
    return slot
  }

  #describe(channelId: string): string {
    const reason = this.#byChannel.get(channelId)?.reason ?? 'no answer'
    const why = this.#sessionId === null ? this.#host.describe() : `it is stalled: ${reason}`
    return `'${channelId}' was not linked (${why})`
  }

  /** A new link, which is not open yet. */
  #add(
    channelId: string,
    request: LinkSetRequest,
    make: (options: LinkEndOptions, carrier: LinkCarrier) => L,
  ): Slot<L> {
    const { options, processor } = request
    const carrier: LinkCarrier = {
      send: (frame) => {
        if (this.#sessionId !== null) this.#host.send(frame)
      },
      acknowledged: () => this.processor.drain(),
      status: (status, reason, message, details) => this.#statusOf(slot, status, reason, message, details),
      processor: (is, reason) => this.processor.noticed(slot.link, is, reason),
      relink: (failures) => this.#relink(slot, failures),
    }
    const link = make(
      {
        channelId,
        linkNumber: ++this.#lastLinkNumber,
        options,
        processor: processor && this.processor.free,
        epochSeen: this.#epochs.get(channelId) ?? 0,
        limits: this.#host.limits,
        counts: this.#counts,
      },
      carrier,
    )
    const slot: Slot<L> = {
      link,
      request,
      opening: new Set(),
      holders: 0,
      number: 0,
      wasLive: false,
      reason: null,
      relinking: null,
      closed: [],
    }
    this.#slots.set(link, slot)
    this.#byChannel.set(channelId, slot)
    if (processor) this.processor.want(link)
    return slot
  }

  #open(slot: Slot<L>): void {
    if (this.#sessionId === null) return
    this.#byNumber.delete(slot.number)
    slot.number = ++this.#lastNumber
    this.#byNumber.set(slot.number, slot)
    slot.link.end.open(slot.number, this.#sessionId)
  }

  #relink(slot: Slot<L>, failures: number): void {
    const delayMs = relinkDelayMs(failures)
    cancelRelink(slot)
    if (delayMs === 0) {
      this.#open(slot)
      return
    }
    const { clock, random } = this.#host.runtime
    slot.relinking = clock.after(delayMs * (0.5 + random.float() / 2), () => {
      slot.relinking = null
      this.#open(slot)
    })
  }

  #statusOf(
    slot: Slot<L>,
    status: EndStatus,
    reason: Reason | null,
    message: string,
    details: Uint8Array | null,
  ): void {
    const { link, opening } = slot
    slot.reason = reason
    if (status === 'live' && !slot.wasLive) {
      slot.wasLive = true
      this.processor.ready(link)
      for (const waiting of opening) waiting.resolve(link)
      opening.clear()
      // What follows is handed on after the code behind `await link()` has run.
      this.#host.runtime.clock.soon(() => {
        link.end.go()
        this.#reportLater(link)
      })
    }
    if (status !== 'closed' || reason === null) return
    this.#slots.delete(link)
    this.#byNumber.delete(slot.number)
    cancelRelink(slot)
    this.#epochs.set(link.id, link.end.at.epoch)
    this.#forget(slot)
    for (const closed of slot.closed) closed()
    if (reason === 'replaced' || reason === 'kicked') this.#host.sessionEnded(reason, message)
    this.#host.linkClosed()
    const why = message || `the link to '${link.id}' ended: ${reason}`
    const error = new CentrumError(reason, why, details === null ? {} : { details: readDetails(details) })
    for (const waiting of opening) waiting.reject(error)
  }

  /** Another link to the channel may begin. */
  #forget(slot: Slot<L>): void {
    if (this.#byChannel.get(slot.link.id) === slot) this.#byChannel.delete(slot.link.id)
    this.processor.closed(slot.link)
  }

  /**
   * Gives a link back. The last to do so ends it, behind all that was sent on it: that resolves when it is closed, at the
   * latest after 10 s, when it ends here without the channel's word.
   */
  unlink(link: L): Promise<void> {
    const slot = this.#slots.get(link)
    if (slot === undefined) return Promise.resolve()
    if (slot.holders > 1 && !link.end.ending) {
      slot.holders--
      return Promise.resolve()
    }
    return new Promise((resolve) => {
      const { timeoutMs, runtime } = this.#host
      const limit = runtime.clock.after(Math.min(timeoutMs, UNLINK_MS_MAX), () => link.end.abandon())
      slot.closed.push(() => {
        limit.cancel()
        resolve()
      })
      link.end.unlink()
    })
  }

  unlinkAll(): void {
    for (const { end } of [...this.#slots.keys()]) end.unlink()
  }

  /** Makes a request; `decode` reads the answer. Rejects with a `CentrumError`: `timeout`, `aborted`, or why there is none. */
  request<T>(
    link: L,
    name: string,
    payload: () => Uint8Array,
    settings: WaitOptions,
    decode: (answer: Uint8Array) => T,
  ): Promise<T> {
    const describe = (): string => {
      const { status } = link.end
      const reason = this.#slots.get(link)?.reason ?? null
      const why = status === 'live' ? '' : ` (the link is ${status ?? 'stalled'}: ${String(reason)})`
      return `the request '${name}' to '${link.id}' was not answered${why}`
    }
    return waitFor(this.#host, settings, describe, ({ resolve, reject }) => {
      const settle = { answer: (answer: Uint8Array) => resolve(decode(answer)), failed: reject }
      const clientSeq = link.end.send(name, payload(), settle)
      return () => link.end.withdraw(clientSeq)
    })
  }

  /** There is a connection, which speaks for this session: every link is opened on it. */
  connected(sessionId: string): void {
    this.#sessionId = sessionId
    for (const slot of [...this.#slots.values()]) this.#open(slot)
  }

  /** The front is late with an answer: links are stalled until something comes. */
  silent(isSilent: boolean): void {
    for (const { link } of [...this.#slots.values()]) link.end.silent(isSilent)
  }

  /** The connection is lost. What is sent meanwhile is kept. */
  disconnected(reason: Reason): void {
    this.#sessionId = null
    this.#cancelReport()
    this.#byNumber.clear()
    for (const slot of [...this.#slots.values()]) {
      cancelRelink(slot)
      slot.link.end.disconnected(reason)
    }
  }

  /** A frame of the front for a link or its channel. */
  receive(frame: LinkAnswer): void {
    const slot =
      frame.type === 'shared'
        ? this.#byChannel.get(frame.block.channelId)
        : frame.type === 'keyframe'
          ? this.#byChannel.get(frame.keyframe.channelId)
          : this.#byNumber.get(frame.link)
    if (slot === undefined) return
    slot.link.end.receive(frame)
    this.#reportLater(slot.link)
  }

  #reportLater({ end }: L): void {
    if (this.#sessionId === null || !end.owesSeen) return
    this.#reporting ??= this.#host.runtime.clock.after(SEEN_MS, () => {
      this.#reporting = null
      this.#host.flush()
    })
  }

  #cancelReport(): void {
    this.#reporting?.cancel()
    this.#reporting = null
  }

  /** Reports what was seen. */
  flush(): void {
    this.#cancelReport()
    for (const { end } of this.#slots.keys()) end.flush()
  }

  /** The session is over, for this reason: all links close. */
  close(reason: Reason, message: string): void {
    this.#isClosed = true
    this.#sessionId = null
    this.#cancelReport()
    for (const { end } of [...this.#slots.keys()]) end.close(reason, message)
  }

  inspect(): LinkSetInspection {
    const slots = [...this.#slots.values()]
    const ends = slots.map(({ link }) => link.end.inspect())
    const sum = (of: keyof LinkEndInspection): number => ends.reduce((total, end) => total + end[of], 0)
    return {
      ...this.#counts,
      links: slots.length,
      relinks: slots.filter(({ relinking }) => relinking !== null).length,
      processorWaiting: this.processor.waiting,
      retained: sum('retained'),
      retainedBytes: sum('retainedBytes'),
      held: sum('held'),
    }
  }
}

function cancelRelink(slot: Slot<unknown>): void {
  slot.relinking?.cancel()
  slot.relinking = null
}
