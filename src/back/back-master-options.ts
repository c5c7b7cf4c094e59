/** The options of a back master. Knows nothing of what they do. */
import { CLUSTER_OPTION } from '../cluster/cluster-option.js'
import { SHARED_HISTORIES_OPTION } from '../history/shared-histories-option.js'
import { LINK_OPTIONS, TRANSPORT_OPTION } from '../link/link-options.js'
import { BACK_ID } from '../cluster/static-cluster.js'
import { isRecord } from '../options/describe-value.js'
import { CHOICE, LIMITS, NUMBER, OBJECT, SWITCH, TEXT, TEXTS } from '../options/option-kinds.js'
import { limitAsOption } from '../options/limit-table.js'
import type { GivenOptions, OptionTable } from '../options/option-table.js'
import { STORE_OPTION } from '../store/store-option.js'
import { STORED_DIFFERS } from '../store/stored-differs.js'
import { RUNTIME_OPTION } from '../runtime/runtime-options.js'
import { BACK_LIMITS } from './back-limits.js'

export const BACK_MASTER_OPTIONS = {
  /**
   * In a static cluster: which back of the list this is. In a dynamic cluster: the back's name, unique among the
   * backs; if left out, one is made.
   */
  id: {
    ...TEXT,
    value: 'name',
    form: { matches: BACK_ID, must: 'be 1 to 64 letters, digits, dots, dashes and underscores, such as back-1' },
    description:
      "In a static cluster: which back of the list this is. In a dynamic cluster: the back's name, unique among the backs; if left out, one is made.",
  },
  /**
   * What `staticCluster` returns, the same in all processes; or, for a dynamic cluster, what `postgresCluster` from
   * centrum/postgres returns.
   */
  cluster: CLUSTER_OPTION,
  /**
   * The address on which the back listens for fronts, such as `tcp://0.0.0.0:4100`. In a static cluster only needed
   * if it differs from the listed address, which the fronts dial: behind NAT, or in a container. In a dynamic
   * cluster, if left out, a free port of 127.0.0.1 is used.
   */
  listen: {
    ...TEXT,
    value: 'address',
    description:
      'The address on which the back listens for fronts, such as `tcp://0.0.0.0:4100`. In a static cluster only needed if it differs from the listed address, which the fronts dial: behind NAT, or in a container. In a dynamic cluster, if left out, a free port of 127.0.0.1 is used.',
  },
  /**
   * In a dynamic cluster: the address at which fronts and other backs dial this back, if it is not the one it listens
   * on, such as `tcp://10.0.0.5:4100`.
   */
  advertise: {
    ...TEXT,
    value: 'address',
    description:
      'In a dynamic cluster: the address at which fronts and other backs dial this back, if it is not the one it listens on, such as `tcp://10.0.0.5:4100`.',
  },
  /** In a dynamic cluster: patterns of the channels that the back may own. If left out, all channels. */
  channels: {
    ...TEXTS,
    value: 'pattern',
    description: 'In a dynamic cluster: patterns of the channels that the back may own. If left out, all channels.',
  },
  /** In a dynamic cluster: the back's share of the channels, in proportion to the other backs. If left out, 1. */
  weight: {
    ...NUMBER,
    min: 0.01,
    max: 1_000,
    unit: 'times',
    fraction: true,
    description:
      "In a dynamic cluster: the back's share of the channels, in proportion to the other backs. If left out, 1.",
  },
  /**
   * In a dynamic cluster: how many channels the back takes; no limit if left out. Beyond this number it opens no new
   * channels, and continues channels of other backs only if no other back has room.
   */
  capacity: {
    ...NUMBER,
    min: 1,
    max: 10_000_000,
    unit: 'count',
    description:
      'In a dynamic cluster: how many channels the back takes; no limit if left out. Beyond this number it opens no new channels, and continues channels of other backs only if no other back has room.',
  },
  /**
   * In a dynamic cluster: facts about the back, such as its zone. `cluster.backs()` lists them, and `place` can
   * decide by them.
   */
  labels: {
    ...OBJECT,
    is: (value: unknown): value is Readonly<Record<string, string>> =>
      isRecord(value) && Object.values(value).every((each) => typeof each === 'string'),
    expected: "an object of strings, such as { zone: 'a' }",
    description:
      'In a dynamic cluster: facts about the back, such as its zone. `cluster.backs()` lists them, and `place` can decide by them.',
  },
  /**
   * How long a back waits for a session that lost contact; after that it is unlinked with `expired`. A definition may
   * override it. 30,000 ms by default.
   */
  graceMs: limitAsOption(BACK_LIMITS.graceMs),
  /** Limits of the back. */
  limits: { ...LIMITS, limits: BACK_LIMITS, description: 'Limits of the back.' },
  ...LINK_OPTIONS,
  /** Where channels with a `durability` are stored. Each back has a store of its own. */
  store: STORE_OPTION,
  /**
   * Whether channels in memory are stored, too, when the back shuts down normally, so that they continue when it
   * starts again.
   */
  keepOnRestart: {
    ...SWITCH,
    description:
      'Whether channels in memory are stored, too, when the back shuts down normally, so that they continue when it starts again.',
  },
  /**
   * For development. What happens if the stored state of a channel does not fit the initial state in the code, or
   * cannot be read or migrated: nothing (`ignored`), a line in the log (`logged`), or the channel starts over and its
   * stored state is lost (`begun-anew`). `ignored` by default.
   */
  storedDiffers: {
    ...CHOICE,
    choices: STORED_DIFFERS,
    default: 'ignored',
    description:
      'For development. What happens if the stored state of a channel does not fit the initial state in the code, or cannot be read or migrated: nothing (`ignored`), a line in the log (`logged`), or the channel starts over and its stored state is lost (`begun-anew`).',
  },
  /** Lets the fronts of this process read the turns that its backs keep, instead of keeping copies. */
  histories: SHARED_HISTORIES_OPTION,
  /** Clock, randomness and log. If left out, `nodeRuntime()`. */
  runtime: RUNTIME_OPTION,
  /** Opens and accepts links. If left out, the form of each address decides how. */
  transport: TRANSPORT_OPTION,
} as const satisfies OptionTable

/** What `BackMaster` takes. */
export type BackMasterOptions = GivenOptions<typeof BACK_MASTER_OPTIONS>
