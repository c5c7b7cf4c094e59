/** `ctx.rewind`: what the client was shown whose message is being handled. Knows nothing of how states are kept. */
import type { RewindOptions, Rewound } from '../channel/context.js'
import { describeValue } from '../options/describe-value.js'
import { idsGiven } from './reason-given.js'
import type { StatePast } from './state-past.js'
import type { Task } from './tasks.js'
import { WrongCall } from './wrong-call.js'

/** `task`: what is being started; null while nothing is. */
export function rewindTask(
  past: StatePast | null,
  task: Task | null,
  client: { readonly id: string },
  nowMs: number,
  { delayMs = 0 }: RewindOptions = {},
): Rewound<object> {
  const [id] = idsGiven('ctx.rewind', client)
  if (past === null)
    throw new WrongCall('invalid', 'ctx.rewind needs rewindMsMax in the definition of the channel, such as 250.')
  if (typeof delayMs !== 'number' || !(delayMs >= 0))
    throw new WrongCall(
      'invalid',
      `ctx.rewind got ${describeValue(delayMs)} as delayMs. It must be a number of milliseconds from 0.`,
    )
  if (task?.type === 'entry' && task.session.id === id) return past.rewind(task.entry.shown, delayMs, nowMs)
  throw new WrongCall(
    'invalid',
    'ctx.rewind was called outside a handler for a message or request of this client, or after its first await. Call it at the start of the handler, and keep the result.',
  )
}
