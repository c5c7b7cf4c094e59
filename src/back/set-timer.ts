/** What `ctx.after`, `ctx.every` and `ctx.timers` do: checks what is asked for, and shows what there is. Knows nothing of handlers. */
import type { ChannelContract } from '../channel/channel-contract.js'
import type { TimerOf } from '../channel/context.js'
import { decodeValue } from '../value/decode-value.js'
import type { ChannelTimers } from './channel-timers.js'
import { checkDeclared } from './check-declared.js'
import { encodeSendable } from './encode-sendable.js'
import { WrongCall } from './wrong-call.js'

/** The longest time that a timer may be set for, in milliseconds: a hundred years. */
const TIMER_AHEAD_MS_MAX = 100 * 365 * 86_400_000

interface TimerAsked {
  readonly now: number
  readonly ms: number
  readonly name: string
  readonly payload: unknown
  readonly sendBytesMax: number
}

/** Sets a timer and gives its id. Throws a `WrongCall`, a `CentrumError` `too-large`, and `EncodeError` for a payload that cannot be encoded. */
export function setTimer(
  timers: ChannelTimers,
  contract: ChannelContract,
  call: 'after' | 'every',
  { now, ms, name, payload, sendBytesMax }: TimerAsked,
): number {
  const min = call === 'every' ? 1 : 0
  if (!(ms >= min && ms <= TIMER_AHEAD_MS_MAX)) {
    throw new WrongCall(
      'invalid',
      `ctx.${call} got ${String(ms)} as ms. It must be a number from ${min} to ${TIMER_AHEAD_MS_MAX}.`,
    )
  }
  const { timersMax } = contract
  if (timers.size >= timersMax) {
    throw new WrongCall(
      'buffer-full',
      `the channel already has ${timers.size} timers, the limit is ${timersMax} (timersMax). Cancel some, or raise the limit in defineChannel.`,
    )
  }
  const encoded = encodeSendable(
    `timer '${name}'`,
    checkDeclared('timer', contract.timers, name, payload),
    sendBytesMax,
  )
  return timers.add({ name, payload: encoded, dueMs: now + ms, everyMs: call === 'every' ? ms : null })
}

/** Those that wait, as handlers see them. */
export function shownTimers(timers: ChannelTimers): TimerOf[] {
  return timers.waiting.map(({ id, name, payload, dueMs, everyMs }) => ({
    id,
    name,
    payload: decodeValue(payload),
    dueMs,
    everyMs,
  }))
}
