/** `createTestCluster`: checks what it is given, and starts a cluster. */
import type { App } from '../channel/app.js'
import { nodeRuntime } from '../runtime/node-runtime.js'
import type { LogSink } from './simulated-process.js'
import { stderrSink } from './stderr-sink.js'
import { TestCluster } from './test-cluster.js'
import { readSettings, type TestClusterOptions, type WatchedOptions } from './test-cluster-settings.js'

/**
 * Starts a cluster of real backs and fronts in this process, on simulated time, network and randomness: no ports, no waiting, and
 * the same seed gives the same run. Time moves in `advance()`, and otherwise from event to event while a promise of the
 * cluster is pending. Resolves when all fronts and backs are linked. Rejects with a `CentrumError` `invalid-option`.
 */
export function createTestCluster<A extends App>(app: A, options: TestClusterOptions = {}): Promise<TestCluster<A>> {
  return createWatchedCluster(app, options, stderrSink())
}

/** The same for those who look on. `log`: where nothing is said of it. */
export async function createWatchedCluster<A extends App>(
  app: A,
  options: WatchedOptions,
  log: LogSink | null = null,
): Promise<TestCluster<A>> {
  const cluster = new TestCluster<A>(app, readSettings(app, options, log), nodeRuntime({ logLevel: 'silent' }))
  await cluster.start()
  return cluster
}
