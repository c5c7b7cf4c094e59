/**
 * Where a master listens, as text and taken apart: `tcp://host:port`, `unix:/path` and, within one process, `memory:name`.
 * It only looks at the text: nothing is resolved, dialled or probed.
 */
import { encodeUtf8 } from '../value/utf8.js'
import { CentrumError } from './errors.js'

export type Address =
  | { readonly kind: 'memory'; readonly name: string }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }

/** Bytes of a unix socket's path that every system accepts; Linux would take four more. */
const UNIX_PATH_BYTES_MAX = 103

const EXAMPLE = 'such as tcp://127.0.0.1:4000'

/** What is wrong with an address, as one or more sentences; null if nothing is. */
export function addressProblem(address: string): string | null {
  if (address.startsWith('tcp://')) return tcpProblem(address.slice(6))
  if (address.startsWith('unix:')) return unixProblem(address.slice(5))
  if (address.startsWith('memory:')) return address.length > 7 ? null : 'Give it a name: memory:name.'
  return 'It must be tcp://host:port, unix:/path or, within one process, memory:name.'
}

/** Throws a `CentrumError` `invalid-option` that names the value and the remedy. */
export function parseAddress(address: string): Address {
  const problem = typeof address === 'string' ? addressProblem(address) : 'It must be a string.'
  if (problem !== null) {
    throw new CentrumError(
      'invalid-option',
      `The address '${String(address)}' cannot be used. ${problem} Examples are tcp://127.0.0.1:4000, tcp://[::1]:4000 and unix:/run/app/back-1.sock.`,
    )
  }
  if (address.startsWith('unix:')) return { kind: 'unix', path: address.slice(5) }
  if (address.startsWith('memory:')) return { kind: 'memory', name: address.slice(7) }
  const { host, port } = hostAndPort(address.slice(6))
  return { kind: 'tcp', host: host.startsWith('[') ? host.slice(1, -1) : host, port: Number(port) }
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

function hostAndPort(rest: string): { host: string; port: string } {
  const colon = rest.lastIndexOf(':')
  return colon < 0 ? { host: rest, port: '' } : { host: rest.slice(0, colon), port: rest.slice(colon + 1) }
}

function tcpProblem(rest: string): string | null {
  const { host, port } = hostAndPort(rest)
  if (port === '') return `It has no port: write tcp://host:port, ${EXAMPLE}.`
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return `The port must be from 0 to 65535, got '${port}'.`
  if (host.startsWith('[')) return /^\[[0-9a-fA-F:.]+\]$/.test(host) ? null : `'${host}' is not an IPv6 address.`
  if (host.includes(':')) return `An IPv6 address must be in brackets: tcp://[${host}]:${port}.`
  if (/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(host)) return null
  return `'${host}' is not a host. Write tcp://host:port, ${EXAMPLE}.`
}

function unixProblem(path: string): string | null {
  if (!path.startsWith('/') || path.startsWith('//')) {
    return 'The path of a unix socket must be absolute, with one slash: unix:/run/app/back-1.sock.'
  }
  if (path.endsWith('/') || path.includes('\0')) {
    return 'The path of a unix socket must name a file: unix:/run/app/back-1.sock.'
  }
  const count = encodeUtf8(path).length
  if (count <= UNIX_PATH_BYTES_MAX) return null
  return `The path has ${count} bytes, the limit is ${UNIX_PATH_BYTES_MAX}. Use a shorter one.`
}
