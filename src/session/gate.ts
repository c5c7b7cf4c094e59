/**
 * When frames are taken and what came of them is handed on: a frame that comes while another is being taken waits for it,
 * and nothing is handed on before whoever waited for the link has had a chance to listen. Knows nothing of links.
 */
export class Gate<Frame> {
  readonly #take: (frame: Frame) => void
  readonly #framesMax: number
  #frames: Frame[] = []
  /** What is to be handed on once opened; null since then. */
  #deliveries: (() => void)[] | null = []
  #busy = false
  #frozen = false
  #closed = false

  /** At most `framesMax` frames wait. */
  constructor(take: (frame: Frame) => void, framesMax: number) {
    this.#take = take
    this.#framesMax = framesMax
  }

  /** How many frames wait. */
  get waiting(): number {
    return this.#frames.length
  }

  /** Takes a frame, now or when its time has come. False where too many wait: they are all dropped then. */
  receive(frame: Frame): boolean {
    this.#frames.push(frame)
    if (this.#frames.length > this.#framesMax) {
      this.#frames = []
      return false
    }
    this.#run()
    return true
  }

  /** Hands on, in order; once opened at once. */
  deliver(run: () => void): void {
    if (this.#closed) return
    if (this.#deliveries === null) run()
    else this.#deliveries.push(run)
  }

  /** Frames wait, too, until it is opened. Nothing once it is open. */
  freeze(): void {
    this.#frozen = this.#deliveries !== null
  }

  /** Frames that wait are for nobody any more; later ones are taken. */
  clear(): void {
    this.#frames = []
    this.#frozen = false
  }

  /** What was to be handed on once opened is of a link that nobody has seen: it is for nobody any more. */
  forget(): void {
    if (this.#deliveries !== null) this.#deliveries = []
  }

  open(): void {
    const deliveries = this.#deliveries
    if (deliveries === null) return
    this.#deliveries = null
    this.#frozen = false
    this.#busy = true
    try {
      for (const run of deliveries) this.deliver(run)
    } finally {
      this.#busy = false
    }
    this.#run()
  }

  /** Nothing is taken or handed on any more. */
  close(): void {
    this.#closed = true
    this.#frames = []
    this.#deliveries = null
  }

  #run(): void {
    while (!this.#busy && !this.#frozen) {
      const frame = this.#frames.shift()
      if (frame === undefined) return
      this.#busy = true
      try {
        this.#take(frame)
      } finally {
        this.#busy = false
      }
    }
  }
}
