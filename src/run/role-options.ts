/** The options of the three ways to start an app, put together from those of masters and gateway. Starts nothing. */
import { BACK_LIMITS } from '../back/back-limits.js'
import { BACK_MASTER_OPTIONS } from '../back/back-master-options.js'
import type { App } from '../channel/app.js'
import { KEY_OPTION } from '../cluster/cluster-key.js'
import { CLUSTER_OPTION } from '../cluster/cluster-option.js'
import { FRONT_LIMITS } from '../front/front-limits.js'
import { FRONT_MASTER_OPTIONS } from '../front/front-master-options.js'
import { GATEWAY_LIMITS } from '../gateway/gateway-limits.js'
import { DRAIN_TO_OPTION, LISTEN_OPTIONS } from '../gateway/gateway-options.js'
import { LINK_OPTIONS } from '../link/link-options.js'
import { LIMITS } from '../options/option-kinds.js'
import { describeValue, isRecord } from '../options/describe-value.js'
import { limitAsOption } from '../options/limit-table.js'
import type { GivenOptions, OptionTable } from '../options/option-table.js'
import { refuseOption } from '../options/read-table.js'
import { STORE_OPTION } from '../store/store-option.js'
import { RUNTIME_OPTION } from '../runtime/runtime-options.js'

const { transport: _back, ...BACK_ROLE } = BACK_MASTER_OPTIONS
const { transport: _front, ...FRONT_ROLE } = FRONT_MASTER_OPTIONS
const GATEWAY_LIMITS_OPTION = {
  ...LIMITS,
  limits: GATEWAY_LIMITS,
  description: 'Limits of the sockets of clients.',
} as const

/** Of `startBack`. */
export const BACK_OPTIONS = {
  ...BACK_ROLE,
  /**
   * How long closing takes at most, a drain right before it included: handlers, sockets and a store that take longer
   * are not waited for. What has not been done then is logged. 8,000 ms by default.
   */
  shutdownMs: limitAsOption(BACK_LIMITS.shutdownMs),
  /**
   * A port of its own for /healthz and /readyz. Without it a front answers them on its clients' port, and a back
   * nowhere.
   */
  adminPort: LISTEN_OPTIONS.adminPort,
  /**
   * The address on which `adminPort` listens. 0.0.0.0 or :: to be reached from other machines. `127.0.0.1` by
   * default.
   */
  adminHost: {
    ...LISTEN_OPTIONS.host,
    description:
      'The address on which `adminPort` listens. Use 0.0.0.0 or :: to accept connections from other machines.',
  },
} as const satisfies OptionTable

/** Of `startFront`. */
export const FRONT_OPTIONS = {
  ...FRONT_ROLE,
  ...LISTEN_OPTIONS,
  /**
   * The public URL of another front (ws:, wss:, http: or https:), or several: clients that are refused, or asked to
   * leave by a drain or for a back that this front does not reach, are told one of them, spread evenly. Without it
   * they use the URLs that they have.
   */
  drainTo: DRAIN_TO_OPTION,
  /**
   * How long the clients of a draining front have to leave; then they are closed with `draining`. 5,000 ms by
   * default.
   */
  drainMs: limitAsOption(GATEWAY_LIMITS.drainMs),
  /**
   * How long closing takes at most, a drain right before it included: handlers, sockets and a store that take longer
   * are not waited for. What has not been done then is logged. 8,000 ms by default.
   */
  shutdownMs: limitAsOption(GATEWAY_LIMITS.shutdownMs),
  /** Limits of the sockets of clients. */
  gatewayLimits: GATEWAY_LIMITS_OPTION,
} as const satisfies OptionTable

const { required: _required, ...CLUSTER } = CLUSTER_OPTION

