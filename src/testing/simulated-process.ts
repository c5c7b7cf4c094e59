/**
 * A process of a simulated cluster: its clocks, its chance, its log, and whether it runs, stands still or is dead. Whatever
 * reaches it, timers and bytes alike, comes through here. Knows nothing of what runs in it.
 */
import type { AppLog, Clock, LogFields, Runtime, Timer } from '../runtime/runtime.js'
import type { FaultCounts } from './fault-counts.js'
import type { SeededRandom } from './seeded-random.js'
import { grainAfter, type SimulatedTime } from './simulated-time.js'

/** How the clocks of a process differ from simulated time. */
export interface ClockFault {
  /** How far the wall clock is ahead, in milliseconds. */
  readonly skewMs: number
  /** How much faster its clocks run: 0.001 is one millisecond per second. */
  readonly drift: number
}

/** Called with each line of a log. */
export type LogSink = (line: {
  readonly atMs: number
  readonly process: string
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly event: string
  readonly fields: LogFields
}) => void

type State =
  | { readonly state: 'running' }
  /** `late`: what would have happened meanwhile, in its order. */
  | { readonly state: 'stalled'; readonly until: number; readonly late: (() => void)[] }
  | { readonly state: 'dead' }

/** A day of 2024, on which every simulation begins. */
const BEGIN_WALL_MS = 1_704_103_200_000

export class SimulatedProcess {
  readonly id: string
  readonly runtime: Runtime
  /** Told after each thing that happened in it, before its promises settle. */
  onHappened: (() => void) | null = null
  readonly #time: SimulatedTime
  readonly #startedAt: number
  /** For how long it has stood still, or will have where it still does. */
  stoodStillMs = 0
  readonly #drift: number
  readonly #counts: FaultCounts
  readonly #onDeath = new Set<() => void>()
  #state: State = { state: 'running' }
  #wallOffset: number
  /** Timers that were asked for, have not run and were not cancelled. */
  timers = 0

  constructor(
    id: string,
    time: SimulatedTime,
    random: SeededRandom,
    faults: ClockFault,
    counts: FaultCounts,
    sink: LogSink | null,
  ) {
    this.id = id
    this.#counts = counts
    if (faults.skewMs !== 0) counts.skewedClocks++
    if (faults.drift !== 0) counts.driftingClocks++
    this.#time = time
    this.#startedAt = time.now
    this.#drift = faults.drift
    this.#wallOffset = BEGIN_WALL_MS + faults.skewMs
    this.runtime = { clock: this.#clock(), random, log: sink === null ? silent : this.#log(sink, {}) }
  }

  get state(): State['state'] {
    return this.#state.state
  }

  /** Has something happen in it: at once where it runs, when it wakes where it stands still, never where it is dead. */
  enter(run: () => void): void {
    const state = this.#state
    switch (state.state) {
      case 'running':
        run()
        this.onHappened?.()
        return
      case 'stalled':
        state.late.push(run)
        return
      case 'dead':
        return
    }
  }

  /** From outside of what happens: at the next opportunity. */
  enterSoon(run: () => void): void {
    this.#time.at(this.#time.now, () => this.enter(run))
  }

  /** Stands still for so long. */
  stall(ms: number): void {
    const state = this.#state
    if (state.state === 'dead') return
    this.#counts.stalls++
    const before = Math.max(this.#time.now, state.state === 'stalled' ? state.until : 0)
    const until = Math.max(this.#time.now + ms, before)
    this.stoodStillMs += until - before
    this.#state = { state: 'stalled', until, late: state.state === 'stalled' ? state.late : [] }
    this.#time.at(until, () => {
      if (this.#state.state === 'stalled' && this.#state.until <= this.#time.now) this.wake()
    })
  }

  /** Goes on: what came meanwhile happens now, in its order. */
  wake(): void {
    if (this.#state.state !== 'stalled') return
    const { late } = this.#state
    this.#state = { state: 'running' }
    this.#counts.late += late.length
    for (const run of late) this.#time.at(this.#time.now, () => this.enter(run))
  }

  /** Nothing happens in it any more. */
  die(): void {
    if (this.#state.state === 'dead') return
    this.#state = { state: 'dead' }
    for (const tell of this.#onDeath) tell()
    this.#onDeath.clear()
  }

  /** Tells once when it dies; at once where it has. Returns what takes that back. */
  onDeath(tell: () => void): () => void {
    if (this.#state.state === 'dead') tell()
    else this.#onDeath.add(tell)
    return () => void this.#onDeath.delete(tell)
  }

  /** Sets its wall clock by so much. */
  jump(ms: number): void {
    this.#counts.clockJumps++
    this.#wallOffset += ms
  }

  #clock(): Clock {
    return {
      now: () => this.#now(),
      wall: () => this.#wallOffset + this.#startedAt + this.#now(),
      after: (delayMs, run) => this.#after(delayMs, run),
      soon: (run) => this.#after(0, run),
    }
  }

  #now(): number {
    return (this.#time.now - this.#startedAt) * (1 + this.#drift)
  }

  #after(delayMs: number, run: () => void): Timer {
    const wait = Math.max(delayMs, 0)
    const due = this.#now() + wait
    this.timers++
    let running = true
    const timer = this.#time.at(this.#time.now + grainAfter(wait / (1 + this.#drift)), () => this.enter(happen))
    const happen = (): void => {
      if (!running) return
      // A drifting clock may be a hair short of it.
      if (this.#now() < due && this.#drift !== 0) {
        this.#time.at(this.#time.now + grainAfter(0.0001), () => this.enter(happen))
        return
      }
      running = false
      this.timers--
      run()
    }
    return {
      cancel: () => {
        if (!running) return
        running = false
        this.timers--
        timer.run = null
      },
    }
  }

  #log(sink: LogSink, own: LogFields): AppLog {
    const line =
      (level: 'debug' | 'info' | 'warn' | 'error') =>
      (event: string, fields: LogFields = {}): void =>
        sink({ atMs: this.#time.now, process: this.id, level, event, fields: { ...own, ...fields } })
    return {
      debug: line('debug'),
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
      with: (fields) => this.#log(sink, { ...own, ...fields }),
    }
  }
}

const silent: AppLog = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent }
