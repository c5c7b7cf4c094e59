/** Each wait has a limit: a promise that is settled from outside, or rejects after a time, or when its signal aborts. */
import { CentrumError } from '../../protocol/errors.js'
import type { Clock } from '../../runtime/runtime.js'

export interface WaitOptions {
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** How long calls wait unless told otherwise, in milliseconds. */
export const WAIT_MS = 10_000

export interface Wait<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

/** `what` begins the message of the error: "link to 'arena/1'". `gaveUp` is called where the time is over or the signal aborts. */
export function waitFor<T>(clock: Clock, what: string, options: WaitOptions, gaveUp: () => void): Wait<T> {
  const { timeoutMs = WAIT_MS, signal } = options
  let settle: { resolve(value: T): void; reject(error: unknown): void } | null = null
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject }
  })
  const finish = (run: (waiting: NonNullable<typeof settle>) => void): boolean => {
    const waiting = settle
    if (waiting === null) return false
    settle = null
    timer.cancel()
    signal?.removeEventListener('abort', aborted)
    run(waiting)
    return true
  }
  const fail = (error: CentrumError): void => {
    if (finish((waiting) => waiting.reject(error))) gaveUp()
  }
  const aborted = (): void => fail(new CentrumError('aborted', `${what} was aborted.`, { cause: signal?.reason }))
  const timer = clock.after(timeoutMs, () =>
    fail(new CentrumError('timeout', `${what} took longer than ${timeoutMs} ms (timeoutMs).`)),
  )
  signal?.addEventListener('abort', aborted, { once: true })
  if (signal?.aborted === true) clock.soon(aborted)
  return {
    promise,
    resolve: (value) => void finish((waiting) => waiting.resolve(value)),
    reject: (error) => void finish((waiting) => waiting.reject(error)),
  }
}
