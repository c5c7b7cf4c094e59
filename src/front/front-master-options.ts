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
   * Its name, unique among all masters of the cluster. One is made without it where backs come and go; with a list it
   * has to be given.
   */
  id: {
    ...TEXT,
    value: 'name',
    description:
      "The front's name, unique among all backs and fronts of the cluster. Required in a static cluster; in a dynamic cluster one is made if it is left out.",
  },
  /**
   * What `staticCluster` returns, the same for all masters; or what `postgresCluster` of centrum/postgres returns,
   * where backs come and go.
   */
  cluster: CLUSTER_OPTION,
  /**
   * Where clients dial this front, such as `wss://f1.example.com`. Of clusters whose backs come and go: fronts that
   * send clients away name each other by it, where `drainTo` does not say where to.
   */
  publicUrl: {
    ...TEXT,
    value: 'url',
    form: { matches: /^(ws|http)s?:\/\/[^#\s]+$/, must: 'be a URL such as wss://f1.example.com' },
    description:
      'The URL at which clients reach this front, such as `wss://f1.example.com`. In a dynamic cluster, fronts that ask clients to leave name each other by it, unless `drainTo` names other fronts.',
  },
  /**
   * How long the first message for a back waits for others before all go as one batch. 0: to the end of the
   * macrotask. 20 ms by default.
   */
  flushMs: limitAsOption(FRONT_LIMITS.flushMs),
  /** Limits of the front and its sessions. */
  limits: { ...LIMITS, limits: FRONT_LIMITS, description: 'Limits of the front and its sessions.' },
  ...LINK_OPTIONS,
  /** Where the fronts of this process find what its backs keep of channels. */
  histories: SHARED_HISTORIES_OPTION,
  /** Clock, randomness and log: `nodeRuntime()` without it. */
  runtime: RUNTIME_OPTION,
  /** What dials and listens. The form of each address decides without it. */
  transport: TRANSPORT_OPTION,
} as const satisfies OptionTable

/** What `FrontMaster` takes. */
export type FrontMasterOptions = GivenOptions<typeof FRONT_MASTER_OPTIONS>
