/** What stands around the masters of a simulated cluster whose backs come and go. Knows no master. */
import type { DynamicCluster } from '../cluster/cluster.js'
import type { RejectedMessage } from '../cluster/rejected-message.js'
import type { SimulatedChannel, SimulatedEngine } from './simulated-engine.js'
import type { SimulatedTime } from './simulated-time.js'

/** A dynamic cluster and its database, as `postgresCluster` and SQL would present them. */
export interface LivingCluster extends Pick<DynamicCluster, 'move' | 'drain' | 'cordon' | 'uncordon'> {
  /**
   * Does what `SELECT centrum.send(channel, message, payload)` does in a committed transaction: the owner of the channel takes the message
   * exactly once. Throws a `CentrumError` `not-permitted` for a channel that exists only in memory.
   */
  send(channelId: string, message: string, payload?: unknown): void
  /** Lists channels with owner, links and summary, like `cluster.channels()` of `postgresCluster`. */
  channels(): readonly SimulatedChannel[]
  /** Lets a faulted channel open again. Returns false if it was not faulted. */
  clearFault(channelId: string): boolean
  /** The rejected messages, with the reason; in the order of rejection within a channel. */
  rejected(): readonly RejectedMessage[]
}

/** `operator`: the cluster as a process has it that is no master. */
export function livingCluster(
  engine: SimulatedEngine,
  operator: DynamicCluster,
  time: Pick<SimulatedTime, 'hold'>,
): LivingCluster {
  return {
    move: (channelId, backId) => time.hold(operator.move(channelId, backId)),
    drain: (backId) => time.hold(operator.drain(backId)),
    cordon: (backId) => time.hold(operator.cordon(backId)),
    uncordon: (backId) => time.hold(operator.uncordon(backId)),
    send: (channelId, message, payload) => engine.send(channelId, message, payload),
    rejected: () => engine.rejected(),
    channels: () => engine.channels(),
    clearFault: (channelId) => engine.store.channels.fault(channelId, null),
  }
}
