/**
 * Where the lines of a log go: an output that may be full or broken. It never throws, never waits, and keeps no more than its
 * limit: what has no room is dropped, counted, and told once there is room. Knows nothing of what a line says.
 */

/** Takes bytes without waiting. */
export interface LineOutput {
  /** How many it took now; fewer than all where it is full. Throws where it cannot be written at all. */
  write(bytes: Uint8Array): number
}

export interface LineSinkOptions {
  readonly output: LineOutput
  readonly queuedBytesMax: number
  /** Calls after a while, and does not keep the process alive for it. */
  readonly later: (run: () => void) => void
  /** The line that says that so many were dropped. */
  readonly droppedLine: (count: number) => string
}

export class LineSink {
  readonly #options: LineSinkOptions
  #queue: Uint8Array[] = []
  #queuedBytes = 0
  #dropped = 0
  #isWaiting = false

  constructor(options: LineSinkOptions) {
    this.#options = options
  }

  /** Lines that were dropped and not told yet. */
  get dropped(): number {
    return this.#dropped
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  write(line: string): void {
    const bytes = Buffer.from(line)
    if (this.#queuedBytes + bytes.length > this.#options.queuedBytesMax) this.#dropped++
    else {
      this.#queue.push(bytes)
      this.#queuedBytes += bytes.length
    }
    if (!this.#isWaiting) this.#writeOn()
  }

  /** Writes what the output takes now. True once nothing is left. */
  flush(): boolean {
    while (this.#queue.length > 0 || this.#dropped > 0) if (!this.#writeNext()) return false
    return true
  }

  #writeOn(): void {
    if (this.flush()) return
    this.#isWaiting = true
    this.#options.later(() => {
      this.#isWaiting = false
      this.#writeOn()
    })
  }

  #writeNext(): boolean {
    const first = this.#queue[0] ?? this.#tellDropped()
    try {
      const taken = this.#options.output.write(first)
      this.#queuedBytes -= taken
      if (taken < first.length) this.#queue[0] = first.subarray(taken)
      else this.#queue.shift()
      return taken === first.length
    } catch {
      // A full disk, a closed terminal: later lines may be taken again.
      this.#queue.shift()
      this.#queuedBytes -= first.length
      this.#dropped++
      return false
    }
  }

  #tellDropped(): Uint8Array {
    const line = Buffer.from(this.#options.droppedLine(this.#dropped))
    this.#dropped = 0
    this.#queue.push(line)
    this.#queuedBytes += line.length
    return line
  }
}
