/**
 * A channel's timers: named, each with a payload and a time on the channel's clock at which it is due. One whose handler runs is still
 * there until that has settled, so that an image has it. Knows nothing of handlers and of the machine's clock.
 */

/** A timer as an image has it. */
export interface TimerImage {
  readonly id: number
  readonly name: string
  /** An encoded value, as the schema gave it. */
  readonly payload: Uint8Array
  /** On the channel's clock. */
  readonly dueMs: number
  /** The period of one that repeats; null for one that does not. */
  readonly everyMs: number | null
  /** When its handler failed, of late. */
  readonly failedAtMs: readonly number[]
}

/** What a turn changed. */
export interface TimerChanges {
  readonly set: readonly TimerImage[]
  /** Ids of those that are no more. */
  readonly removed: readonly number[]
}

/** A timer's handler that fails this often within ten minutes is not run again. */
const FAILURES_MAX = 3
const FAILURES_WITHIN_MS = 10 * 60_000
/** When a timer that does not repeat is due again after its first failure, and after each further one. */
const RETRY_MS = [1_000, 10_000] as const

const NO_CHANGES: TimerChanges = { set: [], removed: [] }

export class ChannelTimers {
  readonly #timers = new Map<number, TimerImage>()
  /** Ids of those whose handler runs. */
  readonly #running = new Set<number>()
  readonly #changed = new Set<number>()
  #serial = 0
  /** Null where it has to be found again. */
  #soonestMs: number | null = Infinity

  get size(): number {
    return this.#timers.size
  }

  /** Whether the handler of one runs. */
  get isRunning(): boolean {
    return this.#running.size > 0
  }

  /** The id that was given last. */
  get serial(): number {
    return this.#serial
  }

  /** Those that wait, in the order in which they are due. */
  get waiting(): TimerImage[] {
    return [...this.#timers.values()]
      .filter(({ id }) => !this.#running.has(id))
      .sort((a, b) => a.dueMs - b.dueMs || a.id - b.id)
  }

  /** When the first of those that wait is due; infinite for never. */
  get soonestMs(): number {
    this.#soonestMs ??= this.#findSoonest()
    return this.#soonestMs
  }

  #findSoonest(): number {
    let soonestMs = Infinity
    for (const { id, dueMs } of this.#timers.values())
      if (!this.#running.has(id)) soonestMs = Math.min(soonestMs, dueMs)
    return soonestMs
  }

  /** Whether one is left that does not repeat. */
  get hasOnce(): boolean {
    for (const { everyMs } of this.#timers.values()) if (everyMs === null) return true
    return false
  }

  add(timer: Omit<TimerImage, 'id' | 'failedAtMs'>): number {
    const id = ++this.#serial
    this.#put({ ...timer, id, failedAtMs: [] })
    return id
  }

  /** Whether there was one to cancel. One that does not repeat has gone off once its handler runs. */
  cancel(id: number): boolean {
    const timer = this.#timers.get(id)
    if (!timer || (timer.everyMs === null && this.#running.has(id))) return false
    this.#remove(id)
    return true
  }

  /** Those that are due, in the order of their times: their handlers run until `settle`. */
  takeDue(now: number): TimerImage[] {
    if (this.soonestMs > now) return []
    const due = this.waiting.filter(({ dueMs }) => dueMs <= now)
    for (const { id } of due) this.#running.add(id)
    this.#soonestMs = null
    return due
  }

  /** Its handler has settled. Gives whether it failed too often to be run again. */
  settle(id: number, ok: boolean, now: number): boolean {
    this.#running.delete(id)
    this.#soonestMs = null
    const timer = this.#timers.get(id)
    if (!timer) return false
    const { everyMs, dueMs } = timer
    const failedAtMs = ok ? timer.failedAtMs : [...timer.failedAtMs.filter((at) => now - at < FAILURES_WITHIN_MS), now]
    if (everyMs !== null) {
      // Once for all the periods that have passed.
      const periods = Math.max(1, Math.floor((now - dueMs) / everyMs) + 1)
      this.#put({ ...timer, dueMs: dueMs + periods * everyMs, failedAtMs })
    } else if (ok) this.#remove(id)
    else this.#put({ ...timer, dueMs: now + (RETRY_MS[failedAtMs.length - 1] ?? RETRY_MS[1]), failedAtMs })
    return failedAtMs.length >= FAILURES_MAX
  }

  /** What changed since the last call. */
  takeChanges(): TimerChanges {
    if (this.#changed.size === 0) return NO_CHANGES
    const ids = [...this.#changed]
    this.#changed.clear()
    return {
      set: ids.flatMap((id) => this.#timers.get(id) ?? []),
      removed: ids.filter((id) => !this.#timers.has(id)),
    }
  }

  toImages(): TimerImage[] {
    return [...this.#timers.values()]
  }

  restore(images: readonly TimerImage[], serial: number): void {
    for (const image of images) this.#timers.set(image.id, image)
    this.#serial = serial
    this.#soonestMs = null
  }

  #put(timer: TimerImage): void {
    this.#timers.set(timer.id, timer)
    this.#changed.add(timer.id)
    this.#soonestMs = null
  }

  #remove(id: number): void {
    this.#timers.delete(id)
    this.#changed.add(id)
    this.#soonestMs = null
  }
}
