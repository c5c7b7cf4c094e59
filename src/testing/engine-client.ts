/**
 * How the processes of a simulated cluster reach its engine: it is a place of the network like any other, and stands still for nobody. Knows
 * nothing of what the engine does.
 */
import { CentrumError } from '../protocol/errors.js'
import type { ConnectionEnd, EndEvents } from './connection-end.js'
import type { EngineClient } from './simulated-engine.js'
import type { SimulatedNetwork } from './simulated-network.js'
import type { SimulatedProcess } from './simulated-process.js'

/** What the engine is called in `partition`. */
export const ENGINE = 'engine'

/** What a question takes, one way. */
const WAY_MS = 0.5
/** How long a process waits for an engine that it does not reach. */
const GIVE_UP_MS = 1_000
/** How long an address is asked whether anybody listens. */
const PROBE_MS = 1_000

export function canReachEngine(network: SimulatedNetwork, processId: string): boolean {
  return !network.blocks(processId, ENGINE) && !network.blocks(ENGINE, processId)
}

export function engineUnavailable(): CentrumError {
  return new CentrumError('store-unavailable', 'The engine of the cluster does not answer.')
}

export function engineClient(process: SimulatedProcess, network: SimulatedNetwork): EngineClient {
  const { clock } = process.runtime
  const { time } = network
  const within = (ms: number): Promise<void> =>
    new Promise((resolve) => void time.at(time.now + ms, () => process.enter(resolve)))
  return {
    clock,
    isDead: () => process.state === 'dead',
    async reach() {
      const canReach = canReachEngine(network, process.id)
      await within(canReach ? WAY_MS : GIVE_UP_MS)
      if (!canReach) throw engineUnavailable()
    },
    refuses: (address) =>
      new Promise((resolve) => {
        const giveUp = network.dial<Uint8Array>(
          process,
          address,
          (end) => hangUp(end, resolve),
          () => resolve(true),
        )
        clock.after(PROBE_MS, () => {
          giveUp()
          resolve(false)
        })
      }),
  }

  function hangUp(end: ConnectionEnd<Uint8Array>, resolve: (refuses: boolean) => void): EndEvents<Uint8Array> {
    clock.soon(() => end.destroy())
    resolve(false)
    const nothing = (): void => undefined
    return { onChunk: nothing, onDrained: nothing, onEnd: nothing }
  }
}
