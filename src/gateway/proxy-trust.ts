/**
 * Which proxies stand between clients and this front, and so which address and host name a request really came with: headers are trusted
 * only as far as trusted proxies have written them. Knows nothing of limits and origins.
 */
import type { IncomingMessage } from 'node:http'
import { BlockList, isIP, isIPv6 } from 'node:net'
import { CentrumError } from '../protocol/errors.js'
import { plainAddress } from './address-group.js'

/** A count of hops, `'loopback'`, or networks: `'10.0.0.0/8'`, `'fd00::/8'`, `'192.0.2.7'`, `'loopback'`. */
export type TrustedProxies = number | string | readonly string[]

const LOOPBACK = ['127.0.0.0/8', '::1']
/** Hops of proxies that `trustProxy` may count. */
const HOPS_MAX = 32
const REMEDY = `Give the number of proxies (1 to ${HOPS_MAX}), 'loopback', or a list of networks such as ['10.0.0.0/8', 'fd00::/8'].`

export class ProxyTrust {
  readonly #hops: number
  readonly #networks: BlockList | null

  /** Nobody is trusted where nothing is given. Throws a `CentrumError` `invalid-option`. */
  constructor(given: TrustedProxies | undefined) {
    this.#hops = typeof given === 'number' ? readHops(given) : 0
    this.#networks = given === undefined || typeof given === 'number' ? null : readNetworks(given)
  }

  /** Whether the other end of a connection is a proxy, so that its address says nothing about a client. */
  trustsPeer(address: string): boolean {
    return this.#hops > 0 || this.#trusts(address)
  }

  /** Where the client is: the last address that was written by someone who is trusted. */
  addressOf(request: IncomingMessage): string {
    const own = plainAddress(request.socket.remoteAddress ?? '')
    if (!this.trustsPeer(own)) return own
    const forwarded = textOf(request.headers['x-forwarded-for']).split(',')
    let address = own
    for (let hop = 1; forwarded.length > 0; hop++) {
      if (this.#hops === 0 ? !this.#trusts(address) : hop > this.#hops) break
      const next = forwardedAddress(forwarded.pop() ?? '')
      if (next === null) break
      address = next
    }
    return address
  }

  /** The host name and port that the client asked for. */
  hostOf(request: IncomingMessage): string {
    const forwarded = textOf(request.headers['x-forwarded-host']).split(',', 1)[0]?.trim() ?? ''
    if (forwarded !== '' && this.trustsPeer(plainAddress(request.socket.remoteAddress ?? ''))) return forwarded
    return textOf(request.headers.host)
  }

  #trusts(address: string): boolean {
    if (this.#networks === null) return false
    // A unix socket has no address: only this machine reaches it.
    if (address === '') return true
    return isIP(address) !== 0 && this.#networks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
  }
}

function readHops(hops: number): number {
  if (Number.isInteger(hops) && hops >= 1 && hops <= HOPS_MAX) return hops
  throw refusal(`is ${hops}`)
}

function readNetworks(given: string | readonly string[]): BlockList {
  const networks = new BlockList()
  const listed = (typeof given === 'string' ? [given] : given).flatMap((each) =>
    each === 'loopback' ? LOOPBACK : each,
  )
  if (listed.length === 0) throw refusal('is an empty list')
  for (const network of listed) {
    const [address = '', prefix, ...more] = network.split('/')
    const bits = isIPv6(address) ? 128 : 32
    const length = prefix === undefined ? bits : Number(prefix)
    if (isIP(address) === 0 || more.length > 0 || prefix === '' || !(length >= 0 && length <= bits)) {
      throw refusal(`contains '${network}', which is not a network`)
    }
    networks.addSubnet(address, Math.trunc(length), bits === 128 ? 'ipv6' : 'ipv4')
  }
  return networks
}

function refusal(problem: string): CentrumError {
  return new CentrumError('invalid-option', `Gateway: trustProxy ${problem}. ${REMEDY}`)
}

/** An address as proxies write it, with or without a port; null for what is none. */
function forwardedAddress(text: string): string | null {
  const trimmed = text.trim()
  const bare = /^\[(.+)\](?::\d+)?$/.exec(trimmed)?.[1] ?? /^([\d.]+):\d+$/.exec(trimmed)?.[1] ?? trimmed
  const address = plainAddress(bare)
  return isIP(address) === 0 ? null : address
}

function textOf(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' ? header : (header?.join(',') ?? '')
}
