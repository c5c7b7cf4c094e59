/**
 * Which backs are missed, by what one process has seen of them and what others say: whose places are free, whose journals stand still, and
 * whom masters do not reach. Clocks of others and of the engine do not count: times are this process's own, only as long as it looked, and
 * begin anew after the engine could not be asked. Pure.
 */
import type { ListedBack } from './cluster.js'

export interface MissedOptions {
  /** How often it is looked. */
  readonly pollMs: number
  /** How long a journal has to stand still until its back is given up that one master does not reach, or whose place is free. */
  readonly deadMs: number
  /** How long a journal has to stand still until its back is given up, whoever reaches it. */
  readonly leaseMs: number
}

/** What is known of a back. */
export type BackSigns =
  /** It holds its place, and its journal has moved of late. */
  | 'alive'
  /** Its place is free: it is gone if nothing listens at its address. */
  | 'free'
  /** It holds its place, and its journal stands still. */
  | 'still'
  /** Others may have its channels. */
  | 'dead'

interface Seen {
  tail: number
  /** How long the journal was watched since it moved. */
  stillMs: number
  /** How long the place was watched since it is free; null while it is held. */
  freeMs: number | null
}

/** A back that is alive adds to its journal each second; one that has not for so long is looked at twice. */
const STILL_MS = 2_500
/** As many masters that do not reach a back are as good as a longer look. */
const VOTES = 2
/** A pause between two looks that is longer than so many times the usual one was this process's own. */
const PAUSES = 2

export class MissedBacks {
  readonly #options: MissedOptions
  readonly #seen = new Map<string, Seen>()
  #lookedAt: number | null = null

  constructor(options: MissedOptions) {
    this.#options = options
  }

  /** The list was read. */
  observe(backs: readonly ListedBack[], now: number): void {
    const watchedMs = this.#watchedMs(now)
    this.#lookedAt = now
    const runs = new Set(backs.map(runOf))
    for (const run of this.#seen.keys()) if (!runs.has(run)) this.#seen.delete(run)
    for (const back of backs) {
      const { tail, isHeld } = back
      const seen = this.#seen.get(runOf(back))
      const stillMs = seen?.tail === tail ? seen.stillMs + watchedMs : 0
      const freeMs = isHeld ? null : seen === undefined || seen.freeMs === null ? 0 : seen.freeMs + watchedMs
      this.#seen.set(runOf(back), { tail, stillMs, freeMs })
    }
  }

  /** Since the last look; of a longer time in which this process stood still no more than two usual ones. */
  #watchedMs(now: number): number {
    const { pollMs } = this.#options
    return this.#lookedAt === null ? 0 : Math.min(now - this.#lookedAt, PAUSES * pollMs)
  }

  signsOf(back: ListedBack, now: number): BackSigns {
    const seen = this.#seen.get(runOf(back))
    if (seen === undefined) return 'still'
    const { deadMs, leaseMs } = this.#options
    const watchedMs = this.#watchedMs(now)
    const stillMs = seen.stillMs + watchedMs
    const freeMs = seen.freeMs === null ? 0 : seen.freeMs + watchedMs
    if (stillMs >= leaseMs || (freeMs >= deadMs && stillMs >= deadMs) || this.#isVotedDead(back, stillMs)) return 'dead'
    if (seen.freeMs !== null) return 'free'
    return stillMs >= STILL_MS ? 'still' : 'alive'
  }

  /** Two do not reach it; or one, and it has stored nothing for as long as that takes. A back that stores is never dead. */
  #isVotedDead({ suspectedBy }: ListedBack, stillMs: number): boolean {
    return suspectedBy > 0 && stillMs >= (suspectedBy >= VOTES ? STILL_MS : this.#options.deadMs)
  }

  /** The engine could not be asked: nothing that was counted so far counts. */
  forget(): void {
    this.#seen.clear()
    this.#lookedAt = null
  }
}

function runOf({ id, incarnation }: ListedBack): string {
  return `${incarnation} ${id}`
}
