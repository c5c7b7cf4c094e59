/** The options of a front master. Knows nothing of what they do. */
import { CLUSTER_OPTION } from '../cluster/cluster-option.js'
import { SHARED_HISTORIES_OPTION } from '../history/shared-histories-option.js'
import { LINK_OPTIONS, TRANSPORT_OPTION } from '../link/link-options.js'
import { LIMITS, TEXT } from '../options/option-kinds.js'
import { limitAsOption } from '../options/limit-table.js'
import type { GivenOptions, OptionTable } from '../options/option-table.js'
import { RUNTIME_OPTION } from '../runtime/runtime-options.js'
import { FRONT_LIMITS } from './front-limits.js'

export const FRONT_MASTER_OPTIONS = {
  /**
   * The front's name, unique among all backs and fronts of the cluster. Required in a static cluster; in a dynamic
   * cluster one is made if it is left out.
   */
  id: {
    ...TEXT,
    value: 'name',
    description:
      "The front's name, unique among all backs and fronts of the cluster. Required in a static cluster; in a dynamic cluster one is made if it is left out.",
  },
  /**
   * What `staticCluster` returns, the same in all processes; or, for a dynamic cluster, what `postgresCluster` from
   * centrum/postgres returns.
   */
  cluster: CLUSTER_OPTION,
  /**
   * The URL at which clients reach this front, such as `wss://f1.example.com`. In a dynamic cluster, fronts that ask
   * clients to leave name each other by it, unless `drainTo` names other fronts.
   */
  publicUrl: {
    ...TEXT,
    value: 'url',
    form: { matches: /^(ws|http)s?:\/\/[^#\s]+$/, must: 'be a URL such as wss://f1.example.com' },
    description:
      'The URL at which clients reach this front, such as `wss://f1.example.com`. In a dynamic cluster, fronts that ask clients to leave name each other by it, unless `drainTo` names other fronts.',
  },
  /**
   * How long the first message for a back waits for others, so that they go as one batch. 0: until the end of the
   * macrotask. 20 ms by default.
   */
  flushMs: limitAsOption(FRONT_LIMITS.flushMs),
  /** Limits of the front and its sessions. */
  limits: { ...LIMITS, limits: FRONT_LIMITS, description: 'Limits of the front and its sessions.' },
  ...LINK_OPTIONS,
  /** Lets the fronts of this process read the turns that its backs keep, instead of keeping copies. */
  histories: SHARED_HISTORIES_OPTION,
  /** Clock, randomness and log. If left out, `nodeRuntime()`. */
  runtime: RUNTIME_OPTION,
  /** Opens and accepts links. If left out, the form of each address decides how. */
  transport: TRANSPORT_OPTION,
} as const satisfies OptionTable

/** What `FrontMaster` takes. */
export type FrontMasterOptions = GivenOptions<typeof FRONT_MASTER_OPTIONS>
