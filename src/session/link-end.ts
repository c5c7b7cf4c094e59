/**
 * A client's end of a link to a channel: one state machine for the client's library and for a front's own sessions. It
 * numbers what is sent and keeps it until it is acknowledged, links again after any break, replays, and puts in order what
 * comes. It knows no time, no sockets and no state: its carrier and its holder do (`link-holder.ts`).
 *
 * The carrier calls `open` once there is a connection, `receive` for what the front sends of the link or its channel,
 * `disconnected` when the connection is lost, and `flush` where it writes anyway.
 */
import { CentrumError } from '../protocol/errors.js'
import * as ENTRY from '../protocol/entry-kind.js'
import * as ITEM from '../protocol/item-kind.js'
import {
  type Entry,
  type Item,
  type LinkedState,
  readAnswer,
  readFailure,
  readNamed,
  readProcessorItem,
} from '../protocol/link-frames.js'
import type { Reason } from '../protocol/reasons.js'
import { DecodeError } from '../value/decode-error.js'
import { DeliveryQueue } from './delivery-queue.js'
import { Inbound, type InboundOutcome, type InboundSink, isAt, type Position } from './inbound.js'
import { type LinkEndOptions, type LinkEndState, HANDLES, type LinkEndInspection } from './link-end-state.js'
import type { EndStatus, LinkAnswer, LinkCarrier, LinkHolder } from './link-holder.js'
import { Outbound, type Settle, type Tracked } from './outbound.js'
import { ShownStatus } from './shown-status.js'

/** What a session's set of links needs to know of a link. */
export interface SetLink {
  /** The channel's id. */
  readonly id: string
  readonly end: LinkEnd
}

/** Rule V1: answers of an older epoch in a row, about half a minute of them, after which a client accepts it. */
const OLDER_ANSWERS_MAX = 16

export class LinkEnd {
  readonly #options: LinkEndOptions
  readonly #holder: LinkHolder
  readonly #carrier: LinkCarrier
  readonly #at: Position
  readonly #outbound: Outbound
  readonly #inbound: Inbound
  #state: LinkEndState = { state: 'idle' }
  readonly #shown: ShownStatus
  readonly #queue: DeliveryQueue
  /** Whether an unlink is in the stream. */
  #unlinking = false
  #seenSent = 0
  #failures = 0
  #olderAnswers = 0
  #isProcessor = false

