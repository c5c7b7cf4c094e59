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
  id: {
    ...TEXT,
    value: 'name',
    required: "Give the id of one of the cluster's backs, such as back-1.",
    description: "Which back of the cluster's list this is.",
  },
  cluster: CLUSTER_OPTION,
  graceMs: limitAsOption(BACK_LIMITS.graceMs),
  limits: { ...LIMITS, limits: BACK_LIMITS, description: 'Limits of the back.' },
  ...LINK_OPTIONS,
  store: STORE_OPTION,
  keepOnRestart: {
    ...OBJECT,
    is: (value: unknown): value is boolean => typeof value === 'boolean',
    expected: 'true or false',
    description:
      'Whether channels that live in memory are stored when the back stops in good order, and go on when it starts again.',
  },
  histories: SHARED_HISTORIES_OPTION,
  runtime: RUNTIME_OPTION,
  transport: TRANSPORT_OPTION,
} as const satisfies OptionTable

/** What `BackMaster` takes. */
export type BackMasterOptions = GivenOptions<typeof BACK_MASTER_OPTIONS>
