/** What the tasks of an inbox ask of their channel and its back. Types only. */
import type { ChannelContract } from '../channel/channel-contract.js'
import type { ChannelHandlers } from '../channel/channel-implementation.js'
import type { Log } from '../runtime/runtime.js'
import type { BackLimits } from './back-limits.js'
import type { ChannelSessions } from './channel-sessions.js'
import type { DueTimers } from './due-timers.js'
import type { LiveContext } from './live-context.js'
import type { PeerInbox } from './peer-messages.js'
import type { FailureCounts } from './task-failures.js'
import type { Task } from './tasks.js'

export interface TaskCounts extends FailureCounts {
  messages: number
  requests: number
}

/** What the tasks ask of their back. */
export interface TasksBack {
  readonly counts: TaskCounts
  readonly limits: BackLimits
  /** The session sent what cannot be read: its socket is closed, wherever it is. */
  blame(sessionId: string, message: string): void
  /** A handler is about to run: where the process ends by what nobody caught, the last one may be the cause. */
  starts(channelId: string, task: Task): void
}

/** What the tasks ask of their channel. */
export interface TaskHost {
  readonly id: string
  readonly contract: ChannelContract
  readonly handlers: ChannelHandlers
  readonly context: LiveContext
  readonly sessions: ChannelSessions
  readonly peers: PeerInbox
  readonly dueTimers: DueTimers
  readonly log: Log
  readonly back: TasksBack
  opened(): void
  openFailed(error: unknown): void
  closed(): void
  wake(): void
}
