/** A limit to how long a promise is waited for. Knows nothing of what it is of. */
import type { Clock } from './runtime.js'

/** What the promise brings; rejects with an error of this message where it has not settled in time. A later result is ignored. */
export function within<T>(clock: Clock, ms: number, promise: Promise<T>, message: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () => reject(new Error(message)))
    promise.then(
      (value) => {
        timer.cancel()
        resolve(value)
      },
      (error: unknown) => {
        timer.cancel()
        reject(error instanceof Error ? error : new Error(String(error)))
      },
    )
  })
}
