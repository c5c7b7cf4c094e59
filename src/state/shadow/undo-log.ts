/**
 * What shadows held before a comparison changed them. A comparison takes what it writes over into the shadows at once, which is cheaper
 * than going over everything again; if it fails, this takes it back.
 * The insides are open, because the code that is made for each shape notes numbers by itself. Knows nothing of what a shadow is.
 */

/** What fields lie in: the shadow of a struct. */
interface Holder {
  set: (index: number, published: never) => void
}

/** Entries kept for the next comparison. */
const KEPT_MAX = 1 << 16
/** Holders kept for the next comparison, emptied. */
const RUNS_KEPT_MAX = 1 << 10

export class UndoLog {
  /** How many fields are noted. */
  count = 0
  /** Two parallel lists. They are not emptied: filling an emptied one anew costs more than what is done with it. */
  readonly fields: number[] = []
  /** Begins with a fraction, so that the engine keeps bare doubles in it. */
  readonly numbers: number[] = [0.5]
  /** What was no number, in the same order. The index of its field is the complement of what `fields` has. */
  readonly #others: unknown[] = []
  /** What the fields lie in, each from some count on: most come many in a row. */
  readonly #holders: (Holder | undefined)[] = []
  readonly #froms: number[] = []
  #runs = 0
  /** The holder of what is noted next. */
  last: Holder | undefined = undefined
  /** What takes back all else. */
  readonly #steps: (() => void)[] = []

  get isEmpty(): boolean {
    return this.count === 0 && this.#steps.length === 0
  }

  /** What is noted from now on lies in `holder`. */
  from(holder: Holder): void {
    const run = this.#runs++
    this.last = holder
    this.#holders[run] = holder
    this.#froms[run] = this.count
  }

  note(holder: Holder, field: number, before: unknown): void {
    if (this.last !== holder) this.from(holder)
    const i = this.count++
    if (typeof before === 'number') {
      this.fields[i] = field
      this.numbers[i] = before
    } else {
      this.fields[i] = ~field
      this.numbers[i] = 0
      this.#others.push(before)
    }
  }

  /** Notes what takes back anything else than the field of a struct. */
  step(takeBack: () => void): void {
    this.#steps.push(takeBack)
  }

  /** What was noted holds for good. */
  forget(): void {
    const runs = this.#runs
    if (runs > RUNS_KEPT_MAX) this.#holders.length = this.#froms.length = 0
    else for (let run = 0; run < runs; run++) this.#holders[run] = undefined
    this.count = 0
    this.#runs = 0
    this.last = undefined
    if (this.#others.length > 0) this.#others.length = 0
    if (this.#steps.length > 0) this.#steps.length = 0
    if (this.fields.length > KEPT_MAX) this.fields.length = this.numbers.length = 0
  }

  /** Puts everything back, the last first. What a field and what a step puts back never lie in the same place. */
  takeBack(): void {
    for (let i = this.#steps.length - 1; i >= 0; i--) this.#steps[i]?.()
    let run = this.#runs - 1
    for (let i = this.count - 1; i >= 0; i--) {
      while ((this.#froms[run] as number) > i) run--
      const field = this.fields[i] as number
      const holder = this.#holders[run]
      if (field < 0) holder?.set(~field, this.#others.pop() as never)
      else holder?.set(field, this.numbers[i] as never)
    }
    this.forget()
  }
}
