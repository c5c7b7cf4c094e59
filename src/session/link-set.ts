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
import type { LinkEndLimits } from './link-end-limits.js'
import { type LinkEndCounts, type LinkEndInspection, type LinkEndOptions, newLinkEndCounts } from './link-end-state.js'
import type { SetLink } from './link-end.js'
import { type EndStatus, type LinkAnswer, type LinkCarrier, type LinkFrame, relinkDelayMs } from './link-holder.js'
import { readDetails } from './outbound.js'
import { ProcessorSwitch } from './processor-switch.js'
import { waitFor, type WaitDefaults, type Waiting, type WaitSettings } from './wait-for.js'

/** Channels whose greatest epoch is remembered after their last link. */
const EPOCHS_MAX = 4096
/** How long the report of what was seen waits for another frame to go along with, in milliseconds. */
const SEEN_MS = 100

export interface LinkSetHost<L> extends WaitDefaults {
  readonly limits: LinkEndLimits
  /** Sends over the present connection. Not called while there is none. */
  send(frame: LinkFrame): void
  /** What was seen is due: calls `LinkSet.flush()`, with whatever else is about to be sent. */
  flush(): void
  /** Why there is no connection, for errors of calls that wait for one. */
  describe(): string
  /** A channel ended the whole session. */
  sessionEnded(reason: Reason, message: string): void
  /** A link is closed. */
  linkClosed(): void
  processorChanged(link: L | null, reason: Reason | null): void
  /** So many messages in a row that waited for `to` to become the processor have no effect. */
  unsent(to: L, count: number, error: CentrumError): void
}

export interface LinkSetRequest {
  /** The options of the link, for the channel: an encoded value, or null for none. */
  readonly options: Uint8Array | null
  /** Whether the channel is to become the processor as soon as it is linked. */
  readonly processor: boolean
}

export interface LinkSetInspection extends LinkEndCounts {
  readonly links: number
  /** Links that wait before they are opened again. */
  readonly relinks: number
  /** Messages and moves that wait for the processor. */
  readonly processorWaiting: number
  readonly retained: number
  readonly retainedBytes: number
  readonly held: number
}

interface Slot<L> {
  readonly link: L
  readonly opening: Waiting<L>
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

  get(channelId: string): L | undefined {
    return this.#byChannel.get(channelId)?.link
  }

  /**
   * Links to a channel, and resolves with the link when it is live for the first time. `make` makes it, with the end that the
   * options and the carrier are for. Rejects with a `CentrumError`: `already-linked`, `timeout`, `aborted`, `stopped`, or
   * why the channel refused.
   */
  link(
    channelId: string,
    request: LinkSetRequest,
    settings: WaitSettings,
    make: (options: LinkEndOptions, carrier: LinkCarrier) => L,
  ): Promise<L> {
    return waitFor(
      this.#host,
      settings,
      () => this.#describe(channelId),
      (opening) => {
        const problem = channelIdProblem(channelId)
        if (problem !== null) throw new CentrumError('invalid-channel-id', `the channel id ${problem}`)
        let slot: Slot<L> | null = null
        let withdrawn = false
        const begin = (): void => {
          if (withdrawn) return
          if (this.#isClosed) {
            opening.reject(new CentrumError('stopped', `'${channelId}' was not linked: the session is over`))
          } else if (this.#byChannel.has(channelId)) {
            // Of several that waited for the same link to be closed only the first finds the way free.
            opening.reject(new CentrumError('already-linked', `'${channelId}' is linked already`))
          } else {
            slot = this.#add(channelId, request, opening, make)
          }
        }
        const before = this.get(channelId)
        if (before?.end.ending === true) void this.unlink(before).then(begin)
        else begin()
        return () => {
          withdrawn = true
          if (slot === null) return
          // It unlinks as soon as it is linked, and does not stand in the way of another.
          this.#forget(slot)
          slot.link.end.unlink()
        }
      },
    )
  }

  #describe(channelId: string): string {
    const reason = this.#byChannel.get(channelId)?.reason ?? 'no answer'
    const why = this.#sessionId === null ? this.#host.describe() : `it is stalled: ${reason}`
    return `'${channelId}' was not linked (${why})`
  }

  #add(
    channelId: string,
    { options, processor }: LinkSetRequest,
    opening: Waiting<L>,
    make: (options: LinkEndOptions, carrier: LinkCarrier) => L,
  ): Slot<L> {
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
    const slot: Slot<L> = { link, opening, number: 0, wasLive: false, reason: null, relinking: null, closed: [] }
    this.#slots.set(link, slot)
    this.#byChannel.set(channelId, slot)
    if (processor) this.processor.want(link)
    this.#open(slot)
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
      opening.resolve(link)
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
    opening.reject(new CentrumError(reason, why, details === null ? {} : { details: readDetails(details) }))
  }

  /** Another link to the channel may begin. */
  #forget(slot: Slot<L>): void {
    if (this.#byChannel.get(slot.link.id) === slot) this.#byChannel.delete(slot.link.id)
    this.processor.closed(slot.link)
  }

  /** Ends a link behind all that was sent on it. Resolves when it is closed. */
  unlink(link: L): Promise<void> {
    const slot = this.#slots.get(link)
    if (slot === undefined) return Promise.resolve()
    return new Promise((resolve) => {
      slot.closed.push(resolve)
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
    settings: WaitSettings,
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
