/** The cluster as an option of masters. Knows no master. */
import { OBJECT } from '../options/option-kinds.js'
import { isRecord } from '../options/describe-value.js'
import type { Cluster } from './cluster.js'

export const CLUSTER_OPTION = {
  ...OBJECT,
  is: isCluster,
  expected:
    'what staticCluster({ backs: [{ id, address, channels }], key }) returns, or postgresCluster({ url, key }) from centrum/postgres',
  required: 'Give the result of staticCluster({ backs: [{ id, address, channels }], key }).',
  description:
    'What `staticCluster` returns, the same in all processes; or, for a dynamic cluster, what `postgresCluster` from centrum/postgres returns.',
} as const

function isCluster(value: unknown): value is Cluster {
  return (
    isRecord(value) &&
    Array.isArray(value['members']) &&
    typeof value['ownerOf'] === 'function' &&
    (Array.isArray(value['backs']) || typeof value['follow'] === 'function')
  )
}
