/**
 * Runs tasks in turns: in order for each key, interleaved between keys, and each finished in a turn. A task that gives a
 * promise holds its key until that settles, at most `limitMs`; a later result is ignored. Knows nothing of what a task does.
 */
import { CentrumError } from '../protocol/errors.js'
import { InTurn } from './in-turn.js'
import type { Clock, Timer } from '../runtime/runtime.js'

export type TaskOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown }

/** A task that runs across turns, and the tasks of its key that wait behind it. */
interface Run<Task> {
  readonly task: Task
  /** The task itself where it was given none. */
  readonly key: unknown
  readonly waiting: Task[]
  outcome: TaskOutcome | null
  timer: Timer | null
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
  readonly #runner: TaskRunner<Task>
  readonly #clock: Clock
  readonly #limitMs: number
  readonly #runs = new Map<unknown, Run<Task>>()
  #settled: Run<Task>[] = []
  /** What began or was finished in this turn: its owner empties it behind each. */
  readonly ran: Task[] = []

  constructor(runner: TaskRunner<Task>, clock: Clock, limitMs: number) {
    this.#runner = runner
    this.#clock = clock
    this.#limitMs = limitMs
  }

  /** How many tasks run across turns. */
  get running(): number {
    return this.#runs.size
  }

  /** Those that run across turns. */
  get tasks(): Task[] {
    return [...this.#runs.values()].map(({ task }) => task)
  }

  /** How many tasks wait behind those that run. */
  get waiting(): number {
    let count = 0
    for (const { waiting } of this.#runs.values()) count += waiting.length
    return count
  }

  /** Whether something waits for the next turn. */
  get due(): boolean {
    return this.#settled.length > 0
  }

  isRunning(key: unknown): boolean {
    return this.#runs.has(key)
  }

  /** In a turn: begins the task, or puts it behind those of its key. With null for a key it waits for none. */
  take(key: string | null, task: Task): void {
    const run = key === null ? undefined : this.#runs.get(key)
    if (run) run.waiting.push(task)
    else this.#begin(key ?? task, task)
  }

  /** In a turn: finishes what has settled, and goes on with what waited behind it. */
  settle(): void {
    if (this.#settled.length === 0) return
    const settled = this.#settled
    this.#settled = []
    for (const run of settled) {
      // Abandoned, or its key is held by a later task.
      if (this.#runs.get(run.key) !== run) continue
      this.#runs.delete(run.key)
      this.ran.push(run.task)
      this.#runner.finish(run.task, inTurn(run.outcome as TaskOutcome))
      this.#goOn(run)
    }
  }

  /** Begins what waited behind a finished task, up to the next one that runs across turns. */
  #goOn({ key, waiting }: Run<Task>): void {
    for (const [i, task] of waiting.entries()) {
      const run = this.#begin(key, task)
      if (run === null) continue
      run.waiting.push(...waiting.slice(i + 1))
      return
    }
  }

  /** Nothing of what runs, has settled or waits is finished any more. Gives what it was. */
  abandon(): Task[] {
    const tasks: Task[] = []
    for (const run of this.#runs.values()) {
      run.timer?.cancel()
      tasks.push(run.task, ...run.waiting)
    }
    this.#runs.clear()
    this.#settled = []
    return tasks
  }

  /** What runs is not waited for any more: it fails with this error, and what waits behind it is not begun. */
  expire(error: CentrumError): void {
    for (const run of [...this.#runs.values()]) {
      run.waiting.length = 0
      this.#settle(run, { ok: false, error })
    }
  }

  /** Null where the task is finished already. */
  #begin(key: unknown, task: Task): Run<Task> | null {
    this.ran.push(task)
    const result = this.#start(task)
    if (!isPromise(result)) {
      this.#runner.finish(task, inTurn(result))
      return null
    }
    const run: Run<Task> = { task, key, waiting: [], outcome: null, timer: null }
    this.#runs.set(key, run)
    run.timer = this.#clock.after(this.#limitMs, () => {
      const message = `the handler has not settled within ${this.#limitMs} ms (handlerMsMax)`
      this.#settle(run, { ok: false, error: new CentrumError('handler-timeout', message) })
    })
    result.then(
      (value) => this.#settle(run, { ok: true, value }),
      (error: unknown) => this.#settle(run, { ok: false, error }),
    )
    return run
  }

  /** The outcome, or the promise of a value. What a handler gives is its own: also to ask it whether it is a promise may throw. */
  #start(task: Task): TaskOutcome | Promise<unknown> {
    try {
      const value = this.#runner.start(task)
      return isPromise(value) ? Promise.resolve(value) : { ok: true, value }
    } catch (error) {
      return { ok: false, error }
    }
  }

  #settle(run: Run<Task>, outcome: TaskOutcome): void {
    // A late result, of a task that was ended by its limit or abandoned.
    if (run.outcome !== null || this.#runs.get(run.key) !== run) return
    run.outcome = outcome
    run.timer?.cancel()
    this.#settled.push(run)
    this.#runner.wake()
  }
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** Goes on with a value at once, or with what a promise brings. */
export function andThen<A, B>(value: A | Promise<A>, next: (value: A) => B | Promise<B>): B | Promise<B> {
  if (isPromise(value)) return Promise.resolve(value).then((settled) => andThen(settled, next))
  return value instanceof InTurn ? (value.andThen(next) as B) : next(value)
}

/** What a task brought, with what it left for its turn. */
function inTurn(outcome: TaskOutcome): TaskOutcome {
  if (!outcome.ok || !(outcome.value instanceof InTurn)) return outcome
  try {
    return { ok: true, value: outcome.value.run() }
  } catch (error) {
    return { ok: false, error }
  }
}
