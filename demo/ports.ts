/** Finds ports that nobody listens on. */
import { createServer } from 'node:net'

/** How many ports are tried, one after the other. */
const TRIES_MAX = 200

/** The first free port from `first` on that is not among the taken ones. */
export async function freePort(first: number, host: string, taken: readonly number[] = []): Promise<number> {
  for (let port = first; port < first + TRIES_MAX && port <= 65_535; port++) {
    if (!taken.includes(port) && (await isFree(port, host))) return port
  }
  throw new Error(`no free port from ${first} on: ${TRIES_MAX} were tried`)
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
