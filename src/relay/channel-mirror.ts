/**
 * The mirror of a back channel on this front: the links to it, the back that owns it, and the feed of its state. It passes each turn to
 * the links. Knows nothing of what carries sessions.
 */
import type { History } from '../history/history.js'
import type { Keyframe, SharedBlock } from '../protocol/blocks.js'
import { type Origin, sameOrigin } from '../protocol/origin.js'
import type { Reason } from '../protocol/reasons.js'
import type { ToBackFrame } from '../protocol/master-frames.js'
import { reasonForLinks } from './reason-for-links.js'
import type { RelayContext } from './relay-context.js'
import type { LinkMirror, LinkedBack, RelayedLink } from './relayed-link.js'
import { type FeedHost, StateFeed } from './state-feed.js'

/** What a mirror asks of the relay that it is part of. */
export interface MirrorCore extends RelayContext {
  /** A link waits for a back that cannot be reached. */
  missing(): void
  /** The mirror has no links: it is kept for a while, then evicted. */
  idle(mirror: ChannelMirror): void
  /** The mirror has a link again. */
  busy(mirror: ChannelMirror): void
}

/** A back, as far as the mirrors of its channels need it. */
export interface MirrorPeer extends LinkedBack {
  readonly mirrors: Map<string, ChannelMirror>
  /** Why there is no link of masters. */
  readonly downReason: Reason
}

export class ChannelMirror implements FeedHost, LinkMirror {
  readonly channelId: string
  readonly feed: StateFeed
  readonly #core: MirrorCore
  readonly #links = new Set<RelayedLink>()
  #peer: MirrorPeer
  #origin: Origin | null = null
  /** Why its owner shows nothing new; null where it does. */
  #stalled: Reason | null = null

  constructor(core: MirrorCore, channelId: string, peer: MirrorPeer) {
    this.#core = core
    this.channelId = channelId
    this.#peer = peer
    this.feed = new StateFeed(core, this)
    peer.mirrors.set(channelId, this)
  }

  /** The back that owns the channel, as far as this front knows. */
  get peer(): MirrorPeer {
    return this.#peer
  }

  /** Why its owner shows nothing new for now; null where it does. */
  get stalled(): Reason | null {
    return this.#stalled
  }

  get links(): ReadonlySet<RelayedLink> {
    return this.#links
  }

  /** Takes a new link in, and asks the owner for it or holds it. */
  add(link: RelayedLink): void {
    if (this.#links.size === 0) this.#core.busy(this)
    this.#links.add(link)
    if (this.#peer.up) {
      if (link.wantsState && !this.feed.subscribed) this.feed.subscribe(link.past)
      link.ask()
      if (this.#stalled !== null) link.status(this.#stalled)
    } else {
      link.hold(reasonForLinks(this.#peer.downReason))
      this.#core.missing()
    }
  }

  /** A link is detached. The last one ends the subscription. */
  remove(link: RelayedLink): void {
    if (!this.#links.delete(link)) return
    if (this.feed.subscribed && this.#firstFollower() === undefined) this.feed.unsubscribe()
    if (this.#links.size === 0) this.#core.idle(this)
  }

  #firstFollower(): RelayedLink | undefined {
    for (const link of this.#links) if (link.wantsState) return link
    return undefined
  }

  /** Only one link of a session to a channel lives: turns name the channel, not the link. */
  replaceOthersOf(link: RelayedLink): void {
    for (const other of this.#links) {
      if (other === link || other.session !== link.session || other.state === 'waiting' || other.state === 'asked')
        continue
      other.detach('unlinked', false, 'A newer link of the same session took its place.')
    }
  }

  /** The link of masters stands: subscribes, and sends what was held. */
  peerUp(): void {
    const follower = this.#firstFollower()
    if (follower !== undefined) this.feed.subscribe(follower.past)
    for (const link of this.#links) link.ask()
  }

  /** The owner shows nothing new for this reason; null: it does again. */
  status(stalled: Reason | null): void {
    if (stalled === this.#stalled) return
    this.#stalled = stalled
    for (const link of this.#links) link.status(stalled)
  }

  /** The link of masters is lost: its links link again by themselves, and are held then. */
  peerLost(reason: Reason, message: string): void {
    this.feed.stop()
    this.#stalled = null
    for (const link of [...this.#links]) if (link.state !== 'waiting') link.detach(reason, true, message)
  }

  /** Another back owns the channel from here on: links go on there, and those that the old one has link again. */
  moveTo(peer: MirrorPeer): void {
    if (peer === this.#peer) return
    const links = [...this.#links].filter(({ state }) => state !== 'waiting')
    for (const link of links) link.disconnected('not-owner')
    this.feed.unsubscribe()
    this.#peer.mirrors.delete(this.channelId)
    this.#peer = peer
    this.#stalled = null
    peer.mirrors.set(this.channelId, this)
    if (peer.up) this.peerUp()
    // Last: some link again within the call.
    const message = `Another back owns channel '${this.channelId}' now.`
    const ending = { type: 'detached', reason: 'not-owner', relink: true, message, details: null } as const
    for (const { number, session } of links) session.sink.answer({ ...ending, link: number })
  }

  /** The mirror is evicted. */
  close(): void {
    this.#peer.mirrors.delete(this.channelId)
  }

  /** The owner opened or closed the channel. */
  channel(open: boolean): void {
    if (open) return
    this.#stalled = null
    this.feed.closed(this.#links.size > 0)
  }

  /** The same object for equal origins, as each link keeps one. */
  sharedOrigin(origin: Origin): Origin {
    if (this.#origin === null || !sameOrigin(this.#origin, origin)) this.#origin = origin
    return this.#origin
  }

  send(frame: ToBackFrame): void {
    this.#peer.send(frame)
  }

  lender(): History | null {
    return this.#core.histories?.of(this.#peer.id, this.channelId) ?? null
  }

  /** V1: never anything older than what was accepted before. */
  accepts(epoch: number): boolean {
    const seen = this.#core.epochs.get(this.channelId) ?? 0
    if (epoch < seen) {
      this.#core.counts.staleDropped++
      return false
    }
    if (epoch > seen) this.#core.epochs.set(this.channelId, epoch)
    return true
  }

  shared(block: SharedBlock): void {
    this.feed.shared(block)
  }

  keyframe(keyframe: Keyframe): void {
    this.feed.keyframe(keyframe)
  }

  taken(block: SharedBlock): void {
    for (const link of this.#links) link.offer(block)
  }

  renewed(origin: Origin, before: number | null): void {
    for (const link of [...this.#links]) {
      if (before !== null) link.jumped(origin, before)
      link.catchUp()
    }
  }
}
