/**
 * Finds a TCP port that nobody listens on. Another process may take it in between: whoever then listens says so.
 */
import { createServer } from 'node:net'
import { codeOf, UsageError } from './usage-error.js'

/** The greatest port number. */
const PORT_MAX = 65_535
/** How many ports in a row are tried before the search ends. */
const TRIES_MAX = 100

/** The first free port from `from` on, or for 0 any. Throws a `UsageError` where the host is none of this machine's. */
export async function freePort(host: string, from: number, taken: ReadonlySet<number> = new Set()): Promise<number> {
  const last = from === 0 ? 0 : Math.min(from + TRIES_MAX - 1, PORT_MAX)
  for (let port = from; port <= last; port++) {
    const free = taken.has(port) ? null : await probe(host, port)
    if (free !== null) return free
  }
  throw new UsageError(
    `--port is '${from}', but all ports from there to ${last} are taken. Give another port, or 0 for any free one.`,
  )
}

/** The port, or null if it is taken. */
function probe(host: string, port: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => {
      switch (codeOf(error)) {
        case 'EADDRINUSE':
          return resolve(null)
        case 'EACCES':
          return reject(
            new UsageError(`--port is '${port}', but this user may not listen on it. Give a port from 1024 on.`),
          )
        case 'EADDRNOTAVAIL':
        case 'ENOTFOUND':
        case 'EAI_AGAIN':
        case 'EINVAL':
          return reject(
            new UsageError(
              `--host is '${host}', which is not an address of this machine. Give 127.0.0.1, or 0.0.0.0 for all of them.`,
            ),
          )
        default:
          return reject(error)
      }
    })
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address()
      const got = typeof address === 'object' && address !== null ? address.port : port
      server.close(() => resolve(got))
    })
  })
}
