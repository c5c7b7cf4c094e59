/**
 * A channel whose last owner died: for a while each task is counted in the store before its handler starts, and forgotten once that is
 * done. What ends the process again and again is found by that, and not started any more. Knows nothing of what tasks do.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Clock } from '../runtime/runtime.js'
import { handlerOf } from './handler-of.js'
import { attemptOf } from './attempt-of.js'
import type { Task } from './tasks.js'

/** How long after a channel opened a handler may still be the one that ended the process before. */
const TRIAL_MS = 30_000
/** How long one that has failed before keeps others waiting that have, too. */
const ALONE_MS = 1_000
/** Of the deaths that fault a channel the first was not expected, and at the second others were under way as well. */
const DEATHS_BEFORE_ALONE = 2
const ALONE_DEATHS_MIN = 1
/** How many handlers one turn of a channel starts while their attempts are recorded in the store. */
const TASKS_MAX = 16

/** What trials ask of their back. */
export interface TrialHost {
  readonly clock: Clock
  readonly poisonMax: number
  /** Counts one attempt more, and gives how many there are. Settles when the store has it. */
  attempt(channelId: string, what: string): Promise<number>
  /** The channel is not opened any more, for this reason. Settles when the store has it. */
  fault(channelId: string, reason: string): Promise<void>
  /** Forgets the attempts. */
  succeeded(channelId: string, whats: readonly string[]): void
}

/** The channel on trial. */
export interface TriedChannel {
  wake(): void
  /** It has ended its process too often: it does not go on. */
  breakDown(cause: unknown): void
}

/**
 * Channels with tasks that were under way when the process ended before: one of them at a time, so that a further death is the fault of
 * one.
 */
export class TrialQueue {
  readonly #clock: Clock
  readonly #waiting: (() => void)[] = []
  #isTaken = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Calls `run` with what lets the next one in. */
  enter(run: (leave: () => void) => void): void {
    if (this.#isTaken) this.#waiting.push(() => this.#start(run))
    else this.#start(run)
  }

  #start(run: (leave: () => void) => void): void {
    this.#isTaken = true
    let hasLeft = false
    const leave = (): void => {
      if (hasLeft) return
      hasLeft = true
      limit.cancel()
      this.#isTaken = false
      this.#waiting.shift()?.()
    }
    const limit = this.#clock.after(ALONE_MS, leave)
    run(leave)
  }
}

type State =
  /** Nothing waits. */
  | { readonly state: 'idle' }
  /** It waits for the store, or for others. */
  | { readonly state: 'asked' }
  /** Handlers may run. */
  | { readonly state: 'granted'; readonly tasks: readonly Task[]; readonly leave: () => void }
  | { readonly state: 'blamed' }
  | { readonly state: 'over' }

export class Trial {
  readonly #channelId: string
  readonly #host: TrialHost
  readonly #queue: TrialQueue
  readonly #overAtMs: number
  #state: State = { state: 'idle' }
  #hasTicked = false

  constructor(channelId: string, host: TrialHost, queue: TrialQueue) {
    this.#channelId = channelId
    this.#host = host
    this.#queue = queue
    this.#overAtMs = host.clock.now() + TRIAL_MS
  }

  /** How many tasks of the inbox the next turn may take. */
  get inboxMax(): number {
    if (this.#state.state !== 'granted') return Infinity
    return this.#state.tasks.filter(({ type }) => type !== 'timer' && type !== 'tick').length
  }

  /** Whether a turn may start these tasks, the first `TASKS_MAX` of them. Otherwise the channel is woken when it may, or broken down. */
  permits(channel: TriedChannel, upcoming: () => readonly Task[]): boolean {
    switch (this.#state.state) {
      case 'granted':
      case 'over':
        return true
      case 'asked':
      case 'blamed':
        return false
      case 'idle':
        return this.#isOver() || !this.#ask(channel, this.#counted(upcoming()))
    }
  }

  /** One tick that went well is enough: each would be a write more. */
  #counted(tasks: readonly Task[]): readonly Task[] {
    return tasks.filter(({ type }) => type !== 'tick' || !this.#hasTicked).slice(0, TASKS_MAX)
  }

  #isOver(): boolean {
    if (this.#host.clock.now() < this.#overAtMs) return false
    this.#state = { state: 'over' }
    return true
  }

  /** False where there is nothing to ask for. */
  #ask(channel: TriedChannel, tasks: readonly Task[]): boolean {
    if (tasks.length === 0) return false
    this.#state = { state: 'asked' }
    void this.#count(channel, tasks)
    return true
  }

  async #count(channel: TriedChannel, tasks: readonly Task[]): Promise<void> {
    const attempts = await this.#attempts(tasks, attemptOf)
    if (Math.max(...attempts) > 1) this.#queue.enter((leave) => void this.#countAlone(channel, tasks, leave))
    else this.#grant(channel, tasks, () => undefined)
  }

  /** Some were under way at a death, and may have been innocent: what is under way from here on is not. */
  async #countAlone(channel: TriedChannel, tasks: readonly Task[], leave: () => void): Promise<void> {
    const attempts = await this.#attempts(tasks, aloneOf)
    const aloneMax = Math.max(ALONE_DEATHS_MIN, this.#host.poisonMax - DEATHS_BEFORE_ALONE)
    const poison = tasks.find((_, i) => (attempts[i] ?? 0) > aloneMax)
    if (poison) {
      leave()
      await this.#blame(channel, handlerOf(poison))
    } else this.#grant(channel, tasks, leave)
  }

  /** Tasks of one name are one attempt. */
  #attempts(tasks: readonly Task[], nameOf: (task: Task) => string): Promise<number[]> {
    const counted = new Map<string, Promise<number>>()
    for (const name of tasks.map(nameOf))
      if (!counted.has(name)) counted.set(name, this.#host.attempt(this.#channelId, name))
    return Promise.all(tasks.map((task) => counted.get(nameOf(task)) ?? Promise.resolve(0)))
  }

  async #blame(channel: TriedChannel, handler: string): Promise<void> {
    this.#state = { state: 'blamed' }
    const reason = `the process ended repeatedly while ${handler} ran (poisonMax ${this.#host.poisonMax})`
    await this.#host.fault(this.#channelId, reason)
    channel.breakDown(new CentrumError('faulted', reason))
  }

  #grant(channel: TriedChannel, tasks: readonly Task[], leave: () => void): void {
    this.#state = { state: 'granted', tasks, leave }
    channel.wake()
  }

  /** A turn is stored, and no handler runs any more. */
  passed(): void {
    if (this.#state.state !== 'granted') return
    const { tasks, leave } = this.#state
    leave()
    this.#hasTicked ||= tasks.some(({ type }) => type === 'tick')
    this.#state = { state: 'idle' }
    this.#host.succeeded(this.#channelId, [...tasks.map(attemptOf), ...tasks.map(aloneOf)])
  }
}

function aloneOf(task: Task): string {
  return `${attemptOf(task)} alone`
}
