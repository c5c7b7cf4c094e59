/**
 * A session's link to a channel, as the front holds it: its state between LINK and its end, and which version of the channel's state it
 * has. It forwards what either side sends, and keeps nothing of it. Knows nothing of sockets.
 */
import type { SharedBlock } from '../protocol/blocks.js'
import { CentrumError } from '../protocol/errors.js'
import { ENTRY } from '../protocol/frame-types.js'
import { type Entry, type LinkedState, type LinkRequest, makeCancelled } from '../protocol/link-frames.js'
import { type Origin, sameOrigin } from '../protocol/origin.js'
import type { Reason } from '../protocol/reasons.js'
import type { Identity, ToBackFrame } from '../protocol/master-frames.js'
import type { SessionSink } from './front-port.js'
import type { ReachedBack } from './outages.js'
import type { RelayContext } from './relay-context.js'
import type { StateFeed } from './state-feed.js'

/** What sessions feed backs with, once they are linked. */
export type FedFrame = Extract<ToBackFrame, { readonly type: 'masterEntry' | 'masterSeen' }>

/** Who feeds a back, and with how much. */
export interface Feeder {
  readonly sink: SessionSink
  /** The batch that it put something into last; null before the first. */
  fedBatch: object | null
  /** What it put into that batch, in bytes. */
  fedBytes: number
}

/** The session, as far as its links need it. */
export interface LinkSession extends Feeder {
  readonly core: RelayContext
  readonly identity: Identity
  /** Which dial of the session this is: channels keep the greatest, of the token that was renewed most often. */
  readonly connectionAttempt: number
  /** What its bytes count towards. */
  readonly payer: string
  /** The link asks for the processor: the one that has it loses it, whether its client gives it back or not. */
  takesProcessor(link: RelayedLink): void
  /** A channel says that it is the processor: it was before, on another socket. */
  hasProcessor(link: RelayedLink): void
  leavesProcessor(link: RelayedLink): void
  /** The link is detached. */
  remove(link: RelayedLink): void
}

/** The mirror of the channel, as far as its links need it. */
export interface LinkMirror {
  readonly channelId: string
  readonly feed: StateFeed
  /** The back that owns the channel, as far as this front knows. */
  readonly peer: LinkedBack
  /** Why its owner shows nothing new for now; null where it does. */
  readonly stalled: Reason | null
  /** V1: false for what is older than what was accepted before. */
  accepts(epoch: number): boolean
  /** The same object for equal origins, as each link keeps one. */
  sharedOrigin(origin: Origin): Origin
  /** Only one link of a session to a channel lives: turns name the channel, not the link. */
  replaceOthersOf(link: RelayedLink): void
  /** The link is detached. */
  remove(link: RelayedLink): void
}

/** A back, as far as the links to its channels need it. */
export interface LinkedBack extends ReachedBack {
  /** A new ref for a link: refs are never used again (L1). */
  take(link: RelayedLink): number
  release(ref: number): void
  send(frame: ToBackFrame): void
  /** What a session has sent, with the size of its payload: while the back has enough of all or of this one nothing more is read from what carries it. */
  sendOf(feeder: Feeder, frame: FedFrame, payloadBytes: number): void
  /** Called behind what a session has sent: while the back has enough of all or of this one nothing more is read from what carries it. */
  fedBy(feeder: Feeder, payloadBytes: number): void
}

type State =
  /** The owner cannot be reached: LINK is held. */
  | { readonly state: 'waiting' }
  /** LINK was sent. */
  | { readonly state: 'asked'; readonly ref: number }
  /**
   * Linked, and not up to date: its carrier is congested, or the mirror has not come that far. `at` is the version that the
   * session's own mirror has of this origin, null for none; `version` the one it must reach.
   */
  | {
      readonly state: 'lagging'
      readonly ref: number
      readonly origin: Origin
      readonly at: number | null
      readonly version: number
    }
  /** Linked, at the mirror's version: it is given each turn as it comes. */
  | { readonly state: 'live'; readonly ref: number; readonly origin: Origin }
  | { readonly state: 'detached' }

export class RelayedLink {
  readonly session: LinkSession
  readonly number: number
  readonly mirror: LinkMirror
  /** Null once it was sent. */
  #request: LinkRequest | null
  /** What the session had of the channel's state when it asked for the link; null once it is linked. */
  #past: LinkRequest['past']
  #state: State = { state: 'waiting' }
  /** The number that the next entry must have; null before the first, which may be any: what the channel makes of it is the channel's rule. */
  #next: number | null = null

