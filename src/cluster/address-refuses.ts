/** Whether nothing listens at an address any more. Knows nothing of who should. */
import { connect } from 'node:net'
import { parseAddress } from '../protocol/address.js'
import type { Clock } from '../runtime/runtime.js'

/** What the system of the address answers with where nothing listens there. Anything else leaves it open. */
const REFUSALS = ['ECONNREFUSED', 'ENOENT']

/** False also where nobody answers within `limitMs`: then nothing is known. */
export function addressRefuses(address: string, clock: Clock, limitMs: number): Promise<boolean> {
  const parsed = parseAddress(address)
  if (parsed.kind === 'memory') return Promise.resolve(false)
  const socket = parsed.kind === 'unix' ? connect(parsed.path) : connect(parsed.port, parsed.host)
  return new Promise((resolve) => {
    const settle = (refuses: boolean): void => {
      timer.cancel()
      socket.destroy()
      resolve(refuses)
    }
    const timer = clock.after(limitMs, () => settle(false))
    socket.once('connect', () => settle(false))
    socket.once('error', ({ code }: NodeJS.ErrnoException) => settle(REFUSALS.includes(code ?? '')))
  })
}
