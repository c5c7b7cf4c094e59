/** What names a task among the attempts of its channel: the same where a later owner starts it again. */
import type { Task } from './tasks.js'

export function attemptOf(task: Task): string {
  switch (task.type) {
    case 'entry':
      return `entry ${task.session.id}/${task.session.linkNumber}/${task.entry.clientSeq}`
    case 'timer':
      return `timer ${task.timer.id}`
    case 'sent':
      return `sent ${task.message.id}`
    case 'link':
    case 'drop':
    case 'resume':
    case 'processor':
    case 'release':
    case 'end':
      return `${task.type} ${task.session.id}`
    case 'open':
    case 'peer':
    case 'tick':
    case 'close':
      return task.type
  }
}
