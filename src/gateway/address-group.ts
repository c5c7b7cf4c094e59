/**
 * What counts as one address in limits: an IPv4 address, or the /64 network of an IPv6 address, because a client with one address of such
 * a network has all of them. Knows nothing of what is counted.
 */
import { isIPv6 } from 'node:net'

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

/** An IPv4 address that a socket of IPv6 reports (`::ffff:10.0.0.1`) in its own form; without a zone (`%eth0`). */
export function plainAddress(address: string): string {
  const zone = address.indexOf('%')
  const bare = zone === -1 ? address : address.slice(0, zone)
  return MAPPED_IPV4.exec(bare)?.[1] ?? bare
}

/** The key under which an address is counted. Anything that is not an IP address stays as it is. */
export function addressGroup(address: string): string {
  const plain = plainAddress(address)
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('::')
  const first = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const last = tail === '' ? [] : tail.split(':')
    // A dotted end stands for two groups.
    const lastCount = last.length + (last.at(-1)?.includes('.') === true ? 1 : 0)
    while (first.length < 8 - lastCount) first.push('0')
  }
  const network = [...first, ...(tail ?? '').split(':')].slice(0, 4)
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}
