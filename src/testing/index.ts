/** `centrum/testing`: a whole cluster in one process, on a simulated clock and network. */
export { createTestCluster } from './create-test-cluster.js'
export type { TestCluster } from './test-cluster.js'
export type { TestClusterOptions } from './test-cluster-settings.js'
export type { TestClientSettings } from './test-clients.js'
export type { Faults } from './faults.js'
export type { LogSink } from './simulated-process.js'
