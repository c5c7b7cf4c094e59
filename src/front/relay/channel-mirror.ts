/**
 * The mirror of a back channel on this front: its epoch, its recent past as bytes, and the links that are given each turn.
 * It checks that each turn follows the one before and asks for what is missing. It opens neither keyframe nor patch.
 */
import type { Keyframe, SharedBlock } from '../../protocol/blocks.js'
import { type Origin, sameOrigin } from '../../protocol/origin.js'
import type { Reason } from '../../protocol/reasons.js'
import { type CatchUp, History } from '../../history/history.js'
import { HISTORY_LIMITS } from '../../history/history-limits.js'
import { defaultsOf } from '../../options/option-table.js'
import type { BackPeer } from './back-peer.js'
import { type FrontCore, reasonForLinks } from './front-core.js'
import type { RelayedLink } from './relayed-link.js'

/** Turns that do not fit while the answer to SUBSCRIBE is awaited; then it is sent once more. */
const UNFIT_BLOCKS_MAX = 256

type Subscription =
  | { readonly state: 'off' }
  /** SUBSCRIBE was sent, and nothing that fits has come yet. `unfit`: turns that did not. */
  | { readonly state: 'asked'; unfit: number }
  | { readonly state: 'following' }

export class ChannelMirror {
  readonly channelId: string
  readonly peer: BackPeer
  readonly #core: FrontCore
  readonly #history: History
  readonly #links = new Set<RelayedLink>()
  #subscription: Subscription = { state: 'off' }
  /** The version that was asked for by RENEW; -1 for none. */
  #renewing = -1

  constructor(core: FrontCore, channelId: string, peer: BackPeer) {
    this.#core = core
    this.channelId = channelId
    this.peer = peer
    const { ringBlocksMax, ringBytesMax } = core.limits
    this.#history = new History({ ...defaultsOf(HISTORY_LIMITS), ringBlocksMax, ringBytesMax })
  }

  get links(): ReadonlySet<RelayedLink> {
    return this.#links
  }

  get subscribed(): boolean {
    return this.#subscription.state !== 'off'
  }

  get size(): History['size'] {
    return this.#history.size
  }

