/**
 * A cluster whose backs are written down: the same list in every process. Checks the list down to each address and pattern,
 * and answers who owns a channel. Knows nothing of who is alive.
 */
import { createHash } from 'node:crypto'
import { addressProblem, isLoopback, parseAddress } from '../protocol/address.js'
import { CentrumError } from '../protocol/errors.js'
import { compilePatterns, type PatternMatcher } from '../protocol/pattern.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import type { Random } from '../runtime/runtime.js'
import { encodeSorted } from '../value/encode-value.js'
import type { BackDescriptor, Cluster } from './cluster.js'
import { missingKey, readKey } from './cluster-key.js'
import { rendezvous } from './rendezvous.js'

export interface StaticClusterOptions {
  /** At least one. All masters must have the same list: its hash is compared when they meet. */
  readonly backs: readonly BackDescriptor[]
  /**
   * A secret of at least 32 bytes: a string counts as its UTF-8. Demanded where an address is `tcp://` beyond loopback, and by
   * every front, which signs resume tokens with it.
   */
  readonly key?: string | Uint8Array | undefined
}

const OPTIONS = ['backs', 'key']
const BACK_OPTIONS = ['id', 'address', 'channels']
/** Ids stand in logs, handshakes and errors. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/**
 * A cluster of the listed backs. Several backs with the same pattern share its channels by rendezvous hashing.
 * Throws a `CentrumError` `invalid-option` that names the option, the value and the remedy, or `missing-key`.
 */
export function staticCluster(options: StaticClusterOptions, random: Random = nodeRuntime().random): Cluster {
  const given = record(options, 'staticCluster', OPTIONS)
  const backs = readBacks(given['backs'])
  const key = given['key'] === undefined ? undefined : readKey(given['key'], random, 'staticCluster: key')
  const exposed = backs.find((back) => leavesMachine(back.address))
  if (exposed && !key) {
    throw missingKey(
      `the address of back '${exposed.id}', '${exposed.address}', is beyond loopback, where links are encrypted and authenticated with it`,
      random,
    )
  }
  const matcher = readPatterns(backs)
  return { backs, key, hash: hashOf(backs), ownerOf: (channelId) => ownerOf(backs, matcher, channelId) }
}

function ownerOf(backs: readonly BackDescriptor[], matcher: PatternMatcher, channelId: string): string | null {
  const match = matcher.match(channelId)
  if (match === null) return null
  const sharing = backs.filter((back) => back.channels.includes(match.pattern))
  return rendezvous(
    sharing.map((back) => back.id),
    channelId,
  )
}

function readBacks(value: unknown): BackDescriptor[] {
  const example = `for instance [{ id: 'back-1', address: 'tcp://127.0.0.1:4101', channels: ['*'] }]`
  if (!Array.isArray(value)) refuse('backs', value, `Give the list of backs, ${example}.`)
  const list: readonly unknown[] = value
  if (list.length === 0) refuse('backs', value, `Give at least one back, ${example}.`)
  const backs: BackDescriptor[] = []
  for (const [i, each] of list.entries()) {
    const where = `backs[${i}]`
    const { id, address, channels } = record(each, `staticCluster: ${where}`, BACK_OPTIONS)
    if (typeof id !== 'string' || !ID.test(id)) {
      refuse(
        `${where}.id`,
        id,
        'Give it a name of 1 to 64 letters, digits, dots, dashes and underscores, such as back-1.',
      )
    }
    if (typeof address !== 'string') {
      refuse(
        `${where}.address`,
        address,
        'Give where it listens: tcp://host:port, unix:/path or, within one process, memory:name.',
      )
    }
    const problem = addressProblem(address) ?? unlistable(address)
    if (problem !== null) refuse(`${where}.address`, address, problem)
    for (const [j, other] of backs.entries()) {
      if (other.id === id) refuse(`${where}.id`, id, `backs[${j}] has that id already. Each back has one of its own.`)
      if (other.address === address) {
        refuse(
          `${where}.address`,
          address,
          `backs[${j}] ('${other.id}') has that address already. Each back has one of its own.`,
        )
      }
    }
    backs.push({ id, address, channels: readChannels(channels, where) })
  }
  return backs
}

function readChannels(value: unknown, where: string): string[] {
  const remedy = `Give the patterns of the channels it may own, such as ['arena/*', 'lobby'].`
  if (!Array.isArray(value) || value.length === 0) refuse(`${where}.channels`, value, remedy)
  const seen = new Set<string>()
  for (const [i, pattern] of (value as readonly unknown[]).entries()) {
    if (typeof pattern !== 'string') refuse(`${where}.channels[${i}]`, pattern, remedy)
    if (seen.has(pattern)) refuse(`${where}.channels[${i}]`, pattern, 'It stands there twice. Remove one.')
    seen.add(pattern)
  }
  return [...seen]
}

/** All patterns together: two that differ only in names would leave an owner to chance. */
function readPatterns(backs: readonly BackDescriptor[]): PatternMatcher {
  for (const [i, back] of backs.entries()) {
    for (const [j, pattern] of back.channels.entries()) {
      compilePatterns([pattern], (problem) => refuse(`backs[${i}].channels[${j}]`, pattern, sentence(problem)))
    }
  }
  const patterns = new Set(backs.flatMap((back) => back.channels))
  return compilePatterns(patterns, (problem) => {
    throw new CentrumError('invalid-option', `staticCluster: backs: ${problem}`)
  })
}

/** Equal for equal lists, in whatever order they were written. Where masters reach a back is part of the list. */
function hashOf(backs: readonly BackDescriptor[]): string {
  const list = backs
    .map(({ id, address, channels }) => ({ id, address, channels: channels.toSorted() }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return createHash('sha256').update(encodeSorted(list)).digest('hex').slice(0, 16)
}

function record(value: unknown, where: string, known: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CentrumError('invalid-option', `${where} takes an object with ${known.join(', ')}, got ${show(value)}.`)
  }
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue
    throw new CentrumError('invalid-option', `${where} has no option '${name}'. There are: ${known.join(', ')}.`)
  }
  return value as Readonly<Record<string, unknown>>
}

function refuse(option: string, value: unknown, remedy: string): never {
  throw new CentrumError('invalid-option', `staticCluster: ${option} is ${show(value)}. ${remedy}`)
}

function show(value: unknown): string {
  if (value === undefined) return 'missing'
  if (typeof value === 'string') return `'${value.slice(0, 128)}'`
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`
  if (value === null) return 'null'
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `a value of type ${typeof value}`
}

function sentence(problem: string): string {
  return problem.charAt(0).toUpperCase() + problem.slice(1)
}

/** Others must know where a listed back is. */
function unlistable(address: string): string | null {
  const parsed = parseAddress(address)
  if (parsed.kind !== 'tcp' || parsed.port > 0) return null
  return `The port must be from 1 to 65535 (the others of the list must know it), got '${parsed.port}'.`
}

/** Whether the bytes of a link to this address leave the machine. */
function leavesMachine(address: string): boolean {
  const parsed = parseAddress(address)
  return parsed.kind === 'tcp' && !isLoopback(parsed.host)
}
