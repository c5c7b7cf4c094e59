/**
 * What is shown beside what is so: differences, by field, that fade evenly within a time. A jump becomes a glide. The time
 * comes in as an argument, by any clock.
 */
import { type NumberPath, numberAt, setNumberAt } from './number-paths.js'

export class FadingOffset {
  readonly #fadeMs: number
  #offsets: ReadonlyMap<NumberPath, number> = new Map()
  #sinceMs = 0
  /** Added since time was last known. */
  #added = new Map<NumberPath, number>()

  constructor(fadeMs: number) {
    this.#fadeMs = fadeMs
  }

  /** From the next time on, this much more is shown of a field. */
  add(path: NumberPath, offset: number): void {
    if (this.#fadeMs > 0) this.#added.set(path, (this.#added.get(path) ?? 0) + offset)
  }

  /** Nothing is shown beside what is so any more. */
  clear(): void {
    this.#offsets = new Map()
    this.#added.clear()
  }

  /** Adds to a value what is left of the offsets. */
  apply(value: object, nowMs: number): void {
    if (this.#added.size > 0) {
      const left = this.#partLeft(nowMs)
      for (const [path, offset] of this.#offsets) this.#added.set(path, (this.#added.get(path) ?? 0) + offset * left)
      this.#offsets = this.#added
      this.#added = new Map()
      this.#sinceMs = nowMs
    }
    const left = this.#partLeft(nowMs)
    if (left === 0) return
    for (const [path, offset] of this.#offsets) {
      setNumberAt(value, path, (numberAt(value, path) ?? 0) + offset * left)
    }
  }

  #partLeft(nowMs: number): number {
    if (this.#offsets.size === 0) return 0
    return Math.min(1, Math.max(0, 1 - (nowMs - this.#sinceMs) / this.#fadeMs))
  }
}
