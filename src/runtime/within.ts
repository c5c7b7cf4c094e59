/** A limit to how long a promise is waited for. Knows nothing of what it is of. */
import type { Clock } from './runtime.js'

/** What the promise brings; rejects with an error of this message where it has not settled in time. A later result is ignored. */
export async function within<T>(clock: Clock, ms: number, promise: Promise<T>, message: string): Promise<T> {
  let giveUp = (): void => undefined
  const late = new Promise<never>((_resolve, reject) => (giveUp = () => reject(new Error(message))))
  const timer = clock.after(ms, giveUp)
  try {
    return await Promise.race([promise, late])
  } finally {
    timer.cancel()
  }
}
