/** What each child process of the demo does to live and end with its parent. */

/** Says to the parent that all is up. Ends with the parent's signal, or when the parent is gone. */
export function readyUntil(end: () => Promise<void>): void {
  let ending = false
  const finish = (): void => {
    if (ending) return
    ending = true
    void end().finally(() => process.exit(0))
  }
  process.on('SIGTERM', finish)
  // Ctrl-C reaches the whole group: the parent ends its children in its own time.
  process.on('SIGINT', () => undefined)
  process.on('disconnect', finish)
  process.send?.('ready')
}
