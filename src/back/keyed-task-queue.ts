/**
 * Runs tasks in turns: in order within a lane, interleaved between lanes, and each finished in a turn. A task that gives a
 * promise holds its lane until that settles, at most `limitMs`; a later result is ignored. Knows nothing of what a task does.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Clock, Timer } from '../runtime/runtime.js'

export type TaskOutcome =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

interface Run<Task> {
  readonly task: Task
  readonly lane: Lane<Task>
  settled: boolean
  timer: Timer | null
}

/** One sender's tasks: at most one of them runs. */
export class Lane<Task> {
  running: Run<Task> | null = null
  waiting: Task[] = []
}

export interface TaskRunner<Task> {
  /** Begins a task. Throws or rejects for a failure. */
  start(task: Task): unknown
  /** Called in a turn, exactly once for each task that began. */
  finish(task: Task, outcome: TaskOutcome): void
  /** Something settled between turns: a turn is wanted. */
  wake(): void
}

export class KeyedTaskQueue<Task> {
  readonly #work: TaskRunner<Task>
  readonly #clock: Clock
  readonly #limitMs: number
  #settled: { run: Run<Task>; outcome: TaskOutcome }[] = []
  readonly #running = new Set<Run<Task>>()

  constructor(work: TaskRunner<Task>, clock: Clock, limitMs: number) {
    this.#work = work
    this.#clock = clock
    this.#limitMs = limitMs
  }

  /** How many tasks run across turns. */
  get running(): number {
    return this.#running.size
  }

  /** How many tasks wait in their lanes behind those that run. */
  get waiting(): number {
    let count = 0
    for (const { lane } of this.#running) count += lane.waiting.length
    return count
  }

  /** Whether something waits for the next turn. */
  get due(): boolean {
    return this.#settled.length > 0
  }

  /** In a turn: begins the task, or puts it behind those of its lane. */
  take(lane: Lane<Task>, task: Task): void {
    if (lane.running !== null || lane.waiting.length > 0) lane.waiting.push(task)
    else this.#begin(lane, task)
  }

  /** In a turn: finishes what has settled, and goes on with what waited behind it. */
  settle(): void {
    const settled = this.#settled
    this.#settled = []
    for (const { run, outcome } of settled) {
      const { lane } = run
      // One that settled in the same turn may have ended all.
      if (!this.#running.delete(run)) continue
      lane.running = null
      this.#work.finish(run.task, outcome)
      while (lane.running === null && lane.waiting.length > 0) this.#begin(lane, lane.waiting.shift() as Task)
    }
  }

  /** Forgets what runs, has settled or waits: nothing of it is finished any more. Gives what it was. */
  abandon(): Task[] {
    const tasks: Task[] = []
    for (const run of this.#running) {
      run.settled = true
      run.timer?.cancel()
      tasks.push(run.task, ...run.lane.waiting.splice(0))
    }
    this.#running.clear()
    this.#settled = []
    return tasks
  }

  #begin(lane: Lane<Task>, task: Task): void {
    let result: unknown
    try {
      result = this.#work.start(task)
    } catch (error) {
      this.#work.finish(task, { ok: false, error })
      return
    }
    if (!isPromise(result)) {
      this.#work.finish(task, { ok: true, value: result })
      return
    }
    const run: Run<Task> = { task, lane, settled: false, timer: null }
    lane.running = run
    this.#running.add(run)
    run.timer = this.#clock.after(this.#limitMs, () => {
      const error = new CentrumError(
        'handler-timeout',
        `the handler has not settled within ${this.#limitMs} ms (handlerMsMax)`,
      )
      this.#late(run, { ok: false, error })
    })
    result.then(
      (value) => this.#late(run, { ok: true, value }),
      (error: unknown) => this.#late(run, { ok: false, error }),
    )
  }

  #late(run: Run<Task>, outcome: TaskOutcome): void {
    if (run.settled) return
    run.settled = true
    run.timer?.cancel()
    this.#settled.push({ run, outcome })
    this.#work.wake()
  }
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** Goes on with a value at once, or with what a promise brings. */
export function andThen<A, B>(value: A | Promise<A>, next: (value: A) => B | Promise<B>): B | Promise<B> {
  return isPromise(value) ? value.then(next) : next(value)
}
