/** Which handler a task runs, as logs name it. */
import { ENTRY } from '../protocol/frame-types.js'
import { type Entry, readNamed } from '../protocol/link-frames.js'
import type { Task } from './tasks.js'

export function handlerOf(task: Task): string {
  switch (task.type) {
    case 'open':
      return task.restored ? 'onRestore' : 'onOpen'
    case 'link':
      return 'onLink'
    case 'entry':
      return handlerOfEntry(task.entry)
    case 'drop':
      return 'onDrop'
    case 'resume':
      return 'onResume'
    case 'processor':
      return 'onProcessor'
    case 'release':
      return 'onProcessorLeft'
    case 'end':
      return 'onUnlink'
    case 'peer':
      return `onMessage.${task.name}`
    case 'sent':
      return `onMessage.${task.message.message}`
    case 'timer':
      return `onTimer.${task.timer.name}`
    case 'tick':
      return 'onTick'
    case 'close':
      return 'onClose'
  }
}

function handlerOfEntry(entry: Entry): string {
  switch (entry.kind) {
    case ENTRY.take:
      return 'onProcessor'
    case ENTRY.release:
      return 'onProcessorLeft'
    case ENTRY.unlink:
      return 'onUnlink'
    case ENTRY.message:
    case ENTRY.cancelled:
      return `onMessage${nameIn(entry)}`
    case ENTRY.request:
      return `onRequest${nameIn(entry)}`
  }
}

/** Empty where it cannot be read. */
function nameIn({ kind, body }: Entry): string {
  if (kind === ENTRY.cancelled) return ''
  try {
    return `.${readNamed(body).name}`
  } catch {
    return ''
  }
}
