/** What an asynchronous handler of a stored channel gives: a function that runs in the turn which stores what it does. Knows no handler. */

export class InTurn {
  readonly #run: () => unknown

  constructor(run: () => unknown) {
    this.#run = run
  }

  /** The same, and then more. */
  andThen(next: (value: never) => unknown): InTurn {
    return new InTurn(() => next(this.#run() as never))
  }

  /** In the turn. Throws what the function throws. */
  run(): unknown {
    return this.#run()
  }
}