/** Of `startApp`. */
export const APP_OPTIONS = {
  ...LISTEN_OPTIONS,
  /**
   * What `postgresCluster` of centrum/postgres returns: this process is a back and a front of it, and n equal
   * processes are a cluster. Its backs know their key and their store from it. Without it everything is in this
   * process.
   */
  cluster: {
    ...CLUSTER,
    description:
      'What `postgresCluster` from centrum/postgres returns. This process is then a back and a front of that cluster, whose key and store it uses, and n equal processes form a cluster. If left out, everything runs in this process.',
  },
  /** Of a `cluster`: the name of the back and, behind `front-`, of the front. Made without it. */
  id: {
    ...BACK_MASTER_OPTIONS.id,
    description:
      'With `cluster`: the name of the back, and, with `front-` before it, of the front. If left out, one is made.',
  },
  /**
   * Where it listens, if not at its listed address: behind NAT, or in a container, such as `tcp://0.0.0.0:4100`.
   * Others dial the listed one. Without a list any free port of 127.0.0.1 is taken.
   */
  listen: BACK_MASTER_OPTIONS.listen,
  /**
   * Where others dial it, if not where it listens, such as `tcp://10.0.0.5:4100`. Of clusters whose backs come and
   * go, as the four below.
   */
  advertise: BACK_MASTER_OPTIONS.advertise,
  /** Patterns of the channels that it may own, as in a list; all without it. */
  channels: BACK_MASTER_OPTIONS.channels,
  /** How many channels it takes, in proportion to other backs; 1 without it. */
  weight: BACK_MASTER_OPTIONS.weight,
  /**
   * How many channels it takes; any number without it. It opens nothing new beyond it, and goes on with what another
   * had where no other has room.
   */
  capacity: BACK_MASTER_OPTIONS.capacity,
  /** What is to be known of it, such as the zone it is in. Listed with it. */
  labels: BACK_MASTER_OPTIONS.labels,
  /**
   * Where clients dial this front, such as `wss://f1.example.com`. Of clusters whose backs come and go: fronts that
   * send clients away name each other by it, where `drainTo` does not say where to.
   */
  publicUrl: FRONT_MASTER_OPTIONS.publicUrl,
  /**
   * Signs resume tokens. One is made without it: it lies beside the store, or sessions end with this process where
   * there is none.
   */
  key: {
    ...KEY_OPTION,
    description:
      'The secret that signs resume tokens. If left out, one is made: it is kept beside the store, or, without a store, sessions end with this process.',
  },
  /** Where channels with a `durability` are kept. A file below `.centrum/` without it, where there are any. */
  store: {
    ...STORE_OPTION,
    description:
      'Where channels with a `durability` are stored. If left out and there are such channels, a file below `.centrum/`.',
  },
  /**
   * Whether channels that live in memory are stored as well when the app closes in good order, and go on when it
   * starts again.
   */
  keepOnRestart: {
    ...BACK_MASTER_OPTIONS.keepOnRestart,
    description:
      'Whether channels in memory are stored, too, when the app closes normally, so that they continue when it starts again.',
  },
  /**
   * What is done where the state that is stored of a channel is not what its code begins with, or cannot be read or
   * migrated: nothing, a line in the log, or the channel begins anew and what was stored is lost. For development.
   * `ignored` by default.
   */
  storedDiffers: BACK_MASTER_OPTIONS.storedDiffers,
  /**
   * How long a back waits for a session that lost contact; then it is unlinked with `expired`. A definition may
   * override it. 30,000 ms by default.
   */
  graceMs: limitAsOption(BACK_LIMITS.graceMs),
  /**
   * How long the clients of a draining front have to leave; then they are closed with `draining`. 5,000 ms by
   * default.
   */
  drainMs: limitAsOption(GATEWAY_LIMITS.drainMs),
  /**
   * How long closing takes at most, a drain right before it included: handlers, sockets and a store that take longer
   * are not waited for. What has not been done then is logged. 8,000 ms by default.
   */
  shutdownMs: limitAsOption(BACK_LIMITS.shutdownMs),
  // Within one process nothing is gained by letting messages wait for each other longer than a macrotask.
  /**
   * How long the first message for a back waits for others before all go as one batch. 0: to the end of the
   * macrotask. 0 ms by default.
   */
  flushMs: { ...FRONT_LIMITS.flushMs, default: 0 },
  /** Limits of the back. */
  backLimits: { ...LIMITS, limits: BACK_LIMITS, description: 'Limits of the back.' },
  /** Limits of the front and its sessions. */
  frontLimits: { ...LIMITS, limits: FRONT_LIMITS, description: 'Limits of the front and its sessions.' },
  /** Limits of the sockets of clients. */
  gatewayLimits: GATEWAY_LIMITS_OPTION,
  /** Limits of the links between masters. */
  linkLimits: LINK_OPTIONS.linkLimits,
  /** Clock, randomness and log: `nodeRuntime()` without it. */
  runtime: RUNTIME_OPTION,
} as const satisfies OptionTable

/** What `startBack` takes; docs/options.md has each with its default. */
export type BackOptions = GivenOptions<typeof BACK_OPTIONS>
/** What `startFront` takes; docs/options.md has each with its default. */
export type FrontOptions = GivenOptions<typeof FRONT_OPTIONS>
/** What `startApp` takes; docs/options.md has each with its default. */
export type AppOptions = GivenOptions<typeof APP_OPTIONS>

/** Limits, with those that were given as options instead. */
export function withGiven<L extends object>(limits: L | undefined, given: L): L {
  const own = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...limits, ...(Object.fromEntries(own) as L) }
}

/** Checks that a value is what `defineApp` returns. Throws a `CentrumError` `invalid-option`. */
export function checkApp(call: string, app: unknown): asserts app is App {
  if (isApp(app)) return
  refuseOption(
    { call },
    `the app is ${describeValue(app)}. Give what defineApp({ channels }) returns, as the first argument.`,
  )
}

export function isApp(value: unknown): value is App {
  return isRecord(value) && value['channels'] instanceof Map && typeof value['match'] === 'function'
}
