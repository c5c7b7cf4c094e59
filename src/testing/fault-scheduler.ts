/**
 * Brings faults about at random: what breaks, who stands still, who crashes and comes back. Each kind draws from a chance of its own.
 * Knows nothing of what the processes do.
 */
import type { Faults } from './faults.js'
import type { SeededRandom } from './seeded-random.js'
import type { SimulatedNetwork } from './simulated-network.js'
import type { SimulatedProcess } from './simulated-process.js'

export interface MischiefTargets {
  /** Everyone who runs. */
  processes(): readonly SimulatedProcess[]
  /** Those who can crash and come back. */
  masters(): readonly SimulatedProcess[]
  clients(): readonly SimulatedProcess[]
  kill(id: string, dark: boolean): void
  restart(id: string): void
}

export class FaultScheduler {
  readonly #network: SimulatedNetwork
  readonly #random: SeededRandom
  readonly #targets: MischiefTargets
  /** Grows when what was planned is not to happen any more. */
  #plan = 0

  constructor(network: SimulatedNetwork, random: SeededRandom, targets: MischiefTargets) {
    this.#network = network
    this.#random = random
    this.#targets = targets
  }

  /** Plans anew, by the faults that the network has now. What goes on is not ended. */
  begin(): void {
    this.#plan++
    const { faults } = this.#network
    const every = (name: string, meanMs: number, happen: (random: SeededRandom, faults: Faults) => void): void => {
      if (meanMs > 0) this.#next(meanMs, this.#random.fork(`${name}/${this.#plan}`), this.#plan, happen)
    }
    every('break', faults.breakEveryMs, (random) => this.#break(random))
    every('partition', faults.partitionEveryMs, (random, now) => this.#partition(random, now))
    every('stall', faults.stallEveryMs, (random, { stallMsMax }) =>
      random.pick(this.#targets.processes())?.stall(random.float() * stallMsMax),
    )
    every('crash', faults.crashEveryMs, (random, now) => this.#crash(random, now))
    every('slow', faults.slowEveryMs, (random, now) => this.#slow(random, now))
    every('jump', faults.clockJumpEveryMs, (random, { clockJumpMsMax }) =>
      random.pick(this.#targets.processes())?.jump(random.between(-clockJumpMsMax, clockJumpMsMax)),
    )
  }

  #next(
    meanMs: number,
    random: SeededRandom,
    plan: number,
    happen: (random: SeededRandom, faults: Faults) => void,
  ): void {
    this.#later(random.waitMs(meanMs), () => {
      if (this.#plan !== plan) return
      happen(random, this.#network.faults)
      this.#next(meanMs, random, plan, happen)
    })
  }

  #later(ms: number, run: () => void): void {
    this.#network.time.at(this.#network.time.now + ms, run)
  }

  #break(random: SeededRandom): void {
    const pair = random.pick(this.#network.connections)
    if (pair !== undefined) this.#network.break(pair)
  }

  #partition(random: SeededRandom, { partitionMsMax, oneWayChance }: Faults): void {
    const one = random.pick(this.#targets.masters())
    const other = random.pick(this.#targets.processes())
    if (one === undefined || other === undefined || one.id === other.id) return
    const [from, to] = random.chance(0.5) ? [one, other] : [other, one]
    this.#later(random.float() * partitionMsMax, this.#network.partition(from.id, to.id, random.chance(oneWayChance)))
  }

  #crash(random: SeededRandom, { downMsMax, halfOpenChance }: Faults): void {
    const victim = random.pick(this.#targets.masters())
    if (victim === undefined) return
    const { id } = victim
    this.#targets.kill(id, random.chance(halfOpenChance))
    this.#later(random.float() * downMsMax, () => this.#targets.restart(id))
  }

  #slow(random: SeededRandom, { slowMsMax, slowBytesPerSecond }: Faults): void {
    const client = random.pick(this.#targets.clients())
    if (client === undefined) return
    this.#network.slow(client.id, slowBytesPerSecond)
    this.#later(random.float() * slowMsMax, () => this.#network.slow(client.id, null))
  }
}
