/**
 * The signals that ask a process to end: the first one is a request, the next one is obeyed at once. Knows nothing of what
 * is to be ended.
 */
import { constants } from 'node:os'
import type { Clock } from '../runtime/runtime.js'

export type StopSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP'

const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** Ctrl-C reaches a process below npm twice, from the terminal and from npm. That close together they are one. */
const SAME_SIGNAL_MS = 150

export interface StopSignalOptions {
  readonly clock: Clock
  /** Signals that are somebody else's concern. */
  readonly ignored?: readonly StopSignal[]
  /** Ends the process, with the exit code that shells know for the signal. */
  readonly endNow: (exitCode: number) => void
}

/** Resolves with the first signal. */
export function untilStopSignal({ clock, ignored = [], endNow }: StopSignalOptions): Promise<StopSignal> {
  return new Promise((resolve) => {
    let firstAt: number | null = null
    for (const signal of STOP_SIGNALS) {
      process.on(signal, () => {
        if (ignored.includes(signal)) return
        if (firstAt === null) {
          firstAt = clock.now()
          resolve(signal)
        } else if (clock.now() - firstAt > SAME_SIGNAL_MS) {
          endNow(128 + constants.signals[signal])
        }
      })
    }
  })
}
