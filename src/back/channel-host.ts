/** What channels ask of their back, and what it knows of them. Knows nothing of what either does. */
import type { ChannelCounts } from './channel-counts.js'
import type { ChannelContract } from '../channel/channel-contract.js'
import type { Runtime } from '../runtime/runtime.js'
import type { BackLimits } from './back-limits.js'
import type { IdleMember } from './idle-channels.js'
import type { FoundChannel } from './found-opening.js'
import type { Payers } from './payers.js'
import type { Opening } from './pending-opening.js'
import type { TasksBack } from './task-host.js'
import type { CheckedMember } from './state-checks.js'
import type { StateStream } from './state-stream.js'
import type { OutcomeSink, TurnOutcome } from './turn-outcome.js'
import type { Ending } from './tasks.js'
import type { ScheduledMember } from './turn-scheduler.js'

/** A channel as its back sees it. */
export interface HostedChannel extends ScheduledMember, IdleMember, CheckedMember {
  readonly id: string
  readonly contract: ChannelContract
  /** 0 until it is claimed. */
  readonly epoch: number
  /** Known once it is claimed. */
  readonly stream: StateStream
}

/** What a channel asks of its back. All channels of a back share one. */
export interface ChannelHost extends OutcomeSink, TasksBack {
  readonly runtime: Runtime
  readonly limits: BackLimits
  readonly counts: ChannelCounts
  readonly onePerUser: boolean
  readonly payers: Payers
  /** Claims the channel, in an epoch above `epochSeen`. What it throws or rejects with refuses all that waits for the channel. */
  open(channel: FoundChannel, epochSeen: number): Opening | Promise<Opening>
  /** Keeps what is to be kept of a turn, then calls `release`: outcomes of one channel in the order of their turns. */
  commit(outcome: TurnOutcome, release: () => void): void
  /** Whether what was open of the channel is stored when it closes, its sessions as well. */
  isKept(channelId: string): boolean
  /** There is something to do. */
  wake(channel: HostedChannel): void
  /** It has more to do than one turn takes: it gets a further one, behind those of others. */
  goOn(channelId: string): void
  /** Somebody touched the channel, which takes no turns from here on. */
  touched(channel: HostedChannel): void
  /** Nothing new can be shown of the channel for now, or it can again. */
  stalls(channelId: string): void
  opened(channel: HostedChannel): void
  closed(channel: HostedChannel, ending: Ending, isFaulted: boolean): void
  /** It has no links: it may be closed after `idleMs`. */
  idle(channel: HostedChannel, idleMs: number): void
}
