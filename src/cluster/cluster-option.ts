/** The cluster as an option of masters. Knows no master. */
import { OBJECT } from '../options/option-kinds.js'
import { isRecord } from '../options/describe-value.js'
import type { Cluster } from './cluster.js'

export const CLUSTER_OPTION = {
  ...OBJECT,
  is: isCluster,
  expected: 'what staticCluster({ backs: [{ id, address, channels }], key }) returns',
  required: 'Give what staticCluster({ backs: [{ id, address, channels }], key }) returns.',
  description: 'What `staticCluster` returns: the backs and the key, the same for all masters.',
} as const

function isCluster(value: unknown): value is Cluster {
  return (
    isRecord(value) &&
    Array.isArray(value['members']) &&
    Array.isArray(value['backs']) &&
    typeof value['ownerOf'] === 'function'
  )
}
