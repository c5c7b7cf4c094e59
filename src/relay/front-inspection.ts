/** What is seen of a front master from outside: counts of all that is held, and of what was done. Types only. */
import type { LinkCounts } from '../link/master-link.js'
import type { FrontCounts } from './front-core.js'

/** What `inspect()` of a front returns: counts of all that is held and of what was done. */
export interface FrontInspection {
  readonly id: string
  readonly state: 'idle' | 'running' | 'stopped'
  readonly backs: readonly FrontBackInspection[]
  /** Sessions of clients and of the front itself. */
  readonly sessions: number
  readonly links: {
    readonly total: number
    /** Held until the owner can be reached. */
    readonly waiting: number
    /** Of the options of those that wait. */
    readonly waitingBytes: number
    readonly asked: number
    readonly lagging: number
    readonly live: number
  }
  /** Refs in use on all links of masters. */
  readonly refs: number
  /** Channels that this front mirrors, those included that are kept without a link. */
  readonly channels: number
  /** Channels that backs send turns of. */
  readonly subscribed: number
  /** Channels that are kept without a link. */
  readonly kept: number
  readonly history: {
    readonly turns: number
    readonly bytes: number
    readonly capacity: number
    readonly keyframeBytes: number
  }
  readonly epochsRemembered: number
  readonly timers: number
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
  /** Whether it answered at least once. */
  readonly answered: boolean
  readonly refs: number
  readonly openChannels: number
  /** Of the link of masters; null while there is none. */
  readonly link: LinkCounts | null
}
