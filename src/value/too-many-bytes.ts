/** A value that is longer than its writer may become: found where the limit is passed, before the rest is encoded. */
export class TooManyBytes extends Error {
  /** `bytesMin`: what was written and what came next. The value has so many bytes, or more. */
  constructor(bytesMin: number) {
    super(`at least ${bytesMin} bytes`)
  }
}
