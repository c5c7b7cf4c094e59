/**
 * What names one effect of a handler outside: the same where the task is started again by a later owner of the same history. What is never
 * started again has a name that never comes again.
 */
import type { Origin } from '../protocol/origin.js'
import type { Task } from './tasks.js'

interface KeyHost {
  readonly id: string
  readonly stream: { readonly origin: Origin; readonly epoch: number }
  readonly tick: number
}

/** `started` counts what was started in this epoch. */
export function idempotencyKeyOf({ id, stream, tick }: KeyHost, task: Task, started: number): string {
  const { origin, epoch } = stream
  const within = `${id}#${origin.epoch}-${origin.nonce}`
  switch (task.type) {
    case 'entry':
      return `${within}/${task.session.id}/${task.session.linkNumber}/${task.entry.clientSeq}`
    case 'link':
    case 'end':
      return `${within}/${task.session.id}/${task.session.linkNumber}/${task.type}`
    case 'timer': {
      const { id: timerId, everyMs, dueMs } = task.timer
      return `${within}/timer/${timerId}${everyMs === null ? '' : `/${dueMs}`}`
    }
    case 'sent':
      return `${within}/sent/${task.message.id}`
    case 'tick':
      return `${within}/tick/${tick}`
    case 'open':
    case 'close':
      return `${within}/${task.type}`
    case 'drop':
    case 'resume':
    case 'processor':
    case 'release':
    case 'peer':
      return `${within}/${epoch}/${started}`
  }
}
