/** The options of a back master. Knows nothing of what they do. */
import { CLUSTER_OPTION } from '../cluster/cluster-option.js'
import { SHARED_HISTORIES_OPTION } from '../history/shared-histories-option.js'
import { LINK_OPTIONS, TRANSPORT_OPTION } from '../link/link-options.js'
import { LIMITS, OBJECT, TEXT } from '../options/option-kinds.js'
import { limitAsOption } from '../options/limit-table.js'
import type { GivenOptions, OptionTable } from '../options/option-table.js'
import { STORE_OPTION } from '../store/store-option.js'
import { RUNTIME_OPTION } from '../runtime/runtime-options.js'
import { BACK_LIMITS } from './back-limits.js'

export const BACK_MASTER_OPTIONS = {
  /** Which back of the cluster's list this is. */
  id: {
    ...TEXT,
    value: 'name',
    required: "Give the id of one of the cluster's backs, such as back-1.",
    description: "Which back of the cluster's list this is.",
  },
  /** What `staticCluster` returns: the backs and the key, the same for all masters. */
  cluster: CLUSTER_OPTION,
  /**
   * Where it listens, if not at its listed address: behind NAT, or in a container, such as `tcp://0.0.0.0:4100`.
   * Others dial the listed one.
   */
  listen: {
    ...TEXT,
    value: 'address',
    description:
      'Where it listens, if not at its listed address: behind NAT, or in a container, such as `tcp://0.0.0.0:4100`. Others dial the listed one.',
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
   * Whether channels that live in memory are stored when the back stops in good order, and go on when it starts
   * again.
   */
  keepOnRestart: {
    ...OBJECT,
    is: (value: unknown): value is boolean => typeof value === 'boolean',
    expected: 'true or false',
    description:
      'Whether channels that live in memory are stored when the back stops in good order, and go on when it starts again.',
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
