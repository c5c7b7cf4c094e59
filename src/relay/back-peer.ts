/**
 * One back, as a front sees it: the link of masters, the batch that is being filled, and which link of a session each ref names. It
 * distributes what arrives to mirrors and links. Knows nothing of how the link is dialled.
 */
import type { LinkCounts, LinkEvents, MasterLink } from '../link/master-link.js'
import { KEYFRAME, SHARED } from '../protocol/blocks.js'
import { decodeToFront, encodeToBack, type ToBackFrame, type ToFrontFrame } from '../protocol/master-frames.js'
import type { Reason } from '../protocol/reasons.js'
import type { Timer } from '../runtime/runtime.js'
import type { SessionEnd } from '../session/ended-sessions.js'
import type { ChannelMirror, MirrorPeer } from './channel-mirror.js'
import type { SessionSink } from './front-port.js'
import { reasonForLinks } from './reason-for-links.js'
import type { RelayContext } from './relay-context.js'
import type { FedFrame, Feeder, RelayedLink } from './relayed-link.js'
import { UpwardWindow } from './upward-window.js'

type State =
  | { readonly state: 'down'; readonly reason: Reason }
  /** `flushing` runs while the batch has something in it. */
  | { readonly state: 'up'; readonly link: MasterLink; readonly window: UpwardWindow; flushing: Timer | null }

/** What a back's peer asks of the relay that it is part of. */
export interface PeerCore extends RelayContext {
  /** A back has let a link to the channel in: it is asked first the next time. */
  ownedBy(channelId: string, backId: string): void
  /** Another back owns the mirror's channel. Does nothing where no such back is known. */
  move(mirror: ChannelMirror, backId: string): void
  /** Ends a session for good, here and at all backs but the one that said so. */
  kick(sessionId: string, message: string, by?: BackPeer): void
  /** A back knows that a session is over. */
  endHere(sessionId: string, end: SessionEnd): void
  /** A back could not read what the session sent: its carriers close. */
  blame(sessionId: string, message: string): void
  /** Ends all sessions of a user that have begun by `before` (wall clock), everywhere. */
  endUser(userId: string, before: number, message: string): void
}

/** Bytes that one session may put into a batch; beyond it the session is read no further until the batch has gone, so that all have their share. */
const SHARE_BYTES_MAX = 128 * 1024
/** What a frame counts beside its payload: small ones cost the back as well. */
const FRAME_BYTES = 128

export class BackPeer implements MirrorPeer {
  readonly id: string
  readonly mirrors = new Map<string, ChannelMirror>()
  /** Nothing listened at its address when it was dialled last. */
  isAbsent = false
  readonly #core: PeerCore
  readonly #refs = new Map<number, RelayedLink>()
  /** What carries sessions that feed the link, while it is busy. */
  readonly #waiting = new Set<SessionSink>()
  #state: State = { state: 'down', reason: 'unreachable' }
  #lastRef = 0
  /** Stands for the batch that is being filled. */
  #batch = {}
  #answered = false
  /** As many as the back has; a back limits that itself. */
  readonly #openChannels = new Set<string>()

  constructor(core: PeerCore, id: string) {
    this.#core = core
    this.id = id
  }

  get up(): boolean {
    return this.#state.state === 'up'
  }

  /** Whether the back has answered at least once. */
  get answered(): boolean {
    return this.#answered
  }

  /** Why there is no link. */
  get downReason(): Reason {
    return this.#state.state === 'down' ? this.#state.reason : 'unreachable'
  }

  get refCount(): number {
    return this.#refs.size
  }

  /** The channels that are open at the back. */
  get openChannels(): ReadonlySet<string> {
    return this.#openChannels
  }

  get timers(): number {
    return this.#state.state === 'up' && this.#state.flushing !== null ? 1 : 0
  }

  inspect(): LinkCounts | null {
    return this.#state.state === 'up' ? this.#state.link.inspect() : null
  }

  /** A new ref for a link: refs are never used again (L1). */
  take(link: RelayedLink): number {
    this.#refs.set(++this.#lastRef, link)
    return this.#lastRef
  }

  release(ref: number): void {
    this.#refs.delete(ref)
  }

