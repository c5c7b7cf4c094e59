/**
 * The error codes of sockets as sentences: what happened, where, and what to do. Knows nothing of streams.
 */
import { CentrumError } from '../protocol/errors.js'

/** Whether nothing listens at an address. */
export function isGone(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'ECONNREFUSED' || code === 'ENOENT'
}

export function unreachable(address: string, error: Error, encrypted: boolean): CentrumError {
  return new CentrumError('unreachable', `${address} was not reached: ${whyNotReached(error, encrypted)}`, {
    cause: error,
  })
}

export function whyNotListening(address: string, error: unknown): CentrumError {
  const code = codeOf(error)
  switch (code) {
    case 'EADDRINUSE':
      return new CentrumError('address-in-use', `another process is already listening at ${address}`, { cause: error })
    case 'EACCES':
    case 'EPERM':
      return notListening(
        address,
        'this process is not allowed to listen there: choose another path or port, or give it the permission',
        error,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return notListening(
        address,
        'this machine has no such address: use one of its own, or 0.0.0.0 for all of them',
        error,
      )
    default:
      return notListening(address, error instanceof Error ? error.message : String(error), error)
  }
}

function notListening(address: string, why: string, cause: unknown): CentrumError {
  return new CentrumError('invalid-option', `cannot listen at '${address}': ${why}`, { cause })
}

function whyNotReached(error: Error, encrypted: boolean): string {
  switch (codeOf(error)) {
    case 'ECONNREFUSED':
      return 'nothing listens there'
    case 'ENOENT':
      return 'there is no such socket'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'the host is unknown'
    case 'EACCES':
      return 'this process is not allowed to open that socket'
    default:
      break
  }
  if (encrypted) return `the TLS handshake failed, probably because the cluster's key differs (${error.message})`
  // Where several addresses of a host were tried, the error has a code and no message.
  return error.message || (codeOf(error) ?? 'the socket failed')
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
