/**
 * Which of a channel's timers go off in a turn, and what wakes a channel that has no turns when the first is due. Knows nothing of
 * what their handlers do.
 */
import type { Clock, Timer } from '../runtime/runtime.js'
import type { TimerImage } from './channel-timers.js'
import type { ContextState } from './context-state.js'

/** How long it may go unnoticed that a jump of the machine's clock has made a timer due, in milliseconds. */
const LOOK_MS_MAX = 60_000

interface TimersHost {
  readonly context: { readonly own: ContextState }
  /** A turn is wanted. */
  wake(): void
  /** The channel cannot go on. */
  fault(message: string): void
}

export class DueTimers {
  readonly #clock: Clock
  readonly #host: TimersHost
  #alarm: Timer | null = null

  constructor(clock: Clock, host: TimersHost) {
    this.#clock = clock
    this.#host = host
  }

  /** Those that are due, as a turn would take them now. */
  get due(): readonly TimerImage[] {
    const { timers, clock } = this.#host.context.own
    const now = clock.peek()
    return timers.soonestMs > now ? [] : timers.waiting.filter(({ dueMs }) => dueMs <= now)
  }

  /** In a turn: those whose handlers are to run. */
  take(): readonly TimerImage[] {
    const { timers, clock } = this.#host.context.own
    return timers.takeDue(clock.now)
  }

  /** Its handler has settled. */
  settle({ id, name }: TimerImage, ok: boolean): void {
    const { timers, clock } = this.#host.context.own
    if (timers.settle(id, ok, clock.now)) this.#host.fault(`the handler of timer '${name}' failed repeatedly`)
  }

  /** The last turn for now has ended. */
  arm(): void {
    this.disarm()
    const { timers, clock } = this.#host.context.own
    const { soonestMs } = timers
    if (soonestMs === Infinity) return
    const leftMs = Math.max(1, soonestMs - clock.peek())
    this.#alarm = this.#clock.after(Math.min(leftMs, LOOK_MS_MAX), () => {
      this.#alarm = null
      if (timers.soonestMs <= clock.peek()) this.#host.wake()
      else this.arm()
    })
  }

  disarm(): void {
    this.#alarm?.cancel()
    this.#alarm = null
  }
}
