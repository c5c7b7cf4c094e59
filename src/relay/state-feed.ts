/**
 * One stream of a channel's state as it arrives at this front: whether it is subscribed to, what is kept of it, and what brings a late
 * link up to date. It checks that each turn follows the one before, and asks for what is missing. It decodes neither keyframe nor patch,
 * and knows nothing of sessions.
 */
import type { CatchUp, History } from '../history/history.js'
import { HISTORY_LIMITS } from '../history/history-limits.js'
import { defaultsOf } from '../options/limit-table.js'
import { HistoryView } from '../history/history-view.js'
import type { Keyframe, SharedBlock } from '../protocol/blocks.js'
import type { ToBackFrame } from '../protocol/master-frames.js'
import type { Origin } from '../protocol/origin.js'
import type { RelayContext } from './relay-context.js'

/** After this many turns out of order SUBSCRIBE is sent again. */
const UNFIT_BLOCKS_MAX = 256
/** The whole state; further views of a channel get numbers of their own. */
const VIEW = 0

type Subscription =
  | { readonly state: 'off' }
  /** SUBSCRIBE was sent, and nothing that fits has come yet. `unfit`: turns that did not. */
  | { readonly state: 'asked'; unfit: number }
  | { readonly state: 'following' }

interface Past {
  readonly origin: Origin
  readonly version: number
}

/** Where a feed gets its stream from, and what it tells of it. */
export interface FeedHost {
  readonly channelId: string
  send(frame: ToBackFrame): void
  /** V1: false for what is older than what was accepted before. */
  accepts(epoch: number): boolean
  /** The owner's own history, where it lives in this process. */
  lender(): History | null
  /** A turn was taken. */
  taken(block: SharedBlock): void
  /** A keyframe was taken. `before`: the version up to which its links had come, where it is ahead of that; else null. */
  renewed(origin: Origin, before: number | null): void
}

export class StateFeed {
  readonly #core: RelayContext
  readonly #host: FeedHost
  readonly #history: HistoryView
  #subscription: Subscription = { state: 'off' }
  /** The version that was asked for by RENEW; -1 for none. */
  #renewing = -1

  constructor(core: RelayContext, host: FeedHost) {
    this.#core = core
    this.#host = host
    const { ringTurnsMax, ringBytesMax, ringMs } = core.limits
    const head = { channelId: host.channelId, view: VIEW }
    this.#history = new HistoryView(head, { ...defaultsOf(HISTORY_LIMITS), ringTurnsMax, ringBytesMax, ringMs }, () =>
      host.lender(),
    )
  }

  get subscribed(): boolean {
    return this.#subscription.state !== 'off'
  }

  get size(): HistoryView['size'] {
    return this.#history.size
  }

  /**
   * A feed that has nothing yet begins where the first session that asks has been, so that one that returns is served from the
   * owner's ring; should another need a keyframe it is asked for then.
   */
  subscribe(borrowed: Past | null = null): void {
    if (this.#history.origin === null && borrowed !== null) this.#history.begin(borrowed.origin, borrowed.version)
    const { origin, version } = this.#history
    const { channelId } = this.#host
    this.#subscription = { state: 'asked', unfit: 0 }
    this.#renewing = -1
    this.#host.send({
      type: 'subscribe',
      channelId,
      view: VIEW,
      epochSeen: this.#core.epochs.get(channelId) ?? 0,
      past: origin === null ? null : { origin, version },
    })
  }

  unsubscribe(): void {
    if (this.subscribed) this.#host.send({ type: 'unsubscribe', channelId: this.#host.channelId, view: VIEW })
    this.stop()
  }

  /** There is no subscription any more, and nobody to tell. */
  stop(): void {
    this.#subscription = { state: 'off' }
    this.#renewing = -1
  }

  /** The owner closed the channel. A LINK that crossed the closing opens it anew, and subscribes to it. */
  closed(isWanted: boolean): void {
    if (!this.subscribed) return
    this.#subscription = isWanted ? { state: 'asked', unfit: 0 } : { state: 'off' }
    this.#renewing = -1
  }

  shared(block: SharedBlock): void {
    if (!this.#listensTo(block.epoch)) return
    const history = this.#history
    if (history.append(block, this.#core.clock.now())) {
      this.#core.counts.blocksTaken++
      this.#subscription = { state: 'following' }
      this.#host.taken(block)
    } else if (history.isOf(block.origin) && block.version <= history.version) {
      this.#core.counts.duplicatesDropped++
    } else {
      this.#mend()
    }
  }

  /** V2: a turn that does not follow. Those behind it do not either, until the answer to SUBSCRIBE comes. */
  #mend(): void {
    if (this.#subscription.state === 'asked' && ++this.#subscription.unfit < UNFIT_BLOCKS_MAX) return
    this.#core.counts.gaps++
    this.subscribe()
  }

  keyframe(keyframe: Keyframe): void {
    if (!this.#listensTo(keyframe.epoch)) return
    const { origin, version } = keyframe
    const history = this.#history
    const before = history.version
    const known = history.isOf(origin)
    // While the answer to SUBSCRIBE is awaited, what is here may be no more than what a session said that it had.
    if (known && this.#subscription.state === 'following' && version < history.oldest) {
      this.#core.counts.staleDropped++
      return
    }
    this.#core.counts.keyframesTaken++
    this.#subscription = { state: 'following' }
    history.setKeyframe(keyframe, this.#core.clock.now())
    if (version >= this.#renewing) this.#renewing = -1
    this.#host.renewed(origin, !known || version > before ? before : null)
  }

  #listensTo(epoch: number): boolean {
    if (this.subscribed) return this.#host.accepts(epoch)
    this.#core.counts.staleDropped++
    return false
  }

  /**
   * What a link at version `at` of an origin lacks; null where it has to wait: for a keyframe of that origin, for one of at
   * least `keyframeVersion`, or for the feed to reach a version that the session has from another front.
   */
  catchUp(origin: Origin, at: number | null, keyframeVersion: number): CatchUp | null {
    const history = this.#history
    if (!this.subscribed || !history.isOf(origin)) return null
    history.raise(this.#core.epochs.get(this.#host.channelId) ?? 0)
    if (at !== null && at > history.version) return null
    const blocks = at === null ? null : history.since(origin, at)
    const whole = history.whole()
    if (blocks !== null && (whole === null || !this.#tooHeavy(blocks, whole))) return { keyframe: null, blocks }
    const wanted = at === null ? keyframeVersion : 0
    if (whole !== null && (whole.keyframe?.version ?? 0) >= wanted) return whole
    this.#renew(Math.max(wanted, history.oldest))
    return null
  }

  /** A keyframe costs a link the events between, so patches go as long as they are not many. */
  #tooHeavy(blocks: readonly SharedBlock[], whole: CatchUp): boolean {
    const bytes = bytesOf(blocks)
    if (bytes <= this.#core.limits.catchUpBytesMax) return false
    return bytes > (whole.keyframe?.frame.length ?? 0) + bytesOf(whole.blocks)
  }

  #renew(version: number): void {
    if (this.#renewing >= version) return
    this.#renewing = version
    this.#host.send({ type: 'renew', channelId: this.#host.channelId, view: VIEW, version })
  }

  /** Cut into blocks of one turn each, for a carrier that takes no longer frames. */
  apart(blocks: readonly SharedBlock[]): readonly SharedBlock[] {
    return this.#history.apart(blocks)
  }
}

function bytesOf(blocks: readonly SharedBlock[]): number {
  return blocks.reduce((sum, { frame }) => sum + frame.length, 0)
}