  /** Puts a frame into the batch. Without a link it goes nowhere: callers keep what must not be lost. */
  send(frame: ToBackFrame): void {
    const state = this.#state
    if (state.state !== 'up') return
    const bytes = encodeToBack(frame)
    if (bytes.length > state.link.frameBytesMax) {
      const { frameBytesMax: limit } = state.link
      this.#core.log.error('back.send-failed', { back: this.id, type: frame.type, bytes: bytes.length, limit })
      return
    }
    state.link.send(bytes)
    state.flushing ??= this.#flushLater(state.link)
  }

  #flushLater(link: MasterLink): Timer {
    const { flushMs } = this.#core.limits
    const flush = (): void => this.flush()
    return flushMs === 0 ? link.soon(flush) : this.#core.clock.after(flushMs, flush)
  }

  /** What a session has sent. Without a `flushMs` a back of this process has it at once: then nothing is on its way. */
  sendOf(feeder: Feeder, frame: FedFrame, payloadBytes: number): void {
    const isBatched = this.#core.limits.flushMs > 0
    if (!isBatched && this.#state.state === 'up' && this.#state.link.give?.(kept(frame)) === true) return
    this.send(frame)
    this.fedBy(feeder, payloadBytes)
  }

  /**
   * Called behind what a session has sent, with the size of its payload: while the back has not read enough, or the session has had its
   * share of the batch, nothing more is read from what carries the session.
   */
  fedBy(feeder: Feeder, payloadBytes: number): void {
    if (this.#state.state !== 'up') return
    const bytes = payloadBytes + FRAME_BYTES
    this.#state.window.add(bytes)
    feeder.fedBytes = feeder.fedBatch === this.#batch ? feeder.fedBytes + bytes : bytes
    feeder.fedBatch = this.#batch
    const { sink } = feeder
    if ((feeder.fedBytes < SHARE_BYTES_MAX && this.#hasRoom) || sink.waits === undefined) return
    this.#waiting.add(sink)
    sink.waits(true)
  }

  get #hasRoom(): boolean {
    return this.#state.state === 'up' && this.#state.link.room > 0 && !this.#state.window.isFull
  }

  /** There may be room again, or nothing that could be full. */
  #resume(): void {
    if (this.#waiting.size === 0 || (this.#state.state === 'up' && !this.#hasRoom)) return
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const sink of waiting) sink.waits?.(false)
  }

  flush(): void {
    if (this.#state.state !== 'up') return
    this.#state.flushing?.cancel()
    this.#state.flushing = null
    this.#batch = {}
    this.#state.link.flush()
    if (this.#state.state !== 'up') return
    this.#state.window.flushed()
    this.#resume()
  }

  /** The link of masters stands. All that was held goes in one batch. */
  linkUp(link: MasterLink): LinkEvents {
    this.linkDown('connection-lost')
    const window = new UpwardWindow(link, () => {
      if (this.#holds(link)) this.#resume()
    })
    this.#state = { state: 'up', link, window, flushing: null }
    this.#answered = true
    this.isAbsent = false
    this.#core.outages.end(this)
    this.#openChannels.clear()
    this.#tellEnded()
    for (const mirror of this.mirrors.values()) mirror.peerUp()
    this.flush()
    return {
      onFrame: (frame) => {
        if (this.#holds(link)) this.#receive(frame)
      },
      onDrained: () => {
        if (this.#holds(link)) this.#resume()
      },
      onClosed: (reason) => {
        if (this.#holds(link)) this.linkDown(reason)
      },
    }
  }

  /** Who is over is known to a back that has just come before anyone links. */
  #tellEnded(): void {
    const { ended } = this.#core
    for (const [userId, before, message] of ended.users()) this.send({ type: 'endUser', userId, before, message })
    for (const [sessionId, { reason }] of ended.sessions())
      this.send({ type: 'end', sessionId, reason: reason === 'kicked' ? reason : 'unlinked' })
  }

  #holds(link: MasterLink): boolean {
    return this.#state.state === 'up' && this.#state.link === link
  }

  /** There is no link, or none any more: links through it end, and may link again. */
  linkDown(reason: Reason): void {
    const state = this.#state
    this.#state = { state: 'down', reason }
    if (state.state !== 'up') return
    state.flushing?.cancel()
    this.#resume()
    this.#core.counts.peersLost++
    this.#openChannels.clear()
    // Which back it was, and how it was lost, is in the log.
    const why = 'The front lost contact with the owner of the channel. It will link again by itself.'
    for (const mirror of this.mirrors.values()) mirror.peerLost(reasonForLinks(reason), why)
  }

  /** Closes the link. What is in the batch goes out before. */
  close(reason: Reason, message: string): void {
    const state = this.#state
    this.#state = { state: 'down', reason }
    if (state.state !== 'up') return
    state.flushing?.cancel()
    state.link.close(reason, message)
  }

  /** Throws a `DecodeError`, which closes the link of masters. */
  #receive(bytes: Uint8Array): void {
    const type = bytes[0]
    // Turns and keyframes are kept; what came may be a view on whatever came with it.
    const isView = bytes.length < bytes.buffer.byteLength
    const isKept = type === SHARED || type === KEYFRAME
    this.#take(decodeToFront(isKept && isView ? bytes.slice() : bytes))
  }

  #take(frame: ToFrontFrame): void {
    switch (frame.type) {
      case 'shared':
        this.#mirror(frame.block.channelId)?.shared(frame.block)
        break
      case 'keyframe':
        this.#mirror(frame.keyframe.channelId)?.keyframe(frame.keyframe)
        break
      case 'masterPrivate':
        if (this.#mirror(frame.channelId)?.accepts(frame.epoch) !== true) return
        for (const { ref, items } of frame.links) {
          const link = this.#refs.get(ref)
          if (link?.mirror.channelId === frame.channelId) link.private(frame.epoch, frame.version, items)
        }
        break
      case 'masterLinked': {
        const link = this.#refs.get(frame.ref)
        if (link === undefined) return
        if (link.mirror.accepts(frame.linked.epoch)) {
          this.#core.ownedBy(link.mirror.channelId, this.id)
          link.linked(frame.linked)
        } else {
          // An owner that was overtaken: SUBSCRIBE tells it by how much, when the session links again.
          this.send({ type: 'detach', ref: frame.ref, reason: 'reset', graceMs: 0 })
          link.detach(
            'reset',
            true,
            `The answer came from epoch ${frame.linked.epoch} of the channel, which has ended.`,
          )
        }
        break
      }
      case 'masterDetached': {
        const link = this.#refs.get(frame.ref)
        // Moved first, so that the session links again to the owner that was named.
        const mirror = link && this.mirrors.get(link.mirror.channelId)
        if (mirror !== undefined && frame.owner !== null) this.#core.move(mirror, frame.owner.id)
        link?.detach(frame.reason, frame.relink, frame.message, frame.details)
        if (frame.reason === 'session-expired' && link !== undefined)
          this.#core.endHere(link.session.identity.sessionId, { reason: frame.reason, message: frame.message })
        break
      }
      case 'channel':
        if (frame.open) this.#openChannels.add(frame.channelId)
        else this.#openChannels.delete(frame.channelId)
        this.mirrors.get(frame.channelId)?.channel(frame.open)
        break
      case 'channelStatus':
        this.mirrors.get(frame.channelId)?.status(frame.stalled ? frame.reason : null)
        break
      case 'kick':
        this.#core.kick(frame.sessionId, frame.message, this)
        break
      case 'unreadable':
        this.#core.blame(frame.sessionId, frame.message)
        break
      case 'userEnded':
        this.#core.endUser(frame.userId, frame.before, frame.message)
        break
    }
  }

  #mirror(channelId: string): ChannelMirror | undefined {
    const mirror = this.mirrors.get(channelId)
    if (mirror === undefined) this.#core.counts.staleDropped++
    return mirror
  }
}

/** What is given may wait in an inbox: what was read is a view, and is not to keep a much larger buffer. */
function kept(frame: FedFrame): FedFrame {
  if (frame.type !== 'masterEntry') return frame
  const { entry } = frame
  const { body, context } = entry
  if (context === null && body.length * 2 >= body.buffer.byteLength) return frame
  return { ...frame, entry: { ...entry, context: context?.slice() ?? null, body: body.slice() } }
}
