/** What a turn of a channel would start, before it is taken. */
import type { DueTimers } from './due-timers.js'
import type { Task } from './tasks.js'

interface UpcomingHost {
  readonly dueTimers: DueTimers
  readonly handlers: { readonly onTick?: unknown }
  readonly sessions: { readonly size: number }
}

export function upcomingTasks({ dueTimers, handlers, sessions }: UpcomingHost, inbox: readonly Task[], beat: boolean) {
  const timers = dueTimers.due.map((timer): Task => ({ type: 'timer', timer }))
  const isTick = beat && handlers.onTick !== undefined && sessions.size > 0
  const ticks: readonly Task[] = isTick ? [{ type: 'tick', dtMs: 0 }] : []
  return [...timers, ...ticks, ...inbox]
}
