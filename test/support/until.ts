/** Waits for a condition, looking again and again, and says what it waited for where it does not come. */
const WAIT_MS = 60_000
const EVERY_MS = 5

export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  limitMs = WAIT_MS,
  everyMs = EVERY_MS,
): Promise<NonNullable<T>> {
  const end = performance.now() + limitMs
  for (;;) {
    const seen = await look()
    if (seen) return seen
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain for: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}

/** When a connection loses contact. It may be found again before anyone looks; what awaits this runs before that. */
export function lostContact(connection: { onStatus(handler: (status: string) => void): () => void }): Promise<void> {
  return new Promise((resolve) => {
    const stop = connection.onStatus((status) => {
      if (status !== 'reconnecting') return
      stop()
      resolve()
    })
  })
}
