/** What a back master holds and has done, as counts. */
import type { MasterLink } from '../link/master-link.js'
import type { BackChannel } from './back-channel.js'
import type { ChannelCounts } from './channel-counts.js'
import type { DurabilityInspection } from './durable-channels.js'
import type { FrontPeer } from './front-peer.js'
import type { OpenChannels } from './open-channels.js'

/** The result of `inspect()` of a back: counts of everything held and everything done. */
export interface BackInspection {
  /** The id of the back. */
  readonly id: string
  /** Identifies this run of its process: 16 hex digits. */
  readonly incarnation: string
  /** Channels that are open, or about to be. */
  readonly channels: number
  /** Sessions in all channels, including those in their grace period. */
  readonly sessions: number
  /** Sessions in their grace period. */
  readonly dropped: number
  /** Links of sessions on all links of masters. */
  readonly refs: number
  /** Mirrors of its channels on fronts. */
  readonly subscriptions: number
  /** Tasks that wait in inboxes or for a running handler of the same sender, and handlers that run across turns. */
  readonly waiting: number
  /** Handlers that run across turns. */
  readonly running: number
  /** Some of the handlers that run across turns, and the handler that began last, each with its channel. */
  readonly handlers: { readonly running: readonly string[]; readonly last: string | null }
  /** Answers and direct events that were sent to single links and that their clients have not acknowledged yet. */
  readonly unseen: number
  /** Sessions and users whose bytes are counted. */
  readonly payers: number
  /** Timers of turns: one for each `tickMs` in use. */
  readonly beats: number
  /** Channels that have a turn to take. */
  readonly awake: number
  /** Null for a back without a store. */
  readonly durability: DurabilityInspection | null
  /** The connected fronts, with their links and counts of the link between front and back. */
  readonly fronts: readonly {
    readonly id: string
    readonly incarnation: string
    readonly refs: number
    readonly link: ReturnType<MasterLink['inspect']>
  }[]
  /** What was done since it began. */
  readonly done: Readonly<ChannelCounts>
}

export function inspectBack(
  self: { readonly id: string; readonly incarnation: string },
  channels: OpenChannels,
  peers: ReadonlySet<FrontPeer>,
): BackInspection {
  const sum = (count: (channel: BackChannel) => number): number => {
    let total = 0
    for (const channel of channels) total += count(channel)
    return total
  }
  const fronts = [...peers].map(({ link, refs }) => ({
    id: link.peer.id,
    incarnation: link.peer.incarnation,
    refs,
    link: link.inspect(),
  }))
  return {
    id: self.id,
    incarnation: self.incarnation,
    channels: channels.size,
    sessions: sum(({ sessions }) => sessions.size),
    dropped: sum(({ sessions }) => sessions.inGrace),
    refs: fronts.reduce((total, { refs }) => total + refs, 0),
    subscriptions: sum(({ mirrors }) => mirrors.size),
    waiting: sum(({ load }) => load.waiting),
    running: sum(({ load }) => load.running.length),
    handlers: channels.handlers,
    unseen: sum(({ sessions }) => sessions.unseen),
    payers: channels.payers.size,
    beats: channels.scheduler.timers,
    awake: channels.scheduler.awake,
    durability: channels.durable?.inspect() ?? null,
    fronts,
    done: { ...channels.counts },
  }
}
