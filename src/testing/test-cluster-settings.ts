/**
 * What `createTestCluster` takes, checked once, with every default filled in.
 */
import type { BackLimits } from '../back/back-limits.js'
import type { App } from '../channel/app.js'
import type { Cluster } from '../cluster/cluster.js'
import { staticCluster } from '../cluster/static-cluster.js'
import type { FrontLimits } from '../front/front-limits.js'
import type { GatewayLimits } from '../gateway/gateway-limits.js'
import type { LinkLimits } from '../link/link-limits.js'
import { CentrumError } from '../protocol/errors.js'
import { type Faults, readFaults } from './faults.js'
import type { LogSink, SimulatedProcess } from './simulated-process.js'
import type { StreamTap } from './simulated-transport.js'
import type { SocketTap } from './simulated-web-socket.js'

export interface TestClusterOptions {
  /** How many; they are called back-1 and so on. 1 unless given. */
  readonly backs?: number
  /** How many; they are called front-1 and so on. 1 unless given. */
  readonly fronts?: number
  /** The same seed gives the same run. 0 unless given. */
  readonly seed?: number | string
  /** What goes wrong; nothing unless given. */
  readonly faults?: Partial<Faults>
  /** Milliseconds for which a session that lost contact is waited for: 30,000 unless given. */
  readonly graceMs?: number
  /** Milliseconds that messages of a front wait for each other. 20 unless given. */
  readonly flushMs?: number
  readonly backLimits?: Partial<BackLimits>
  readonly frontLimits?: Partial<FrontLimits>
  readonly gatewayLimits?: Partial<GatewayLimits>
  readonly linkLimits?: Partial<LinkLimits>
  /** Told each line of everyone's log. */
  readonly log?: LogSink
}

/** Who looks on: the project's own simulation. */
export interface Watch {
  readonly streams: StreamTap | null
  readonly sockets: SocketTap | null
  /** The app that a back runs. */
  app<A extends App>(app: A, back: SimulatedProcess): A
  process(process: SimulatedProcess): void
}

export interface WatchedOptions extends TestClusterOptions {
  readonly watch?: Partial<Watch>
  /** Told what something threw that nobody caught; unless given it ends the process, as it would a real one. */
  readonly onFailure?: (error: unknown) => void
}

export interface TestClusterSettings {
  readonly backIds: readonly string[]
  readonly frontIds: readonly string[]
  readonly seed: string
  readonly cluster: Cluster
  readonly faults: Faults
  readonly graceMs: number | undefined
  readonly flushMs: number | undefined
  readonly backLimits: Partial<BackLimits> | undefined
  readonly frontLimits: Partial<FrontLimits> | undefined
  readonly gatewayLimits: Partial<GatewayLimits> | undefined
  readonly linkLimits: Partial<LinkLimits> | undefined
  readonly log: LogSink | null
  readonly watch: Watch
  readonly onFailure: ((error: unknown) => void) | null
}

const OPTIONS = [
  'backs',
  'fronts',
  'seed',
  'faults',
  'graceMs',
  'flushMs',
  'backLimits',
  'frontLimits',
  'gatewayLimits',
  'linkLimits',
  'log',
  'watch',
  'onFailure',
]
const COUNT_MAX = 64
/** Of the test: everyone may know it. */
const KEY = 'a key that every test cluster has, of no use elsewhere'

/** Throws a `CentrumError` `invalid-option` that names the option and the value. */
export function readSettings(app: App, options: WatchedOptions): TestClusterSettings {
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name)) {
      refuse(`there is no option '${name}'. There are: ${OPTIONS.slice(0, -2).join(', ')}.`)
    }
  }
  const { backs = 1, fronts = 1, seed = 0, log = null, watch = {}, onFailure = null } = options
  const backIds = idsOf('back', backs)
  const channels = [...new Set([...app.channels.keys()].map(listed))]
  return {
    backIds,
    frontIds: idsOf('front', fronts),
    seed: `${seed}`,
    cluster: staticCluster({ backs: backIds.map((id) => ({ id, address: `memory:${id}`, channels })), key: KEY }),
    faults: readFaults(options.faults ?? {}),
    graceMs: options.graceMs,
    flushMs: options.flushMs,
    backLimits: options.backLimits,
    frontLimits: options.frontLimits,
    gatewayLimits: options.gatewayLimits,
    linkLimits: options.linkLimits,
    log,
    watch: {
      streams: watch.streams ?? null,
      sockets: watch.sockets ?? null,
      app: watch.app ?? ((given) => given),
      process: watch.process ?? (() => {}),
    },
    onFailure,
  }
}

function idsOf(role: 'back' | 'front', count: number): string[] {
  if (!Number.isInteger(count) || count < 1 || count > COUNT_MAX) {
    refuse(`${role}s is ${String(count)}: it must be a whole number from 1 to ${COUNT_MAX}`)
  }
  return Array.from({ length: count }, (_, index) => `${role}-${index + 1}`)
}

/** A list knows segments, not their names. */
function listed(pattern: string): string {
  return pattern
    .split('/')
    .map((segment) => (segment.startsWith(':') ? '*' : segment))
    .join('/')
}

function refuse(problem: string): never {
  throw new CentrumError('invalid-option', `createTestCluster: ${problem}`)
}
