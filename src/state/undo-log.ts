/**
 * What the fields of structs held before a comparison changed them in the shadows. A comparison takes what it writes over
 * into the shadows at once, which is cheaper than going over everything again; if it fails, this takes it back.
 * The insides are open, because the code that is made for each shape notes numbers by itself.
 */
import { type Published, setField, type StructShadow } from './shadow.js'

/** Added to the number of a field whose value lies in `others`. */
export const OTHER = 32

/** How many entries are kept for the next comparison. */
const KEPT_MAX = 1 << 16

export class UndoLog {
  count = 0
  /** Three parallel lists. They are not emptied: filling an emptied one anew costs more than what is done with it. */
  readonly shadows: StructShadow[] = []
  readonly fields: number[] = []
  /** Begins with a fraction, so that the engine keeps bare doubles in it. */
  readonly numbers: number[] = [0.5]
  /** What was no number, in the same order. */
  readonly #others: Published[] = []

  note(shadow: StructShadow, field: number, before: Published): void {
    const i = this.count++
    this.shadows[i] = shadow
    if (typeof before === 'number') {
      this.fields[i] = field
      this.numbers[i] = before
    } else {
      this.fields[i] = field + OTHER
      this.numbers[i] = 0
      this.#others.push(before)
    }
  }

  /** What was noted holds for good. */
  forget(): void {
    this.count = 0
    if (this.#others.length > 0) this.#others.length = 0
    if (this.shadows.length > KEPT_MAX) this.shadows.length = this.fields.length = this.numbers.length = 0
  }

  /** Puts everything back, the last first. */
  takeBack(): void {
    for (let i = this.count - 1; i >= 0; i--) {
      const field = this.fields[i] as number
      const before = field >= OTHER ? this.#others.pop() : this.numbers[i]
      setField(this.shadows[i] as StructShadow, field % OTHER, before)
    }
    this.forget()
  }
}
