/**
 * What `createTestCluster` takes, checked once, with every default filled in.
 */
import { BACK_LIMITS, type BackLimits } from '../back/back-limits.js'
import type { App } from '../channel/app.js'
import type { Cluster } from '../cluster/cluster.js'
import { staticCluster } from '../cluster/static-cluster.js'
import { FRONT_LIMITS, type FrontLimits } from '../front/front-limits.js'
import type { GatewayLimits } from '../gateway/gateway-limits.js'
import type { LinkLimits } from '../link/link-limits.js'
import { CHOICE, LIMITS, NUMBER, OBJECT } from '../options/option-kinds.js'
import { isRecord } from '../options/describe-value.js'
import { limitAsOption } from '../options/limit-table.js'
import type { GivenOptions, OptionTable } from '../options/option-table.js'
import { readOptions } from '../options/read-options.js'
import { APP_OPTIONS, BACK_OPTIONS, checkApp } from '../run/role-options.js'
import type { StoreCall, StoreFate } from '../store/store-fate.js'
import type { Store } from '../store/store.js'
import type { StoredDiffers } from '../store/stored-differs.js'
import { STORE_OPTION } from '../store/store-option.js'
import { type Faults, FAULTS } from './faults.js'
import type { TestBackPlace } from './test-masters.js'
import type { SimulatedEngine } from './simulated-engine.js'
import type { LogSink, SimulatedProcess } from './simulated-process.js'
import type { StreamTap } from './simulated-transport.js'
import type { SocketTap } from './simulated-web-socket.js'

const COUNT = { ...NUMBER, min: 1, max: 64, unit: 'count', default: 1 } as const
const { backLimits, frontLimits, gatewayLimits, linkLimits } = APP_OPTIONS

export const TEST_CLUSTER_OPTIONS = {
  /** How many backs there are. They are named back-1 and so on. 1 by default. */
  backs: { ...COUNT, description: 'How many backs there are. They are named back-1 and so on.' },
  /**
   * Whether the cluster is static, or dynamic like those of `postgresCluster`. In a dynamic cluster channels move to
   * other backs when their owner is lost, and `engine` stands for the database. `static` by default.
   */
  cluster: {
    ...CHOICE,
    choices: ['static', 'dynamic'],
    default: 'static',
    description:
      'Whether the cluster is static, or dynamic like those of `postgresCluster`. In a dynamic cluster channels move to other backs when their owner is lost, and `engine` stands for the database.',
  },
  /** In a dynamic cluster: further options of single backs, by id: `channels`, `weight`, `capacity`, `labels`. */
  backOptions: {
    ...OBJECT,
    is: (value: unknown): value is Readonly<Record<string, TestBackPlace>> =>
      isRecord(value) && Object.values(value).every(isRecord),
    expected: "an object by the backs' ids, such as { 'back-1': { capacity: 10, labels: { zone: 'a' } } }",
    description:
      'In a dynamic cluster: further options of single backs, by id: `channels`, `weight`, `capacity`, `labels`.',
  },
  /** How many fronts there are. They are named front-1 and so on. 1 by default. */
  fronts: { ...COUNT, description: 'How many fronts there are. They are named front-1 and so on.' },
  /** The same seed gives the same run. If left out, 0. */
  seed: {
    ...OBJECT,
    is: (value: unknown): value is number | string => ['number', 'string'].includes(typeof value),
    expected: 'a number or a string',
    description: 'The same seed gives the same run. If left out, 0.',
  },
  /** Faults that happen at random. If left out, none. */
  faults: { ...LIMITS, limits: FAULTS, description: 'Faults that happen at random. If left out, none.' },
  /**
   * How long a back waits for a session that lost contact; after that it is unlinked with `expired`. A definition may
   * override it. 30,000 ms by default.
   */
  graceMs: limitAsOption(BACK_LIMITS.graceMs),
  /**
   * How long the first message for a back waits for others, so that they go as one batch. 0: until the end of the
   * macrotask. 20 ms by default.
   */
  flushMs: limitAsOption(FRONT_LIMITS.flushMs),
  /** Limits of the back. */
  backLimits,
  /** Limits of the front and its sessions. */
  frontLimits,
  /** Limits of the sockets of clients. */
  gatewayLimits,
  /** Limits of the links between masters. */
  linkLimits,
  /** Where durable channels are stored. If left out, in memory, where they survive `kill` and `restart`. */
  store: {
    ...OBJECT,
    is: (value: unknown): value is Store | ((backId: string) => Store) =>
      typeof value === 'function' || STORE_OPTION.is(value),
    expected: 'a store, or a function that gives each back its own',
    description: 'Where durable channels are stored. If left out, in memory, where they survive `kill` and `restart`.',
  },
  /**
   * Whether channels in memory are stored, too, when the app closes normally, so that they continue when it starts
   * again.
   */
  keepOnRestart: APP_OPTIONS.keepOnRestart,
  /**
   * For development. What happens if the stored state of a channel does not fit the initial state in the code, or
   * cannot be read or migrated: nothing (`ignored`), a line in the log (`logged`), or the channel starts over and its
   * stored state is lost (`begun-anew`). `ignored` by default.
   */
  storedDiffers: BACK_OPTIONS.storedDiffers,
  /**
   * Called with each line that any process logs. If left out, warnings and errors go to standard error; `false`: no
   * line goes anywhere.
   */
  log: {
    ...OBJECT,
    is: (value: unknown): value is LogSink | false => typeof value === 'function' || value === false,
    expected: 'a function that takes a line, or false',
    description:
      'Called with each line that any process logs. If left out, warnings and errors go to standard error; `false`: no line goes anywhere.',
  },
  /** Observes the simulation. */
  watch: {
    ...OBJECT,
    is: (value: unknown): value is Partial<ClusterWatch> => isRecord(value),
    expected: 'a watch',
    internal: true,
    description: 'Observes the simulation.',
  },
  /** Called with an error that no code caught. If left out, the process ends, as a real one would. */
  onFailure: {
    ...OBJECT,
    is: (value: unknown): value is (error: unknown) => void => typeof value === 'function',
    expected: 'a function that takes an error',
    internal: true,
    description: 'Called with an error that no code caught. If left out, the process ends, as a real one would.',
  },
} as const satisfies OptionTable

