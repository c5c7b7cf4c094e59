/** Calls that go to a thread together with those that came while others were under way: each would cost a sync of the disk. */

interface WaitingCall<A, R> {
  readonly args: A
  readonly resolve: (result: R) => void
  readonly reject: (error: unknown) => void
}

export class CallGroups<A, R> {
  readonly #run: (calls: readonly A[]) => Promise<readonly (R | Error)[]>
  #waiting: WaitingCall<A, R>[] = []
  #isRunning = false

  /** `run` gives a result or an error for each call; what it rejects with is that of all. */
  constructor(run: (calls: readonly A[]) => Promise<readonly (R | Error)[]>) {
    this.#run = run
  }

  call(args: A): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ args, resolve, reject })
      if (!this.#isRunning) void this.#runAll()
    })
  }

  async #runAll(): Promise<void> {
    this.#isRunning = true
    while (this.#waiting.length > 0) {
      const calls = this.#waiting
      this.#waiting = []
      try {
        const results = await this.#run(calls.map(({ args }) => args))
        for (const [i, result] of results.entries()) {
          if (result instanceof Error) calls[i]?.reject(result)
          else calls[i]?.resolve(result)
        }
      } catch (error) {
        for (const { reject } of calls) reject(error)
      }
    }
    this.#isRunning = false
  }
}
