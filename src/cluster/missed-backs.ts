/**
 * Which backs are missed, by what one process has seen of them: whose places are free, and whose journals stand still. Clocks of others and of
 * the engine do not count: times are this process's own, and begin anew after the engine could not be asked. Pure.
 */
import type { ListedBack } from './cluster.js'

export interface MissedOptions {
  /** How long a place has to be free until its back is given up, where its address does not say. */
  readonly deadMs: number
  /** How long a journal has to stand still until its back is given up, whoever holds its place. */
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
  movedAt: number
  freeSince: number | null
}

/** A back that is alive adds to its journal each second; one that has not for so long is looked at twice. */
const STILL_MS = 2_500

export class MissedBacks {
  readonly #options: MissedOptions
  readonly #seen = new Map<string, Seen>()

  constructor(options: MissedOptions) {
    this.#options = options
  }

  /** The list was read. */
  observe(backs: readonly ListedBack[], now: number): void {
    const runs = new Set(backs.map(runOf))
    for (const run of this.#seen.keys()) if (!runs.has(run)) this.#seen.delete(run)
    for (const back of backs) {
      const { tail, isHeld } = back
      const seen = this.#seen.get(runOf(back)) ?? { tail, movedAt: now, freeSince: null }
      if (tail !== seen.tail) Object.assign(seen, { tail, movedAt: now })
      seen.freeSince = isHeld ? null : (seen.freeSince ?? now)
      this.#seen.set(runOf(back), seen)
    }
  }

  signsOf(back: ListedBack, now: number): BackSigns {
    const seen = this.#seen.get(runOf(back))
    if (seen === undefined) return 'still'
    const { deadMs, leaseMs } = this.#options
    const stillMs = now - seen.movedAt
    const freeMs = seen.freeSince === null ? 0 : now - seen.freeSince
    if (stillMs >= leaseMs || (freeMs >= deadMs && stillMs >= deadMs)) return 'dead'
    if (seen.freeSince !== null) return 'free'
    return stillMs >= STILL_MS ? 'still' : 'alive'
  }

  /** The engine could not be asked: nothing that was counted so far counts. */
  forget(): void {
    this.#seen.clear()
  }
}

function runOf({ id, incarnation }: ListedBack): string {
  return `${incarnation} ${id}`
}
