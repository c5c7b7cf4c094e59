/** `centrum/postgres`: clusters whose backs come and go, and their channels. */
export { type ClusterChannel, type PostgresCluster, postgresCluster } from './postgres-cluster.js'
export type { ListedBack } from '../cluster/cluster.js'
export type { PostgresClusterOptions } from './postgres-options.js'
