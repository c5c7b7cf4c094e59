/**
 * Who waits for room on the link to one front: channels that have state for it, or something for single links of it. Each has its
 * turn and sends one piece. Knows nothing of what is sent.
 */

/** What can hold back what it has for a front. */
export interface RoomWaiter<Front> {
  /** There is room: sends one piece. Whether more waits. */
  proceed(front: Front): boolean
}

export class RoomQueue<Front extends { readonly room: number }> {
  readonly #front: Front
  readonly #waiting = new Set<RoomWaiter<Front>>()
  #isServing = false

  constructor(front: Front) {
    this.#front = front
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Calls the waiter when it has its turn and there is room: at once, if so. */
  add(waiter: RoomWaiter<Front>): void {
    this.#waiting.add(waiter)
    this.serve()
  }

  serve(): void {
    if (this.#isServing) return
    this.#isServing = true
    try {
      for (const waiter of this.#waiting) {
        if (this.#front.room <= 0) return
        this.#waiting.delete(waiter)
        // Behind all others, which the loop comes to before.
        if (waiter.proceed(this.#front)) this.#waiting.add(waiter)
      }
    } finally {
      this.#isServing = false
    }
  }

  clear(): void {
    this.#waiting.clear()
  }
}
