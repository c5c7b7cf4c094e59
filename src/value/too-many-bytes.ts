/** A value that is longer than its writer may become: found where the limit is passed, before the rest is encoded. */
export class TooManyBytes extends Error {
  override readonly name = 'TooManyBytes'
  /** What was written and what came next: the value has so many bytes, or more. */
  readonly bytesMin: number

  constructor(bytesMin: number) {
    super(`at least ${bytesMin} bytes`)
    this.bytesMin = bytesMin
  }
}
