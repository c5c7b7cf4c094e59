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
   * How long closing takes at most, including a drain just before it. It does not wait longer for handlers, sockets
   * or a store, and logs what was left undone. 8,000 ms by default.
   */
  shutdownMs: limitAsOption(BACK_LIMITS.shutdownMs),
  /**
   * A separate port for /healthz and /readyz. If left out, a front answers them on its clients' port, and a back does
   * not answer them.
   */
  adminPort: LISTEN_OPTIONS.adminPort,
  /**
   * The address on which `adminPort` listens. Use 0.0.0.0 or :: to accept connections from other machines.
   * `127.0.0.1` by default.
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
   * The public URL of another front (ws:, wss:, http: or https:), or several. Clients that are refused, or asked to
   * leave because the front drains or cannot reach a back, are sent to one of them, evenly spread. If left out, they
   * reconnect to their configured URLs.
   */
  drainTo: DRAIN_TO_OPTION,
  /**
   * How long the clients of a draining front have to leave; after that their sockets close with `draining`. 5,000 ms
   * by default.
   */
  drainMs: limitAsOption(GATEWAY_LIMITS.drainMs),
  /**
   * How long closing takes at most, including a drain just before it. It does not wait longer for handlers, sockets
   * or a store, and logs what was left undone. 8,000 ms by default.
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
   * What `postgresCluster` from centrum/postgres returns. This process is then a back and a front of that cluster,
   * whose key and store it uses, and n equal processes form a cluster. If left out, everything runs in this process.
   */
  cluster: {
    ...CLUSTER,
    description:
      'What `postgresCluster` from centrum/postgres returns. This process is then a back and a front of that cluster, whose key and store it uses, and n equal processes form a cluster. If left out, everything runs in this process.',
  },
  /** With `cluster`: the name of the back, and, with `front-` before it, of the front. If left out, one is made. */
  id: {
    ...BACK_MASTER_OPTIONS.id,
    description:
      'With `cluster`: the name of the back, and, with `front-` before it, of the front. If left out, one is made.',
  },
  /**
   * The address on which the back listens for fronts, such as `tcp://0.0.0.0:4100`. In a static cluster only needed
   * if it differs from the listed address, which the fronts dial: behind NAT, or in a container. In a dynamic
   * cluster, if left out, a free port of 127.0.0.1 is used.
   */
  listen: BACK_MASTER_OPTIONS.listen,
  /**
   * In a dynamic cluster: the address at which fronts and other backs dial this back, if it is not the one it listens
   * on, such as `tcp://10.0.0.5:4100`.
   */
  advertise: BACK_MASTER_OPTIONS.advertise,
  /** In a dynamic cluster: patterns of the channels that the back may own. If left out, all channels. */
  channels: BACK_MASTER_OPTIONS.channels,
  /** In a dynamic cluster: the back's share of the channels, in proportion to the other backs. If left out, 1. */
  weight: BACK_MASTER_OPTIONS.weight,
  /**
   * In a dynamic cluster: how many channels the back takes; no limit if left out. Beyond this number it opens no new
   * channels, and continues channels of other backs only if no other back has room.
   */
  capacity: BACK_MASTER_OPTIONS.capacity,
  /**
   * In a dynamic cluster: facts about the back, such as its zone. `cluster.backs()` lists them, and `place` can
   * decide by them.
   */
  labels: BACK_MASTER_OPTIONS.labels,
  /**
   * The URL at which clients reach this front, such as `wss://f1.example.com`. In a dynamic cluster, fronts that ask
   * clients to leave name each other by it, unless `drainTo` names other fronts.
   */
  publicUrl: FRONT_MASTER_OPTIONS.publicUrl,
  /**
   * The secret that signs resume tokens. If left out, one is made: it is kept beside the store, or, without a store,
   * sessions end with this process.
   */
  key: {
    ...KEY_OPTION,
    description:
      'The secret that signs resume tokens. If left out, one is made: it is kept beside the store, or, without a store, sessions end with this process.',
  },
  /**
   * Where channels with a `durability` are stored. If left out and there are such channels, a file below `.centrum/`.
   */
  store: {
    ...STORE_OPTION,
    description:
      'Where channels with a `durability` are stored. If left out and there are such channels, a file below `.centrum/`.',
  },
  /**
   * Whether channels in memory are stored, too, when the app closes normally, so that they continue when it starts
   * again.
   */
  keepOnRestart: {
    ...BACK_MASTER_OPTIONS.keepOnRestart,
    description:
      'Whether channels in memory are stored, too, when the app closes normally, so that they continue when it starts again.',
  },
  /**
   * For development. What happens if the stored state of a channel does not fit the initial state in the code, or
   * cannot be read or migrated: nothing (`ignored`), a line in the log (`logged`), or the channel starts over and its
   * stored state is lost (`begun-anew`). `ignored` by default.
   */
  storedDiffers: BACK_MASTER_OPTIONS.storedDiffers,
  /**
   * How long a back waits for a session that lost contact; after that it is unlinked with `expired`. A definition may
   * override it. 30,000 ms by default.
   */
  graceMs: limitAsOption(BACK_LIMITS.graceMs),
  /**
   * How long the clients of a draining front have to leave; after that their sockets close with `draining`. 5,000 ms
   * by default.
   */
  drainMs: limitAsOption(GATEWAY_LIMITS.drainMs),
  /**
   * How long closing takes at most, including a drain just before it. It does not wait longer for handlers, sockets
   * or a store, and logs what was left undone. 8,000 ms by default.
   */
  shutdownMs: limitAsOption(BACK_LIMITS.shutdownMs),
  // Within one process nothing is gained by letting messages wait for each other longer than a macrotask.
  /**
   * How long the first message for a back waits for others, so that they go as one batch. 0: until the end of the
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
  /** Clock, randomness and log. If left out, `nodeRuntime()`. */
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
