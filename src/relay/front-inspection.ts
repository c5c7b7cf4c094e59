/** What `inspect()` of a front master returns: counts of everything held and everything done. Types only. */
import type { LinkCounts } from '../link/master-link.js'
import type { FrontCounts } from './front-counts.js'

/** The result of `inspect()` of a front: counts of everything held and everything done. */
export interface FrontInspection {
  /** The id of the front. */
  readonly id: string
  /** Whether it is not yet started, running, or stopped. */
  readonly state: 'idle' | 'running' | 'stopped'
  /** Each back that it knows. */
  readonly backs: readonly FrontBackInspection[]
  /** Sessions of clients and of the front itself. */
  readonly sessions: number
  /** Links of all sessions, by their state. */
  readonly links: {
    readonly total: number
    /** Held until the owner can be reached. */
    readonly waiting: number
    /** The bytes of the options of waiting links. */
    readonly waitingBytes: number
    readonly asked: number
    readonly lagging: number
    readonly live: number
  }
  /** Refs in use on all links of masters. */
  readonly refs: number
  /** Channels that this front mirrors, including those kept without a link. */
  readonly channels: number
  /** Channels whose turns backs send to this front. */
  readonly subscribed: number
  /** Channels that are kept without a link. */
  readonly kept: number
  /** Keyframes and turns of channels, kept as bytes. */
  readonly history: {
    readonly turns: number
    readonly bytes: number
    readonly capacity: number
    readonly keyframeBytes: number
  }
  /** Channels whose newest epoch is remembered. */
  readonly epochsRemembered: number
  /** Timers that are running. */
  readonly timers: number
  /** What was done since it began. */
  readonly done: Readonly<FrontCounts>
}

/** A channel that a back has open. */
export interface OpenChannel {
  readonly id: string
  readonly back: string
}

export interface FrontBackInspection {
  readonly id: string
  readonly up: boolean
  /** Whether the back has answered at least once. */
  readonly answered: boolean
  readonly refs: number
  readonly openChannels: number
  /** Counts of the link to the back; null while there is none. */
  readonly link: LinkCounts | null
}
