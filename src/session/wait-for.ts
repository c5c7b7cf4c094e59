/**
 * Promises that end: with a result, by a limit of time, or by the caller's signal. Knows nothing of what is waited for.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Runtime } from '../runtime/runtime.js'

export interface WaitOptions {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface WaitDefaults {
  readonly runtime: Runtime
  readonly timeoutMs: number
}

export interface Waiting<T> {
  resolve(value: T): void
  reject(error: Error): void
}

/**
 * Waits for what `begin` starts: it gets the means to settle the promise, and returns what is to be done when the caller
 * gives up. Rejects with `timeout`, with `aborted`, or with what `begin` throws. `describe` is asked only when time is up: it
 * says what did not happen, as a sentence without its end, or gives the whole error.
 */
export function waitFor<T>(
  defaults: WaitDefaults,
  settings: WaitOptions,
  describe: () => string | CentrumError,
  begin: (waiting: Waiting<T>) => () => void,
): Promise<T> {
  const { timeoutMs = defaults.timeoutMs, signal } = settings
  return new Promise((resolve, reject) => {
    // What is thrown here rejects.
    if (!(timeoutMs > 0))
      throw new CentrumError('invalid-option', `timeoutMs must be above 0, not ${String(timeoutMs)}`)
    if (signal?.aborted === true) throw aborted(signal)
    let withdraw = (): void => {}
    const settled =
      <V>(settle: (by: V) => void) =>
      (by: V): void => {
        timer.cancel()
        signal?.removeEventListener('abort', abort)
        settle(by)
      }
    const fail = settled<Error>(reject)
    const giveUp = (error: Error): void => {
      fail(error)
      withdraw()
    }
    const abort = (): void => giveUp(aborted(signal))
    const timer = defaults.runtime.clock.after(timeoutMs, () => giveUp(timedOut(describe(), timeoutMs)))
    signal?.addEventListener('abort', abort)
    try {
      withdraw = begin({ resolve: settled<T>(resolve), reject: fail })
    } catch (error) {
      fail(error as Error)
    }
  })
}

function aborted(signal: AbortSignal | undefined): CentrumError {
  return new CentrumError('aborted', 'the call was aborted by its signal', { cause: signal?.reason })
}

function timedOut(what: string | CentrumError, timeoutMs: number): CentrumError {
  if (typeof what !== 'string') return what
  return new CentrumError('timeout', `${what} within ${timeoutMs} ms (timeoutMs). Try again, or wait longer.`)
}