  constructor(session: LinkSession, number: number, request: LinkRequest, mirror: LinkMirror) {
    this.session = session
    this.number = number
    this.#request = request
    this.#past = request.past
    this.mirror = mirror
  }

  /** What the session had of the channel's state when it asked for the link; null once it is linked. */
  get past(): LinkRequest['past'] {
    return this.#past
  }

  /** A channel that speaks to a channel has no use for its state. */
  get wantsState(): boolean {
    return this.session.identity.senderKind !== 'channel'
  }

  get state(): State['state'] {
    return this.#state.state
  }

  /** Holds LINK until the owner can be reached. */
  hold(reason: Reason): void {
    const bytes = this.#request?.options?.length ?? 0
    const problem = this.session.core.waiting.add(this, this.session.payer, bytes)
    if (problem !== null) {
      this.detach(reason, true, problem)
      return
    }
    this.session.sink.answer({ type: 'status', link: this.number, stalled: true, reason })
    this.session.core.outages.waits(this.mirror.peer, this.session)
  }

  /** The owner shows nothing new for this reason; null: it does again. */
  status(stalled: Reason | null): void {
    if (this.#state.state === 'waiting' || this.#state.state === 'detached') return
    const reason = stalled ?? 'store-unavailable'
    this.session.sink.answer({ type: 'status', link: this.number, stalled: stalled !== null, reason })
  }

  /** Sends LINK. The mirror has seen to it that its channel is subscribed to. */
  ask(): void {
    const request = this.#request
    if (this.#state.state !== 'waiting' || request === null) return
    this.session.core.waiting.delete(this)
    const { identity, connectionAttempt, payer } = this.session
    const { peer } = this.mirror
    const ref = peer.take(this)
    this.#state = { state: 'asked', ref }
    peer.send({ type: 'masterLink', ref, identity, connectionAttempt, payer, request })
    peer.fedBy(this.session, request.options?.length ?? 0)
    // What was passed on is not kept: of many links it would be much.
    this.#request = null
  }

  /** The channel accepted the link. */
  linked(linked: LinkedState): void {
    const state = this.#state
    if (state.state !== 'asked') return
    const { past } = this
    const { version } = linked
    this.#past = null
    const origin = this.mirror.sharedOrigin(linked.origin)
    const at = past !== null && sameOrigin(past.origin, origin) ? past.version : null
    this.#state = this.wantsState
      ? { state: 'lagging', ref: state.ref, origin, at, version }
      : { state: 'live', ref: state.ref, origin }
    if (linked.processor) this.session.hasProcessor(this)
    this.mirror.replaceOthersOf(this)
    this.session.sink.answer({ type: 'linked', link: this.number, linked })
    this.catchUp()
  }

  /** What is for this link alone. It is never left out, also where turns are. */
  private(epoch: number, version: number, items: Uint8Array): void {
    if (this.#state.state !== 'live' && this.#state.state !== 'lagging') return
    this.session.sink.answer({ type: 'private', link: this.number, epoch, version, items })
  }

  /** A turn that the mirror has just taken. */
  offer(block: SharedBlock): void {
    const state = this.#state
    if (state.state === 'lagging') this.catchUp()
    if (state.state !== 'live') return
    if (this.session.sink.congested) {
      this.session.core.counts.lagged++
      this.#state = { ...state, state: 'lagging', at: block.previous, version: block.version }
    } else {
      this.session.sink.shared(block)
    }
  }

  /** The mirror has begun anew at a keyframe: `before` is the version that its links had. */
  jumped(origin: Origin, before: number): void {
    const state = this.#state
    if (state.state !== 'live' && state.state !== 'lagging') return
    if (!sameOrigin(state.origin, origin)) {
      this.leave('reset', 'The channel began a new history.')
    } else if (state.state === 'live') {
      this.#state = { ...state, state: 'lagging', at: before, version: before }
    }
  }

  /** Gives the session what it lacks, as far as carrier and mirror allow. */
  catchUp(): void {
    const state = this.#state
    const { sink } = this.session
    if (state.state !== 'lagging' || sink.congested) return
    const given = this.mirror.feed.catchUp(state.origin, state.at, sink.wantsKeyframe ? state.version : 0)
    if (given === null) return
    this.#state = { state: 'live', ref: state.ref, origin: state.origin }
    if (given.keyframe) {
      this.session.core.counts.keyframesGiven++
      sink.answer({ type: 'keyframe', keyframe: given.keyframe })
    }
    for (const block of given.blocks) this.#giveLate(block, sink)
    if (this.mirror.stalled !== null) this.status(this.mirror.stalled)
  }

  /** Turns go together where the carrier takes frames of that length, else each alone. */
  #giveLate(block: SharedBlock, sink: SessionSink): void {
    this.session.core.counts.turnsGivenLate += block.version - block.previous
    if (block.frame.length <= sink.frameBytesMax) sink.shared(block)
    else for (const one of this.mirror.feed.apart([block])) sink.shared(one)
  }

  /** An entry of the session's numbered stream (L2, L13). */
  entry(entry: Entry): void {
    if (entry.clientSeq < 1 || (this.#next !== null && entry.clientSeq !== this.#next)) {
      throw new CentrumError(
        'protocol-error',
        `link ${this.number}: entry ${entry.clientSeq} arrived, but ${this.#next ?? 'a number from 1'} was expected`,
      )
    }
    const state = this.#state
    switch (state.state) {
      case 'waiting':
        if (entry.kind !== ENTRY.unlink) {
          throw new CentrumError(
            'protocol-error',
            `link ${this.number}: entry ${entry.clientSeq} arrived before LINKED`,
          )
        }
        this.detach('unlinked', false, 'The link was ended before the channel could be reached.')
        return
      case 'asked':
      case 'lagging':
      case 'live':
        this.#next = entry.clientSeq + 1
        if (entry.kind === ENTRY.take) this.session.takesProcessor(this)
        else if (entry.kind === ENTRY.release) this.session.leavesProcessor(this)
        this.mirror.peer.sendOf(
          this.session,
          { type: 'masterEntry', ref: state.ref, entry: this.#withinLimits(entry) },
          entry.body.length,
        )
        return
      case 'detached':
        return
    }
  }

  #withinLimits(entry: Entry): Entry {
    const { length } = entry.body
    const { payloadBytesMax } = this.session.core.limits
    const bytes = length + (entry.context?.length ?? 0)
    if (bytes <= payloadBytesMax) return entry
    this.session.core.counts.cancelled++
    const message = `The name and payload have ${bytes} bytes, the limit is ${payloadBytesMax} (payloadBytesMax). Send less at once.`
    return {
      clientSeq: entry.clientSeq,
      kind: ENTRY.cancelled,
      context: null,
      body: makeCancelled('too-large', message),
    }
  }

  /** Another link of the session takes the processor. Before LINKED it is not known yet whether this one has it. */
  releaseProcessor(): void {
    const state = this.#state
    if (state.state === 'live' || state.state === 'lagging') this.mirror.peer.send({ type: 'release', ref: state.ref })
  }

  /** The session has seen what it was sent up to serverSeq. */
  seen(serverSeq: number): void {
    const state = this.#state
    if (state.state !== 'live' && state.state !== 'lagging') return
    this.mirror.peer.sendOf(this.session, { type: 'masterSeen', ref: state.ref, serverSeq }, 0)
  }

  /** Ends the link; the session gets DETACHED. */
  detach(reason: Reason, relink: boolean, message: string, details: Uint8Array | null = null): void {
    if (this.#state.state === 'detached') return
    this.#end()
    this.session.sink.answer({ type: 'detached', link: this.number, reason, relink, message, details })
  }

  /** The link goes on elsewhere: its owner drops it, and the session links again. */
  leave(reason: Reason, message: string): void {
    this.#leave(reason)
    this.detach(reason, true, message)
  }

  /** The session's carrier is lost: the channel gets DETACH, the session nothing. */
  disconnected(reason: Reason, graceMs = 0): void {
    this.#leave(reason, graceMs)
    this.#end()
  }

  /** The session is over: neither channel nor carrier gets a frame. */
  close(): void {
    this.#end()
  }

  #leave(reason: Reason, graceMs = 0): void {
    const state = this.#state
    if (state.state === 'waiting' || state.state === 'detached') return
    this.mirror.peer.send({ type: 'detach', ref: state.ref, reason, graceMs })
  }

  #end(): void {
    const state = this.#state
    if (state.state === 'detached') return
    this.#state = { state: 'detached' }
    this.session.core.waiting.delete(this)
    if (state.state !== 'waiting') this.mirror.peer.release(state.ref)
    this.session.remove(this)
    this.mirror.remove(this)
  }
}
