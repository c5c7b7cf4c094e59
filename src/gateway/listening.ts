/** Starts and stops an HTTP server, with errors that name the port. Knows nothing of what it serves. */
import type { Server } from 'node:http'
import { Server as TlsServer } from 'node:tls'
import { CentrumError } from '../protocol/errors.js'
import { expectNetwork } from '../runtime/expect-network.js'

/** Rejects with a `CentrumError`: `address-in-use`, or `invalid-option` for a host or port that cannot be had. */
export function listenOn(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    expectNetwork(`port ${port} of ${host}`)
    const failed = (error: NodeJS.ErrnoException): void => reject(listenError(error, host, port))
    server.once('error', failed)
    server.listen(port, host, () => {
      server.off('error', failed)
      resolve()
    })
  })
}

export function stopListening(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve()
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

/** `http://host:port`, or https:, for people and clients on this machine where it listens on all addresses. Null where it does not listen on a port. */
export function urlOf(server: Server): string | null {
  const listening = server.address()
  if (listening === null || typeof listening === 'string') return null
  const { address, family, port } = listening
  const scheme = server instanceof TlsServer ? 'https' : 'http'
  if (address === '0.0.0.0' || address === '::') return `${scheme}://localhost:${port}`
  return family === 'IPv6' ? `${scheme}://[${address}]:${port}` : `${scheme}://${address}:${port}`
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): CentrumError {
  if (error.code === 'EADDRINUSE') {
    return new CentrumError(
      'address-in-use',
      `Another process is already listening on ${host}:${port}. Use another port, or 0 for any free one.`,
      { cause: error },
    )
  }
  return new CentrumError(
    'invalid-option',
    `The gateway cannot listen on ${host}:${port}: ${error.message}. Check host and port.`,
    { cause: error },
  )
}
