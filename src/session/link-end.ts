/**
 * A client's end of a link to a channel: one state machine for the client's library and for a front's own sessions. It
 * numbers what is sent and keeps it until it is acknowledged, links again after any break, replays, and puts in order what
 * comes. It knows no time, no sockets and no state: its holder does, and is told by callbacks (`link-holder.ts`).
 *
 * The holder calls `open` once there is a connection, `receive` for what the front says of the link or its channel, `lost`
 * when the connection is lost, and `flush` where it writes anyway.
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
import { Inbound } from './inbound.js'
import {
  LINK_LIMITS,
  type LinkCounts,
  type LinkEndOptions,
  type LinkEndState,
  newLinkCounts,
} from './link-end-state.js'
import type { EndStatus, LinkAnswer, LinkHolder } from './link-holder.js'
import { Outbound, type Settle } from './outbound.js'

export class LinkEnd {
  readonly channelId: string
  readonly linkNumber: number
  readonly #holder: LinkHolder
  readonly #options: Uint8Array | null
  readonly #counts: LinkCounts
  readonly #outbound: Outbound
  readonly #inbound: Inbound
  readonly #framesMax: number
  /** What came and is not taken yet: while another is being taken, and once live until `go()`. */
  #frames: LinkAnswer[] = []
  /** What is to be handed on at `go()`, when whoever waited for the link listens; null since then. */
  #deliveries: (() => void)[] | null = []
  #busy = false
  #state: LinkEndState = { state: 'idle' }
  #status: EndStatus | null = null
  /** Whether an unlink is in the stream. */
  #unlinking = false
  #seenSent = 0
  #failures = 0
  #processor = false

  constructor(options: LinkEndOptions, holder: LinkHolder) {
    const { channelId, linkNumber, processor, epochSeen, limits = LINK_LIMITS, counts = newLinkCounts() } = options
    this.channelId = channelId
    this.linkNumber = linkNumber
    this.#options = options.options
    this.#holder = holder
    this.#counts = counts
    this.#framesMax = limits.waitingFramesMax
    this.#outbound = new Outbound(channelId, processor, limits, holder, (is) => this.#processorIs(is, null))
    this.#inbound = new Inbound(holder, this.#outbound, epochSeen, limits, counts, {
      handOn: (run) => this.#handOn(run),
      advanced: () => this.#becomeLive(),
      item: (item) => this.#item(item),
    })
  }

  get state(): LinkEndState['state'] {
    return this.#state.state
  }

  /** The number of the link on the present connection; null where there is none. */
  get link(): number | null {
    return 'link' in this.#state ? this.#state.link : null
  }

  /** As it was last told: null until it was live or stalled for the first time. */
  get status(): EndStatus | null {
    return this.#status
  }

  /** Whether it is over, or will be as soon as the channel heard of it. */
  get ending(): boolean {
    return this.#unlinking || this.#state.state === 'closed'
  }

  get version(): number {
    return this.#inbound.version
  }

  /** The greatest epoch accepted for the channel. */
  get epoch(): number {
    return this.#inbound.epoch
  }

  /** The last n whose effect the state shows. */
  get acknowledged(): number {
    return this.#outbound.acknowledged
  }

  get isProcessor(): boolean {
    return this.#processor
  }

  /** Whether `flush()` has something to say. */
  get owesSeen(): boolean {
    return this.#inbound.uSeen > this.#seenSent
  }

  /**
   * Sends LINK under a number that was never used on this connection. Does nothing where it is open already, or closed.
   * `sessionId`: the session that the connection speaks for.
   */
  open(link: number, sessionId: string): void {
    if (this.link !== null || this.#state.state === 'closed') return
    const past = this.#inbound.past()
    this.#inbound.sessionId = sessionId
    this.#seenSent = past?.uSeen ?? 0
    this.#state = { state: 'linking', link }
    const { channelId, linkNumber } = this
    const processor = this.#outbound.wantsProcessor
    this.#holder.send({
      type: 'link',
      link,
      request: { channelId, linkNumber, processor, past, options: this.#options },
    })
  }

  /** The connection is lost. What is sent meanwhile is kept, and follows after the next `open`. */
  lost(reason: Reason): void {
    if (this.#state.state !== 'closed' && this.#state.state !== 'idle') this.#stall(reason)
  }

  /** What the front says of this link, or of its channel. What is for an earlier number of the link is dropped. */
  receive(frame: LinkAnswer): void {
    if (this.#state.state === 'closed') return
    if (this.#frames.push(frame) > this.#framesMax) this.#again('overflow')
    else this.#takeFrames()
  }

  /** To be called once after `live` was told for the first time: whoever waited for the link listens by now. */
  go(): void {
    const deliveries = this.#deliveries
    if (deliveries === null) return
    this.#deliveries = null
    this.#busy = true
    try {
      for (const run of deliveries) this.#handOn(run)
    } finally {
      this.#busy = false
    }
    this.#takeFrames()
  }

  /**
   * Sends a message and returns its n.
   * @throws CentrumError `buffer-full`, or `not-linked` where the link is over.
   */
  send(name: string, payload: Uint8Array): number {
    return this.request(name, payload, null)
  }

  /** Sends a request and returns its n. One of `settle` is called, once, unless it is withdrawn. Throws as `send` does. */
  request(name: string, payload: Uint8Array, settle: Settle | null): number {
    this.#expectOpen()
    return this.#append(this.#outbound.say(name, payload, settle))
  }

  /** Asks to become the session's processor, or gives that up; `settle` when that has its outcome. Throws as `send` does. */
  setProcessor(is: boolean, settle: Settle): number {
    this.#expectOpen()
    return this.#append(this.#outbound.steer(is ? ENTRY.take : ENTRY.release, settle))
  }

  /** Nobody waits for request n any more. Where it has to be sent again it goes as a void, without effect. */
  withdraw(n: number): void {
    this.#outbound.withdraw(n)
  }

  /** Ends the link behind all that was sent. The status is `closed` when the channel has let go. */
  unlink(): void {
    if (this.ending) return
    const unlink = this.#outbound.steer(ENTRY.unlink, null)
    this.#unlinking = true
    // Where nobody has the link yet there is nothing to wait for: the unlink goes ahead of LINKED.
    if (this.#inbound.origin !== null) this.#append(unlink)
    else {
      this.#sendEntry(this.link, unlink)
      this.#close('unlinked', 'given up before it was linked')
    }
  }

  /** The session is over, for this reason: nothing more is sent or received. */
  end(reason: Reason, message: string): void {
    if (this.#state.state !== 'closed') this.#close(reason, message)
  }

  /** Says what was seen, where that grew. */
  flush(): void {
    const link = this.#linkUp
    if (!this.owesSeen || link === null) return
    this.#seenSent = this.#inbound.uSeen
    this.#holder.send({ type: 'seen', link, u: this.#seenSent })
  }

  /** What is held: entries without an outcome, their bytes, and what came and cannot be handed on yet. */
  inspect(): { readonly retained: number; readonly retainedBytes: number; readonly held: number } {
    const { retained, retainedBytes } = this.#outbound
    return { retained, retainedBytes, held: this.#inbound.held + this.#frames.length }
  }

  /** The number of the link where what is said is for it, and what comes is of it. */
  get #linkUp(): number | null {
    return this.#state.state === 'catching-up' || this.#state.state === 'live' ? this.#state.link : null
  }

  /** What cannot be read is left out, and the link is linked again: as for a gap, the channel says it anew where it can. */
  #reading(read: () => void): void {
    try {
      read()
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      if (this.link !== null) this.#again('protocol-error')
    }
  }

  #handOn(run: () => void): void {
    if (this.#state.state === 'closed') return
    if (this.#deliveries === null) this.#reading(run)
    else this.#deliveries.push(run)
  }

  #takeFrames(): void {
    while (!this.#busy && (this.#deliveries === null || this.#state.state !== 'live')) {
      const frame = this.#frames.shift()
      if (frame === undefined) return
      this.#busy = true
      try {
        this.#reading(() => this.#heed(frame))
      } finally {
        this.#busy = false
      }
    }
  }

  #heed(frame: LinkAnswer): void {
    const { state } = this.#state
    const { type } = frame
    if ('link' in frame && frame.link !== this.link) return
    if (type === 'linked') {
      if (state === 'linking') this.#linked(frame.link, frame.linked)
    } else if (type === 'status') {
      if (frame.stalled) this.#show('stalled', frame.reason)
      else if (state === 'live') this.#show('live', null)
    } else if (type === 'detached') {
      if (frame.again) {
        this.#again(frame.reason)
      } else {
        this.#inbound.finish()
        this.#close(frame.reason, frame.message)
      }
    } else if (this.#linkUp !== null) {
      const inbound = this.#inbound
      const outcome =
        type === 'private' ? inbound.private(frame) : inbound.state(type === 'shared' ? frame.block : frame.keyframe)
      if (outcome === 'taken') {
        // Only what comes behind the point where it was live before shows that linking again has helped.
        if (state === 'live') this.#failures = 0
      } else if (outcome !== 'ignored') {
        this.#again(outcome)
      }
    }
  }

  /** Rules L7 and L8. */
  #linked(link: number, linked: LinkedState): void {
    const { origin, serial, processed, processor } = linked
    const isFirst = this.#inbound.origin === null
    const sameState = this.#inbound.isOf(origin)
    const same = sameState && this.#inbound.serial === serial
    // A front that shows an older owner, or an owner that has what was never sent: others may know better.
    if (linked.epoch < this.#inbound.epoch || (same && processed > this.#outbound.last)) {
      this.#again('not-owner')
      return
    }
    const reset = isFirst || same ? null : sameState ? 'session-expired' : 'reset'
    const report = reset && this.#outbound.restart('unknown', reset, processor)
    if (reset) {
      // What was to be handed on is of a link that nobody has seen.
      this.#deliveries &&= []
      if (this.#unlinking) this.#outbound.steer(ENTRY.unlink, null)
    }
    this.#state = { state: 'catching-up', link, target: linked.version }
    this.#inbound.begin(linked, !same)
    this.#outbound.resume(processor)
    // Before anybody is told and can send: what is new comes behind it.
    for (const entry of this.#outbound.above(processed)) {
      this.#counts.replayed++
      this.#sendEntry(link, entry)
    }
    this.#counts[same ? 'resumed' : 'linked']++
    if (!same) {
      this.#seenSent = 0
      this.#processorIs(processor, reset)
    }
    if (report && reset) {
      this.#counts.resets++
      report()
      this.#holder.reset(reset)
    }
    // Whoever was told may have ended it.
    if (this.link !== link) return
    this.#holder.linked(linked)
    this.#inbound.catchUp()
    this.#becomeLive()
  }

  #becomeLive(): void {
    if (this.#state.state !== 'catching-up' || !this.#inbound.loaded) return
    const { link, target } = this.#state
    if (this.#inbound.version < target) return
    this.#state = { state: 'live', link }
    this.#show('live', null)
  }

  #item({ kind, body }: Item): void {
    if (kind === ITEM.answer) this.#outbound.answered(readAnswer(body))
    else if (kind === ITEM.failed) this.#outbound.failed(readFailure(body))
    else if (kind === ITEM.event) {
      const { name, payload } = readNamed(body)
      this.#holder.event(name, payload)
    } else if (kind === ITEM.processor) {
      const { processor, reason } = readProcessorItem(body)
      this.#outbound.processorTold(processor)
      this.#processorIs(processor, reason)
    }
  }

  #append(entry: Entry): number {
    this.#sendEntry(this.#linkUp, entry)
    return entry.n
  }

  #sendEntry(link: number | null, entry: Entry): void {
    if (link !== null) this.#holder.send({ type: 'entry', link, entry })
  }

  #expectOpen(): void {
    if (!this.ending && this.#inbound.origin !== null) return
    const why = this.#state.state === 'closed' ? this.#state.reason : 'ending'
    throw new CentrumError('not-linked', `the link to '${this.channelId}' is over (${why}). Link again.`)
  }

  #processorIs(is: boolean, reason: Reason | null): void {
    if (is === this.#processor) return
    this.#processor = is
    this.#holder.processor(is, reason)
  }

  /** Links again while the connection lives: the one way to mend anything. */
  #again(reason: Reason): void {
    this.#stall(reason)
    this.#holder.again(++this.#failures)
  }

  #stall(reason: Reason): void {
    this.#state = { state: 'stalled', reason }
    this.#inbound.lost()
    this.#frames = []
    this.#show('stalled', reason)
  }

  #close(reason: Reason, message: string): void {
    this.#state = { state: 'closed', reason, message }
    this.#inbound.lost()
    this.#frames = []
    this.#deliveries = null
    this.#outbound.restart(reason, message, false)()
    this.#processorIs(false, reason)
    this.#show('closed', reason, message)
  }

  #show(status: EndStatus, reason: Reason | null, message = ''): void {
    if (status === this.#status) return
    this.#status = status
    this.#holder.status(status, reason, message)
  }
}
