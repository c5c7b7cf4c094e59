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
   * Which back of the cluster's list this is. Where backs come and go: its name, unique among them; one is made
   * without it.
   */
  id: {
    ...TEXT,
    value: 'name',
    form: { matches: BACK_ID, must: 'be 1 to 64 letters, digits, dots, dashes and underscores, such as back-1' },
    description:
      "In a static cluster: which back of the list this is. In a dynamic cluster: the back's name, unique among the backs; if left out, one is made.",
  },
  /**
   * What `staticCluster` returns, the same for all masters; or what `postgresCluster` of centrum/postgres returns,
   * where backs come and go.
   */
  cluster: CLUSTER_OPTION,
  /**
   * Where it listens, if not at its listed address: behind NAT, or in a container, such as `tcp://0.0.0.0:4100`.
   * Others dial the listed one. Without a list any free port of 127.0.0.1 is taken.
   */
  listen: {
    ...TEXT,
    value: 'address',
    description:
      'The address on which the back listens for fronts, such as `tcp://0.0.0.0:4100`. In a static cluster only needed if it differs from the listed address, which the fronts dial: behind NAT, or in a container. In a dynamic cluster, if left out, a free port of 127.0.0.1 is used.',
  },
  /**
   * Where others dial it, if not where it listens, such as `tcp://10.0.0.5:4100`. Of clusters whose backs come and
   * go, as the four below.
   */
  advertise: {
    ...TEXT,
    value: 'address',
    description:
      'In a dynamic cluster: the address at which fronts and other backs dial this back, if it is not the one it listens on, such as `tcp://10.0.0.5:4100`.',
  },
  /** Patterns of the channels that it may own, as in a list; all without it. */
  channels: {
    ...TEXTS,
    value: 'pattern',
    description: 'In a dynamic cluster: patterns of the channels that the back may own. If left out, all channels.',
  },
  /** How many channels it takes, in proportion to other backs; 1 without it. */
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
   * How many channels it takes; any number without it. It opens nothing new beyond it, and goes on with what another
   * had where no other has room.
   */
  capacity: {
    ...NUMBER,
    min: 1,
    max: 10_000_000,
    unit: 'count',
    description:
      'In a dynamic cluster: how many channels the back takes; no limit if left out. Beyond this number it opens no new channels, and continues channels of other backs only if no other back has room.',
  },
  /** What is to be known of it, such as the zone it is in. Listed with it. */
  labels: {
    ...OBJECT,
    is: (value: unknown): value is Readonly<Record<string, string>> =>
      isRecord(value) && Object.values(value).every((each) => typeof each === 'string'),
    expected: "an object of strings, such as { zone: 'a' }",
    description:
      'In a dynamic cluster: facts about the back, such as its zone. `cluster.backs()` lists them, and `place` can decide by them.',
  },
  /**
   * How long a back waits for a session that lost contact; then it is unlinked with `expired`. A definition may
   * override it. 30,000 ms by default.
   */
  graceMs: limitAsOption(BACK_LIMITS.graceMs),
  /** Limits of the back. */
  limits: { ...LIMITS, limits: BACK_LIMITS, description: 'Limits of the back.' },
  ...LINK_OPTIONS,
  /** Where channels with a `durability` are kept. Each back has one of its own. */
  store: STORE_OPTION,
  /**
   * Whether channels that live in memory are stored as well when the back stops in good order, and go on when it
   * starts again.
   */
  keepOnRestart: {
    ...SWITCH,
    description:
      'Whether channels in memory are stored, too, when the back shuts down normally, so that they continue when it starts again.',
  },
  /**
   * What is done where the state that is stored of a channel is not what its code begins with, or cannot be read or
   * migrated: nothing, a line in the log, or the channel begins anew and what was stored is lost. For development.
   * `ignored` by default.
   */
  storedDiffers: {
    ...CHOICE,
    choices: STORED_DIFFERS,
    default: 'ignored',
    description:
      'For development. What happens if the stored state of a channel does not fit the initial state in the code, or cannot be read or migrated: nothing (`ignored`), a line in the log (`logged`), or the channel starts over and its stored state is lost (`begun-anew`).',
  },
  /** Where the fronts of this process find what its backs keep of channels. */
  histories: SHARED_HISTORIES_OPTION,
  /** Clock, randomness and log: `nodeRuntime()` without it. */
  runtime: RUNTIME_OPTION,
  /** What dials and listens. The form of each address decides without it. */
  transport: TRANSPORT_OPTION,
} as const satisfies OptionTable

/** What `BackMaster` takes. */
export type BackMasterOptions = GivenOptions<typeof BACK_MASTER_OPTIONS>
