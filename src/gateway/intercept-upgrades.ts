/**
 * Upgrades on a server of the application's own. Other listeners usually answer upgrades that are not theirs with 400 or 404, on the very
 * socket. So centrum's upgrades are taken before the others see them; everything else reaches them as if centrum were not there.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'

/** Whether it was centrum's. */
export type TakeUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean

/** Returns what ends it. */
export function interceptUpgrades(server: Server, take: TakeUpgrade, refuse: (socket: Duplex) => void): () => void {
  const { emit } = server
  const intercept = function (this: Server, event: string | symbol, ...details: unknown[]): boolean {
    const [request, socket, head] = details as Parameters<TakeUpgrade>
    if (event === 'upgrade' && take(request, socket, head)) return true
    return Reflect.apply(emit, this, [event, ...details]) as boolean
  } as typeof emit
  // Without a listener Node answers an upgrade as a plain request.
  const listener = (_request: IncomingMessage, socket: Duplex): void => {
    if (server.listenerCount('upgrade') === 1) refuse(socket)
  }
  server.emit = intercept
  server.on('upgrade', listener)
  return () => {
    server.off('upgrade', listener)
    // Whoever intercepts as well, and came later, keeps calling this: `take` takes nothing any more.
    if (server.emit === intercept) server.emit = emit
  }
}