  /** Takes a new link in, and asks the owner for it or holds it. */
  add(link: RelayedLink): void {
    if (this.#links.size === 0) this.#core.busy(this)
    this.#links.add(link)
    if (this.peer.up) {
      if (this.#subscription.state === 'off') this.#subscribe(link.past)
      link.ask()
    } else {
      link.hold(reasonForLinks(this.peer.downReason))
    }
  }

  /** A link is over. The last one ends the subscription. */
  remove(link: RelayedLink): void {
    if (!this.#links.delete(link) || this.#links.size > 0) return
    if (this.#subscription.state !== 'off') this.peer.send({ type: 'unsubscribe', channelId: this.channelId })
    this.#subscription = { state: 'off' }
    this.#renewing = -1
    this.#core.idle(this)
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
    const [first] = this.#links
    if (first === undefined) return
    this.#subscribe(first.past)
    for (const link of this.#links) link.ask()
  }

  /** The link of masters is lost: its links link again by themselves, and are held then. */
  peerLost(reason: Reason, message: string): void {
    this.#subscription = { state: 'off' }
    this.#renewing = -1
    for (const link of [...this.#links]) if (link.state !== 'waiting') link.detach(reason, true, message)
  }

  /** The owner opened or closed the channel. */
  channel(open: boolean): void {
    if (open || this.#subscription.state === 'off') return
    // A LINK that crossed the closing opens the channel anew, and subscribes to it.
    this.#subscription = this.#links.size > 0 ? { state: 'asked', unfit: 0 } : { state: 'off' }
    this.#renewing = -1
  }

  /**
   * A mirror that has nothing yet begins where the first session that asks has been, so that one that returns is served from
   * the owner's ring; should another need a keyframe it is asked for then.
   */
  #subscribe(borrowed: { readonly origin: Origin; readonly version: number } | null = null): void {
    if (this.#history.origin === null && borrowed !== null) this.#history.begin(borrowed.origin, borrowed.version)
    const { origin, version } = this.#history
    this.#subscription = { state: 'asked', unfit: 0 }
    this.#renewing = -1
    this.peer.send({
      type: 'subscribe',
      channelId: this.channelId,
      epochSeen: this.#core.epochs.get(this.channelId) ?? 0,
      past: origin === null ? null : { origin, version },
    })
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
    if (!this.#listensTo(block.epoch)) return
    if (this.#history.append(block)) {
      this.#core.counts.blocksTaken++
      this.#subscription = { state: 'following' }
      for (const link of this.#links) link.offer(block)
    } else if (this.#has(block.origin) && block.version <= this.#history.version) {
      this.#core.counts.duplicatesDropped++
    } else {
      this.#mend()
    }
  }

  /** V2: a turn that does not follow. Those behind it do not either, until the answer to SUBSCRIBE comes. */
  #mend(): void {
    if (this.#subscription.state === 'asked' && ++this.#subscription.unfit < UNFIT_BLOCKS_MAX) return
    this.#core.counts.gaps++
    this.#subscribe()
  }

  keyframe(keyframe: Keyframe): void {
    if (!this.#listensTo(keyframe.epoch)) return
    const { origin, version } = keyframe
    const before = this.#history.version
    const known = this.#has(origin)
    // While the answer to SUBSCRIBE is awaited, what is here may be no more than what a session said that it had.
    if (known && this.#subscription.state === 'following' && version < this.#history.oldest) {
      this.#core.counts.staleDropped++
      return
    }
    this.#core.counts.keyframesTaken++
    this.#subscription = { state: 'following' }
    this.#history.setKeyframe(keyframe)
    if (version >= this.#renewing) this.#renewing = -1
    const jumps = !known || version > before
    for (const link of [...this.#links]) {
      if (jumps) link.jumped(origin, before)
      link.catchUp()
    }
  }

  #listensTo(epoch: number): boolean {
    if (this.#subscription.state !== 'off') return this.accepts(epoch)
    this.#core.counts.staleDropped++
    return false
  }

  #has(origin: Origin): boolean {
    return this.#history.origin !== null && sameOrigin(this.#history.origin, origin)
  }

  /**
   * What a link at version `at` of an origin lacks; null where it has to wait: for a keyframe of that origin, for one of at
   * least `keyframeVersion`, or for the mirror to reach a version that the session has from another front.
   */
  catchUp(origin: Origin, at: number | null, keyframeVersion: number): CatchUp | null {
    const history = this.#history
    if (this.#subscription.state === 'off' || !this.#has(origin)) return null
    if (at !== null && at > history.version) return null
    const blocks = at === null ? null : history.since(origin, at)
    const whole = history.catchUp(null)
    if (blocks !== null && (whole === null || !this.#tooHeavy(blocks, whole))) return { keyframe: null, blocks }
    const least = at === null ? keyframeVersion : 0
    if (whole !== null && (whole.keyframe?.version ?? 0) >= least) return whole
    this.#renew(Math.max(least, history.oldest))
    return null
  }

  /** A keyframe costs a link the events between, so patches go as long as they are not many. */
  #tooHeavy(blocks: readonly SharedBlock[], whole: CatchUp): boolean {
    const bytes = bytesOf(blocks)
    return (
      bytes > this.#core.limits.catchUpBytesMax && bytes > (whole.keyframe?.frame.length ?? 0) + bytesOf(whole.blocks)
    )
  }

  #renew(version: number): void {
    if (this.#renewing >= version) return
    this.#renewing = version
    this.peer.send({ type: 'renew', channelId: this.channelId, version })
  }
}

function bytesOf(blocks: readonly SharedBlock[]): number {
  let bytes = 0
  for (const block of blocks) bytes += block.frame.length
  return bytes
}