/** What `createTestCluster` takes. */
export type TestClusterOptions = GivenOptions<typeof TEST_CLUSTER_OPTIONS>

/** What looks on: the project's own simulation. */
export interface ClusterWatch {
  readonly streams: StreamTap | null
  readonly sockets: SocketTap | null
  /** The app that a back runs. */
  app<A extends App>(app: A, back: SimulatedProcess): A
  process(process: SimulatedProcess): void
  /** The engine of a dynamic cluster. */
  engine(engine: SimulatedEngine): void
  /** What becomes of a call of the engine's store, besides what it takes anyway. */
  call(call: StoreCall): StoreFate
}

export interface WatchedOptions extends TestClusterOptions {
  readonly watch?: Partial<ClusterWatch>
  readonly onFailure?: (error: unknown) => void
}

export interface TestClusterSettings {
  readonly backIds: readonly string[]
  readonly frontIds: readonly string[]
  readonly seed: string
  readonly cluster: Cluster
  /** Whether its backs come and go. */
  readonly isDynamic: boolean
  readonly placeOf: (backId: string) => TestBackPlace
  readonly faults: Faults
  readonly keepOnRestart: boolean
  readonly storedDiffers: StoredDiffers
  readonly graceMs: number | undefined
  readonly flushMs: number | undefined
  readonly backLimits: BackLimits
  readonly frontLimits: FrontLimits
  readonly gatewayLimits: GatewayLimits
  readonly linkLimits: LinkLimits
  /** Gives each back its store; null for those in memory. */
  readonly storeOf: ((backId: string) => Store) | null
  readonly log: LogSink | null
  readonly watch: ClusterWatch
  readonly onFailure: ((error: unknown) => void) | null
}

/** Known to every test: it protects nothing. */
const KEY = 'a key that every test cluster has, of no use elsewhere'

/** Throws a `CentrumError` `invalid-option` that names the option and the value. */
export function readSettings(app: App, options: WatchedOptions, usualLog: LogSink | null): TestClusterSettings {
  checkApp('createTestCluster', app)
  const given = readOptions({ call: 'createTestCluster' }, TEST_CLUSTER_OPTIONS, options)
  const { backs, fronts, seed = 0, log = usualLog, watch = {}, onFailure = null, store, cluster, ...others } = given
  const { backOptions = {}, ...rest } = others
  const backIds = idsOf('back', backs)
  return {
    ...rest,
    backIds,
    frontIds: idsOf('front', fronts),
    seed: `${seed}`,
    cluster: staticCluster({ backs: backIds.map((id) => ({ id, address: `memory:${id}` })), key: KEY }),
    isDynamic: cluster === 'dynamic',
    placeOf: (id) => backOptions[id] ?? {},
    storeOf: store === undefined ? null : typeof store === 'function' ? store : () => store,
    log: log === false ? null : log,
    watch: {
      streams: watch.streams ?? null,
      sockets: watch.sockets ?? null,
      app: watch.app ?? ((unwatched) => unwatched),
      process: watch.process ?? (() => {}),
      engine: watch.engine ?? (() => {}),
      call: watch.call ?? (() => ({})),
    },
    onFailure,
  }
}

function idsOf(role: 'back' | 'front', count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${role}-${index + 1}`)
}