  constructor(options: LinkEndOptions, holder: LinkHolder, carrier: LinkCarrier) {
    this.#options = options
    this.#holder = holder
    this.#carrier = carrier
    this.#shown = new ShownStatus(holder, carrier)
    this.#at = {
      origin: null,
      serial: 0,
      epoch: options.epochSeen,
      version: 0,
      serverSeqSeen: 0,
      loaded: false,
      sessionId: '',
    }
    const outbound = new Outbound(options, holder, (is) => this.#processorIs(is, null))
    const sink: InboundSink = {
      handOn: (run) => this.#queue.handOn(run),
      isTaking: () => this.#linkUp !== null,
      advanced: () => this.#becomeLive(),
      item: (item) => this.#item(item),
    }
    this.#queue = new DeliveryQueue(
      () => this.#state.state === 'live',
      (frame) => this.#handle(frame),
      (run) => this.#reading(run),
    )
    this.#outbound = outbound
    this.#inbound = new Inbound(this.#at, { holder, carrier, outbound, options, sink })
  }

  /** How far it has come. */
  get at(): Readonly<Position> {
    return this.#at
  }

  get state(): LinkEndState['state'] {
    return this.#state.state
  }

  /** As it was reported last: null until it was live or stalled for the first time. */
  get status(): EndStatus | null {
    return this.#shown.status
  }

  /** The number of the link on the present connection; null where there is none. */
  get link(): number | null {
    return 'link' in this.#state ? this.#state.link : null
  }

  /** The number of the link where what is sent is for it, and what comes is of it. */
  get #linkUp(): number | null {
    return this.#state.state === 'linking' ? null : this.link
  }

  /** Whether it is closed, or will be as soon as the channel has let go. */
  get ending(): boolean {
    return this.#unlinking || this.#state.state === 'closed'
  }

  /** The last clientSeq whose effect the state shows. */
  get acknowledged(): number {
    return this.#outbound.acknowledged
  }

  get isProcessor(): boolean {
    return this.#isProcessor
  }

  /** Whether `flush()` has something to report. */
  get owesSeen(): boolean {
    return this.#at.serverSeqSeen > this.#seenSent
  }

  /**
   * Sends LINK under a number that was never used on this connection. Does nothing where it is open already, or closed.
   * `sessionId`: the session that the connection speaks for.
   */
  open(link: number, sessionId: string): void {
    if (this.link !== null || this.#state.state === 'closed') return
    const { channelId, linkNumber, options } = this.#options
    const { origin, epoch, version, serial, serverSeqSeen, loaded } = this.#at
    // Without the state all of it is needed. What was seen already comes again then, and is dropped by its serverSeq.
    const past = origin === null || !loaded ? null : { origin, epoch, version, serial, serverSeqSeen }
    this.#at.sessionId = sessionId
    this.#seenSent = past?.serverSeqSeen ?? 0
    this.#state = { state: 'linking', link }
    const processor = this.#outbound.wantsProcessor
    this.#carrier.send({ type: 'link', link, request: { channelId, linkNumber, processor, past, options } })
  }

  /** The connection is lost. What is sent meanwhile is kept, and follows after the next `open`. */
  disconnected(reason: Reason): void {
    const { state } = this.#state
    if (state !== 'closed' && state !== 'idle') this.#stall(reason)
  }

  /** What the front sends of this link, or of its channel. What is for an earlier number of the link is dropped. */
  receive(frame: LinkAnswer): void {
    if (this.#state.state === 'closed') return
    this.#queue.add(frame)
    if (this.#queue.length > this.#options.limits.waitingFramesMax) this.#relink('overflow')
    else this.#queue.takeFrames()
  }

  /** To be called once after `live` was reported for the first time: the application listens by now. */
  go(): void {
    this.#queue.go()
  }

  /**
   * Sends a message, or a request of which one of `settle` is called, once, unless it is withdrawn; with `tracked` a message of
   * which that is. Returns its clientSeq.
   * @throws CentrumError `buffer-full`, or `not-linked` where the link is over.
   */
  send(name: string, payload: Uint8Array, settle: Settle | null = null, tracked?: Tracked): number {
    this.#expectOpen()
    return this.#append(this.#outbound.send(name, payload, settle, tracked))
  }

  /** Asks to become the session's processor, or gives that up; `settle` when that has its outcome. Throws as `send` does. */
  setProcessor(is: boolean, settle: Settle): number {
    this.#expectOpen()
    return this.#append(this.#outbound.steer(is ? ENTRY.take : ENTRY.release, settle))
  }

  /** Nothing waits for request clientSeq any more. Where it has to be sent again it goes cancelled, without effect. */
  withdraw(clientSeq: number): void {
    this.#outbound.withdraw(clientSeq)
  }

  /** Ends the link behind all that was sent. The status is `closed` when the channel has let go. */
  unlink(): void {
    if (this.ending) return
    const unlink = this.#outbound.steer(ENTRY.unlink, null)
    this.#unlinking = true
    // Where the channel has not accepted the link there is nothing to wait for: the unlink goes ahead of LINKED.
    if (this.#at.origin !== null) this.#append(unlink)
    else {
      this.#sendEntry(this.link, unlink)
      this.#close('unlinked', 'given up before it was linked')
    }
  }

  /** The unlink takes too long: the link is over here. The channel finds it with the next frame, or gives the session up. */
  abandon(): void {
    if (this.#state.state === 'linking') this.#outbound.above(0).forEach((entry) => this.#sendEntry(this.link, entry))
    this.close('unlinked', 'the channel could not be reached')
  }

  /** The front is late with an answer; or, after that, something came. */
  silent(isSilent: boolean): void {
    this.#shown.silent(isSilent, this.#state.state === 'live')
  }

  /** The session is over, for this reason: nothing more is sent or received. */
  close(reason: Reason, message: string): void {
    if (this.#state.state !== 'closed') this.#close(reason, message)
  }

  /** Reports what was seen, where that grew. */
  flush(): void {
    const link = this.#linkUp
    if (!this.owesSeen || link === null) return
    this.#seenSent = this.#at.serverSeqSeen
    this.#carrier.send({ type: 'seen', link, serverSeq: this.#seenSent })
  }

  inspect(): LinkEndInspection {
    const { retained, retainedBytes } = this.#outbound
    return { retained, retainedBytes, held: this.#inbound.held + this.#queue.length }
  }

  #stall(reason: Reason): void {
    this.#state = { state: 'stalled' }
    this.#inbound.disconnected()
    this.#queue.dropFrames()
    this.#shown.show('stalled', reason)
  }

  /** Links again while the connection lives: the one way to mend anything. */
  #relink(reason: Reason): void {
    this.#stall(reason)
    this.#carrier.relink(++this.#failures)
  }

  #close(reason: Reason, message: string, details: Uint8Array | null = null): void {
    this.#state = { state: 'closed', reason }
    this.#inbound.disconnected()
    this.#queue.close()
    this.#outbound.restart(reason, message, false)()
    this.#processorIs(false, reason)
    this.#shown.show('closed', reason, message, details)
  }

  #processorIs(is: boolean, reason: Reason | null): void {
    if (is === this.#isProcessor) return
    this.#isProcessor = is
    this.#carrier.processor(is, reason)
  }

  #sendEntry(link: number | null, entry: Entry): void {
    if (link !== null) this.#carrier.send({ type: 'entry', link, entry })
  }

  #append(entry: Entry): number {
    this.#sendEntry(this.#linkUp, entry)
    return entry.clientSeq
  }

  #expectOpen(): void {
    if (!this.ending && this.#at.origin !== null) return
    const why = this.#state.state === 'closed' ? this.#state.reason : 'ending'
    throw new CentrumError('not-linked', `the link to '${this.#options.channelId}' is over (${why}). Link again.`)
  }

  /** What cannot be read is left out, and the link is linked again: as for a gap, the channel sends it anew where it can. */
  #reading(read: () => void): void {
    try {
      read()
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      if (this.link !== null) this.#relink('protocol-error')
    }
  }

  #handle(frame: LinkAnswer): void {
    if (!HANDLES[this.#state.state].includes(frame.type) || ('link' in frame && frame.link !== this.link)) return
    const wasLive = this.#state.state === 'live'
    switch (frame.type) {
      case 'linked':
        this.#linked(frame.link, frame.linked)
        return
      case 'status':
        if (frame.stalled) this.#shown.show('stalled', frame.reason)
        else if (wasLive) this.#shown.show('live', null)
        return
      case 'detached':
        if (frame.relink) {
          this.#relink(frame.reason)
        } else {
          this.#inbound.finish()
          this.#close(frame.reason, frame.message, frame.details)
        }
        return
      case 'private':
        this.#check(this.#inbound.private(frame), false)
        return
      case 'shared':
        this.#check(this.#inbound.state(frame.block), wasLive)
        return
      case 'keyframe':
        this.#check(this.#inbound.state(frame.keyframe), wasLive)
        return
    }
  }

  /** `helps`: only a state behind the point where it was live before shows that linking again has helped. */
  #check(outcome: InboundOutcome, helps: boolean): void {
    if (outcome !== 'taken' && outcome !== 'ignored') this.#relink(outcome)
    else if (helps && outcome === 'taken') this.#failures = 0
  }

  #becomeLive(): void {
    const state = this.#state
    if (state.state !== 'catching-up' || !this.#at.loaded || this.#at.version < state.target) return
    this.#state = { state: 'live', link: state.link }
    this.#shown.show('live', null)
  }

  #item({ kind, body }: Item): void {
    if (kind === ITEM.answer) this.#outbound.answered(readAnswer(body))
    else if (kind === ITEM.failed) this.#outbound.failed(readFailure(body))
    else if (kind === ITEM.event) {
      const { name, payload } = readNamed(body)
      this.#holder.event(name, payload)
    } else if (kind === ITEM.processor) {
      const { processor, reason } = readProcessorItem(body)
      this.#outbound.processorReported(processor)
      this.#processorIs(processor, reason)
    }
  }

  /** Rules L7 and L8. */
  #linked(link: number, linked: LinkedState): void {
    const { origin, serial, processed, processor } = linked
    const at = this.#at
    const outbound = this.#outbound
    const isFirst = at.origin === null
    const sameState = isAt(at, origin)
    const same = sameState && at.serial === serial
    // A front that shows an older owner, or an owner that has what was never sent: others may know better.
    const isOlder = linked.epoch < at.epoch && ++this.#olderAnswers < OLDER_ANSWERS_MAX
    if (isOlder || (same && processed > outbound.last)) {
      this.#relink('not-owner')
      return
    }
    this.#olderAnswers = 0
    const reset = isFirst || same ? null : sameState ? 'session-expired' : 'reset'
    const report = reset && outbound.restart('unknown', reset, processor)
    if (reset) {
      this.#queue.dropDeliveries()
      if (this.#unlinking) outbound.steer(ENTRY.unlink, null)
    }
    this.#state = { state: 'catching-up', link, target: linked.version }
    this.#inbound.begin(linked, !same)
    outbound.resume(processor)
    // Before anything is reported, as more may be sent then: what is new comes behind it.
    for (const entry of outbound.above(processed)) {
      this.#options.counts.replayed++
      this.#sendEntry(link, entry)
    }
    this.#options.counts[same ? 'resumed' : 'linked']++
    if (!same) {
      this.#seenSent = 0
      this.#processorIs(processor, reset)
    }
    if (report && reset) {
      this.#options.counts.resets++
      report()
      this.#holder.reset(reset, { imageAgeMs: linked.imageAgeMs })
    }
    // One of these reports may have closed it.
    if (this.link !== link) return
    this.#holder.linked(linked)
    this.#inbound.catchUp()
    this.#becomeLive()
  }
}
