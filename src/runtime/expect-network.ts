/** Whether this process may use sockets: asked before one is made. Knows nothing of what they are for. */
import { refuseOption } from '../options/read-table.js'

/** Before this version `--permission` did not restrict sockets, and nobody has the scope. */
const NODE_WITH_NET = 25

/**
 * Throws a `CentrumError` `invalid-option` under `--permission` without `--allow-net`, where a socket would throw in a place
 * where nothing catches it. `what`: whatever wants the socket.
 */
export function expectNetwork(what: string): void {
  const { permission, versions } = process as {
    readonly permission?: { has(scope: string): boolean }
    readonly versions: { readonly node: string }
  }
  if (permission === undefined || Number.parseInt(versions.node, 10) < NODE_WITH_NET || permission.has('net')) return
  refuseOption(
    { call: 'sockets' },
    `${what} cannot be used, because Node.js runs with --permission but without --allow-net. Add that flag.`,
  )
}
