/**
 * The forms an address of a back may have, and whether bytes to it leave the machine. It only looks at the text: nothing is
 * resolved, dialled or probed.
 */

/** What a unix socket's path may have at most on every system that Node runs on, in bytes. */
const PATH_BYTES_MAX = 103

/** What is wrong with an address, as one or more sentences; null if nothing is. */
export function addressProblem(address: string): string | null {
  if (address.startsWith('tcp://')) return tcpProblem(address.slice(6))
  if (address.startsWith('unix:')) return unixProblem(address.slice(5))
  if (address.startsWith('memory:')) return address.length > 7 ? null : 'Give it a name: memory:name.'
  return 'It must be tcp://host:port, unix:/path or, within one process, memory:name.'
}

/** Whether the bytes of a link to this address leave the machine. */
export function leavesMachine(address: string): boolean {
  if (!address.startsWith('tcp://')) return false
  const { host } = hostAndPort(address.slice(6))
  return !(host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host))
}

function hostAndPort(rest: string): { host: string; port: string } {
  const colon = rest.lastIndexOf(':')
  return colon < 0 ? { host: rest, port: '' } : { host: rest.slice(0, colon), port: rest.slice(colon + 1) }
}

function tcpProblem(rest: string): string | null {
  const { host, port } = hostAndPort(rest)
  const example = 'such as tcp://127.0.0.1:4101'
  if (port === '') return `It has no port: write tcp://host:port, ${example}.`
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    return `The port must be from 1 to 65535 (the others of the list must know it), got '${port}'.`
  }
  if (host.startsWith('[')) return /^\[[0-9a-fA-F:.]+\]$/.test(host) ? null : `'${host}' is no IPv6 address.`
  if (host.includes(':')) return `An IPv6 address stands in brackets: tcp://[${host}]:${port}.`
  if (!/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(host))
    return `'${host}' is no host: write tcp://host:port, ${example}.`
  return null
}

function unixProblem(path: string): string | null {
  if (!path.startsWith('/')) return 'The path of a unix socket must be absolute: unix:/run/app/back-1.sock.'
  if (path.endsWith('/')) return 'The path of a unix socket must name a file: unix:/run/app/back-1.sock.'
  const count = Buffer.byteLength(path)
  return count > PATH_BYTES_MAX
    ? `The path has ${count} bytes, the limit is ${PATH_BYTES_MAX}. Use a shorter one.`
    : null
}
