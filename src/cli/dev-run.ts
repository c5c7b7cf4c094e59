/**
 * All masters of one `dev`: started in order, restarted together when the source changes, stopped together. Knows nothing
 * of files and ports.
 */
import type { Clock } from '../runtime/runtime.js'
import { DevProcess, type DevProcessOptions } from './dev-process.js'

export interface DevRunOptions {
  readonly backs: readonly DevRunMaster[]
  readonly fronts: readonly DevRunMaster[]
  readonly clock: Clock
  readonly say: (line: string) => void
}

export type DevRunMaster = Pick<DevProcessOptions, 'id' | 'file' | 'args' | 'environment'>

export class DevRun {
  readonly #backs: readonly DevProcess[]
  readonly #fronts: readonly DevProcess[]
  readonly #clock: Clock
  readonly #say: (line: string) => void
  /** Where each master listens, while it does not run too. */
  readonly #places = new Map<string, string>()
  /** Whether all of them listened since they were started together. */
  #ready = false
  #begunAt = 0
  #restarted = false
  #restarting = false
  #wanted = false
  #stopped = false

  constructor({ backs, fronts, clock, say }: DevRunOptions) {
    const processOf = (master: DevRunMaster): DevProcess =>
      new DevProcess({ ...master, clock, say, onListening: (where) => this.#listening(master.id, where) })
    this.#backs = backs.map(processOf)
    this.#fronts = fronts.map(processOf)
    this.#clock = clock
    this.#say = say
  }

  /** Fronts follow as soon as one back listens: an app that can't be loaded then says so once, not once a process. */
  start(): void {
    this.#begunAt = this.#clock.now()
    this.#ready = false
    for (const back of this.#backs) back.start()
  }

  /** Stops all and starts them again; once more if asked while it happens. */
  async restart(): Promise<void> {
    this.#wanted = true
    if (this.#restarting) return
    this.#restarting = true
    while (this.#wanted && !this.#stopped) {
      this.#wanted = false
      this.#restarted = true
      const all = [...this.#fronts, ...this.#backs]
      for (const each of all) each.forgive()
      await Promise.all(all.map((each) => each.stop()))
      if (!this.#stopped) this.start()
    }
    this.#restarting = false
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([...this.#backs, ...this.#fronts].map((each) => each.stop()))
  }

  kill(): void {
    this.#stopped = true
    for (const each of [...this.#backs, ...this.#fronts]) each.kill()
  }

  #listening(id: string, where: string): void {
    if (this.#stopped) return
    if (this.#places.get(id) !== where) this.#say(`  ${id.padEnd(9)} ${where}`)
    this.#places.set(id, where)
    if (this.#backs.some((back) => back.id === id)) for (const front of this.#fronts) front.start()
    if (this.#ready) return this.#say(`${id} is back.`)
    this.#ready = [...this.#backs, ...this.#fronts].every(({ state }) => state === 'listening')
    if (!this.#ready) return
    const tookMs = Math.round(this.#clock.now() - this.#begunAt)
    this.#say(`${this.#restarted ? 'Ready again' : 'Ready'} after ${tookMs} ms.`)
  }
}
