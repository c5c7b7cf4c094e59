/**
 * Where a master listens, as text and taken apart: `tcp://host:port`, `unix:/path` and, within one process, `memory:name`.
 * Knows nothing of sockets.
 */
import { CentrumError } from '../protocol/errors.js'

export type Address =
  | { readonly kind: 'memory'; readonly name: string }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }

/** Bytes of a path that a unix socket can have: 107 on Linux, 103 on macOS and the BSDs. The least of them holds everywhere. */
const UNIX_PATH_BYTES_MAX: Readonly<Record<string, number>> = { linux: 107, android: 107 }
const UNIX_PATH_BYTES_MAX_ELSEWHERE = 103

const TCP = /^tcp:\/\/(\[[0-9a-fA-F:.]+\]|[^\s:/?#[\]]+):(\d{1,5})$/

/** Throws a `CentrumError` `invalid-option` that names the value and the remedy. */
export function parseAddress(address: string): Address {
  if (typeof address !== 'string') throw malformed(String(address), 'it must be a text')
  if (address.startsWith('unix:')) return { kind: 'unix', path: unixPath(address, address.slice('unix:'.length)) }
  if (address.startsWith('memory:')) {
    const name = address.slice('memory:'.length)
    if (name === '') throw malformed(address, 'behind memory: a name is missing')
    return { kind: 'memory', name }
  }
  if (!address.startsWith('tcp:')) throw malformed(address, 'it must begin with tcp:// or unix:')
  const match = TCP.exec(address)
  if (match === null) throw malformed(address, 'behind tcp:// a host and a port are needed, and nothing more')
  const [, host = '', digits = ''] = match
  const port = Number(digits)
  if (port > 65_535) throw malformed(address, `a port is at most 65535, and this is ${port}`)
  return { kind: 'tcp', host: host.startsWith('[') ? host.slice(1, -1) : host, port }
}

/** The text of a TCP address. */
export function tcpAddress(host: string, port: number): string {
  return host.includes(':') ? `tcp://[${host}]:${port}` : `tcp://${host}:${port}`
}

/** Whether what is said to this host stays on this machine. A name other than `localhost` may lead anywhere. */
export function isLoopback(host: string): boolean {
  const plain = host.toLowerCase().replace(/^::ffff:/, '')
  return plain === 'localhost' || plain === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(plain)
}

function unixPath(address: string, path: string): string {
  if (path === '' || path.includes('\0')) throw malformed(address, 'behind unix: the path of a socket is needed')
  if (path.startsWith('//')) throw malformed(address, 'behind unix: the path follows at once, with one slash')
  const bytes = new TextEncoder().encode(path).length
  const limit = UNIX_PATH_BYTES_MAX[process.platform] ?? UNIX_PATH_BYTES_MAX_ELSEWHERE
  if (bytes > limit) {
    throw malformed(address, `the path has ${bytes} bytes, and a socket's can have ${limit}: choose a shorter one`)
  }
  return path
}

function malformed(address: string, why: string): CentrumError {
  return new CentrumError(
    'invalid-option',
    `the address '${address}' is none: ${why}. Write tcp://127.0.0.1:4000, tcp://[::1]:4000 or unix:/run/app/back-1.sock`,
  )
}
