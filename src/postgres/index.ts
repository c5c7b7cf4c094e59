/** `centrum/postgres`: clusters whose backs come and go, and their channels. */
export { type PostgresCluster, postgresCluster } from './postgres-cluster.js'
export type { ChannelsWanted, ClusterChannel, KeptMessage } from './cluster-operations.js'
export type { ListedBack } from '../cluster/cluster.js'
export type { RejectedMessage } from '../cluster/rejected-message.js'
export type { PostgresClusterOptions } from './postgres-options.js'
