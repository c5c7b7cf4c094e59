/**
 * When channels take their turns. All channels of one `tickMs` share one timer, which runs only while one of them is
 * awake; a channel that was idle gets its first turn in the next macrotask. Those that have more to do than one turn takes
 * come behind all others, and only so many of them in a macrotask. Knows nothing of what a turn does.
 */
import type { Clock, Timer } from '../runtime/runtime.js'

export interface ScheduledMember {
  /** 0: a turn in the next macrotask after each `wake`. */
  readonly tickMs: number
  /** Takes a turn; `beat` is false for a turn between two beats. False: nothing more to do, until it is woken. */
  turn(beat: boolean): boolean
  /** Its turn threw: it takes no more. Never throws. */
  breakDown(error: unknown): void
}

interface Beat {
  readonly members: Set<ScheduledMember>
  timer: Timer
  dueMs: number
}

/** Of members that have more to do than one turn takes no further one begins once so much has gone by in a macrotask, in milliseconds. */
const BEHIND_MS_MAX = 5

export class TurnScheduler {
  readonly #clock: Clock
  readonly #beats = new Map<number, Beat>()
  #woken = new Set<ScheduledMember>()
  /** Those that have more to do than one turn takes, in the order in which they get a further one. */
  readonly #behind = new Set<ScheduledMember>()
  #soon: Timer | null = null

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** How many timers run. */
  get timers(): number {
    return this.#beats.size + (this.#soon === null ? 0 : 1)
  }

  /** How many channels are awake. */
  get awake(): number {
    let count = 0
    for (const beat of this.#beats.values()) count += beat.members.size
    return count
  }

  /** The member has something to do: it gets a turn with its next beat, or in the next macrotask if it is not awake. */
  wake(member: ScheduledMember): void {
    if (member.tickMs > 0 && this.#beats.get(member.tickMs)?.members.has(member)) return
    if (this.#behind.has(member)) return
    this.#woken.add(member)
    this.#soon ??= this.#clock.soon(() => this.#first())
  }

  /**
   * The member has more to do than one turn takes: it gets a further one in the next macrotask, be it between two beats, or in one of the
   * next where others like it have theirs before. Called within its turn.
   */
  goOn(member: ScheduledMember): void {
    this.#behind.add(member)
    this.#soon ??= this.#clock.soon(() => this.#first())
  }

  /** The member takes no more turns. */
  leave(member: ScheduledMember): void {
    this.#woken.delete(member)
    this.#behind.delete(member)
    const beat = this.#beats.get(member.tickMs)
    if (beat?.members.delete(member) && beat.members.size === 0) {
      beat.timer.cancel()
      this.#beats.delete(member.tickMs)
    }
  }

  stop(): void {
    this.#soon?.cancel()
    this.#soon = null
    this.#woken.clear()
    this.#behind.clear()
    for (const beat of this.#beats.values()) beat.timer.cancel()
    this.#beats.clear()
  }

  #first(): void {
    this.#soon = null
    const woken = this.#woken
    const behind = [...this.#behind]
    this.#woken = new Set()
    for (const member of woken) this.#wakened(member)
    const endMs = this.#clock.now() + BEHIND_MS_MAX
    for (const [i, member] of behind.entries()) {
      // One in any case, so that they come to an end.
      if (i > 0 && this.#clock.now() >= endMs) break
      if (this.#behind.delete(member)) this.#wakened(member)
    }
    if (this.#behind.size > 0) this.#soon ??= this.#clock.soon(() => this.#first())
  }

  #wakened(member: ScheduledMember): void {
    if (!this.#turn(member, member.tickMs === 0)) return
    if (member.tickMs === 0) this.wake(member)
    else this.#join(member)
  }

  /** One member's fault is not the others': their beat goes on whatever it throws. */
  #turn(member: ScheduledMember, beat: boolean): boolean {
    try {
      return member.turn(beat)
    } catch (error) {
      member.breakDown(error)
      return false
    }
  }

  #join(member: ScheduledMember): void {
    const beat = this.#beats.get(member.tickMs)
    if (beat) beat.members.add(member)
    else {
      const dueMs = this.#clock.now() + member.tickMs
      const timer = this.#clock.after(member.tickMs, () => this.#beat(member.tickMs))
      this.#beats.set(member.tickMs, { members: new Set([member]), timer, dueMs })
    }
  }

  #beat(tickMs: number): void {
    const beat = this.#beats.get(tickMs)
    if (!beat) return
    for (const member of beat.members) if (!this.#turn(member, true)) beat.members.delete(member)
    if (this.#beats.get(tickMs) !== beat) return
    if (beat.members.size === 0) {
      this.#beats.delete(tickMs)
      return
    }
    // The next beat is due from the last one's due time, so that the rate holds; beats that were missed whole are not made up for.
    const now = this.#clock.now()
    beat.dueMs += Math.max(1, Math.floor((now - beat.dueMs) / tickMs) + 1) * tickMs
    beat.timer = this.#clock.after(Math.max(0, beat.dueMs - now), () => this.#beat(tickMs))
  }
}
