/**
 * A cluster whose backs are written down: the same list in every process. Checks the list down to each address and pattern,
 * and answers who owns a channel. Knows nothing of who is alive.
 */
import { createHash } from 'node:crypto'
import { OBJECT, TEXT, TEXTS } from '../options/option-kinds.js'
import { describeValue } from '../options/describe-value.js'
import type { GivenOptions, OptionTable } from '../options/option-table.js'
import { readOptions } from '../options/read-options.js'
import { refuseOption } from '../options/read-table.js'
import { addressProblem, isLoopback, parseAddress } from '../protocol/address.js'
import { isChannelId } from '../protocol/channel-id.js'
import { compilePatterns, type PatternMatcher } from '../protocol/pattern.js'
import { encodeSorted } from '../value/encode-value.js'
import type { BackDescriptor, StaticCluster } from './cluster.js'
import { KEY_OPTION, missingKey, readClusterKeys } from './cluster-key.js'
import { rendezvous } from './rendezvous.js'

/** Ids stand in logs, handshakes and errors. */
export const BACK_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const BACKS_REMEDY = "Give the list of backs, for instance [{ id: 'back-1', address: 'tcp://127.0.0.1:4101' }]."
/** Every channel that no other listed pattern stands for. */
export const EVERYTHING = '**'
const PLACE = { call: 'staticCluster' } as const

export const STATIC_CLUSTER_OPTIONS = {
  /** At least one. All processes must have the same list; backs and fronts compare a hash of it when they connect. */
  backs: {
    ...OBJECT,
    is: (value: unknown): value is readonly GivenOptions<typeof BACK_ENTRY_OPTIONS>[] =>
      Array.isArray(value) && value.length > 0,
    expected: "a list of at least one back, for instance [{ id: 'back-1', address: 'tcp://127.0.0.1:4101' }]",
    required: BACKS_REMEDY,
    description:
      'At least one. All processes must have the same list; backs and fronts compare a hash of it when they connect.',
  },
  /**
   * The secret of the cluster, at least 32 bytes (of UTF-8, if it is a string). Required for `tcp://` addresses
   * beyond loopback, and by every front, which signs resume tokens with it. If it is a list, the first key is used
   * and all are accepted, so that a key can be changed without ending sessions.
   */
  key: KEY_OPTION,
} as const satisfies OptionTable

export const BACK_ENTRY_OPTIONS = {
  /** The back's name, unique among all backs and fronts of the cluster. */
  id: {
    ...TEXT,
    value: 'name',
    form: { matches: BACK_ID, must: 'be 1 to 64 letters, digits, dots, dashes and underscores, such as back-1' },
    required: 'Give the back a name, such as back-1.',
    description: "The back's name, unique among all backs and fronts of the cluster.",
  },
  /** Where the back listens: `tcp://host:port`, `unix:/path` or, within one process, `memory:name`. */
  address: {
    ...TEXT,
    value: 'address',
    required: 'Give where it listens: tcp://host:port, unix:/path or, within one process, memory:name.',
    description: 'Where the back listens: `tcp://host:port`, `unix:/path` or, within one process, `memory:name`.',
  },
  /**
   * Patterns of the channels that the back may own, such as `arena/*`. `*` stands for one segment, and `**` for every
   * channel that no other pattern of the list matches. Backs with the same pattern share its channels. `**` by
   * default.
   */
  channels: {
    ...TEXTS,
    value: 'pattern',
    default: EVERYTHING,
    none: () => [EVERYTHING],
    description:
      'Patterns of the channels that the back may own, such as `arena/*`. `*` stands for one segment, and `**` for every channel that no other pattern of the list matches. Backs with the same pattern share its channels.',
  },
} as const satisfies OptionTable

/** What `staticCluster` takes: the list of backs, and the key. */
export type StaticClusterOptions = GivenOptions<typeof STATIC_CLUSTER_OPTIONS>

/**
 * A cluster of the listed backs. Several backs with the same pattern share its channels by rendezvous hashing.
 * Throws a `CentrumError` `invalid-option` that names the option, the value and the remedy, or `missing-key`.
 */
