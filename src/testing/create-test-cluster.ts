/** `createTestCluster`: checks what it is given, and starts a cluster. */
import type { App } from '../channel/app.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import { TestCluster } from './test-cluster.js'
import { readSettings, type TestClusterOptions, type WatchedOptions } from './test-cluster-settings.js'

/**
 * A cluster of real masters in this process, on a clock, a network and a chance that are simulated: nothing listens, nothing waits, and
 * the same seed gives the same run. Time moves in `advance()`, and, when none runs, from event to event while a promise that the
 * cluster gave out is pending. Resolves when all masters are linked. Rejects with a `CentrumError` `invalid-option`.
 */
export function createTestCluster<A extends App>(app: A, options: TestClusterOptions = {}): Promise<TestCluster<A>> {
  return createWatchedCluster(app, options)
}

/** The same for those who look on. */
export async function createWatchedCluster<A extends App>(app: A, options: WatchedOptions): Promise<TestCluster<A>> {
  const cluster = new TestCluster<A>(app, readSettings(app, options), nodeRuntime({ logLevel: 'silent' }))
  await cluster.start()
  return cluster
}