export function staticCluster(options: StaticClusterOptions): StaticCluster {
  const given = readOptions(PLACE, STATIC_CLUSTER_OPTIONS, options)
  const backs = readBacks(given.backs)
  const keys = given.key === undefined ? [] : readClusterKeys(given.key, 'staticCluster: key')
  const [key] = keys
  const exposed = backs.find((back) => leavesMachine(back.address))
  if (exposed && !key) {
    throw missingKey(
      `the address of back '${exposed.id}', '${exposed.address}', is beyond loopback, where links are encrypted and authenticated with the key`,
    )
  }
  const matcher = readPatterns(backs)
  return {
    backs,
    members: backs,
    key,
    keys,
    hash: hashOf(backs),
    ownerOf: (channelId) => ownerOf(backs, matcher, channelId),
  }
}

function ownerOf(backs: readonly BackDescriptor[], matcher: PatternMatcher, channelId: string): string | null {
  if (!isChannelId(channelId)) return null
  const pattern = matcher.match(channelId)?.pattern ?? EVERYTHING
  const sharing = backs.filter((back) => back.channels.includes(pattern))
  if (sharing.length === 0) return null
  return rendezvous(
    sharing.map((back) => back.id),
    channelId,
  )
}

function readBacks(list: readonly unknown[]): BackDescriptor[] {
  const backs: BackDescriptor[] = []
  for (const [i, each] of list.entries()) {
    const path = `backs[${i}].`
    const { id, address, channels } = readOptions({ ...PLACE, path }, BACK_ENTRY_OPTIONS, each)
    const problem = addressProblem(address) ?? unlistable(address)
    if (problem !== null) refuse(`${path}address`, address, problem)
    for (const [j, other] of backs.entries()) {
      if (other.id === id) refuse(`${path}id`, id, `backs[${j}] has that id already. Give each back its own.`)
      if (other.address === address) {
        refuse(
          `${path}address`,
          address,
          `backs[${j}] ('${other.id}') has that address already. Give each back its own.`,
        )
      }
    }
    for (const [j, pattern] of channels.entries()) {
      if (channels.indexOf(pattern) < j) refuse(`${path}channels[${j}]`, pattern, 'It is listed twice. Remove one.')
    }
    backs.push({ id, address, channels: [...channels] })
  }
  return backs
}

/** All patterns together: two that differ only in names would leave an owner to chance. */
function readPatterns(backs: readonly BackDescriptor[]): PatternMatcher {
  for (const [i, back] of backs.entries()) {
    for (const [j, pattern] of back.channels.entries()) {
      if (pattern === EVERYTHING) continue
      compilePatterns([pattern], (problem) => refuse(`backs[${i}].channels[${j}]`, pattern, sentence(problem)))
    }
  }
  const patterns = new Set(backs.flatMap((back) => back.channels))
  patterns.delete(EVERYTHING)
  return compilePatterns(patterns, (problem) => refuseOption(PLACE, `backs: ${problem}`))
}

/** Equal for equal lists, in whatever order they were written. Where masters reach a back is part of the list. */
function hashOf(backs: readonly BackDescriptor[]): string {
  const list = backs
    .map(({ id, address, channels }) => ({ id, address, channels: channels.toSorted() }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
  return createHash('sha256').update(encodeSorted(list)).digest('hex').slice(0, 16)
}

function refuse(option: string, value: unknown, remedy: string): never {
  refuseOption(PLACE, `${option} is ${typeof value === 'string' ? `'${value}'` : describeValue(value)}. ${remedy}`)
}

function sentence(problem: string): string {
  return problem.charAt(0).toUpperCase() + problem.slice(1)
}

/** Others must know where a listed back is. */
function unlistable(address: string): string | null {
  const parsed = parseAddress(address)
  if (parsed.kind !== 'tcp' || parsed.port > 0) return null
  return `The port must be from 1 to 65535, because the other processes of the list must know it, got '${parsed.port}'.`
}

/** Whether the bytes of a link to this address leave the machine. */
function leavesMachine(address: string): boolean {
  const parsed = parseAddress(address)
  return parsed.kind === 'tcp' && !isLoopback(parsed.host)
}
