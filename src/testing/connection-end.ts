/**
 * One connection between two simulated processes: two directions, each ordered, delayed and of limited speed. It can end in
 * every way in which real ones do: told to both sides, to one, or to none. Knows nothing of what the chunks mean.
 */
import type { Due } from './event-queue.js'
import type { FaultCounts } from './fault-counts.js'
import type { SimulatedProcess } from './simulated-process.js'
import type { SimulatedTime } from './simulated-time.js'

/** What the holder of an end is told. `onEnd` comes at most once, and nothing behind it. */
export interface EndEvents<Chunk> {
  onChunk(chunk: Chunk): void
  /** All that waited has left the process. */
  onDrained(): void
  /** `error`: null where both sides ended it in good order. */
  onEnd(error: Error | null): void
}

/** What an end asks of the network between the two processes. */
export interface ConnectionHost {
  readonly time: SimulatedTime
  readonly counts: FaultCounts
  /** How long the next thing takes. */
  delay(): number
  /** How long a process takes to read so many bytes. */
  readingMs(id: string, bytes: number): number
  /** What is taken on the way to a process before it counts as waiting in the one that wrote it, in bytes. */
  windowBytes(id: string): number
  /** Whether nothing passes from one process to another now. */
  blocks(from: string, to: string): boolean
  /** What an end has under way waits for its way to be free. */
  hold(end: ConnectionEnd<unknown>): void
  /** The place of a parcel among all that were sent. */
  nextParcel(): number
  /** A parcel has reached a process. */
  arrived(process: SimulatedProcess, parcel: number): void
  /** An end is over. */
  forget(end: ConnectionEnd<unknown>): void
}

type Parcel<Chunk> =
  | { readonly kind: 'chunk'; readonly chunk: Chunk; readonly bytes: number }
  /** The other side writes no more. */
  | { readonly kind: 'end' }
  /** The other side broke off. */
  | { readonly kind: 'break' }

interface UnderWay<Chunk> {
  readonly parcel: Parcel<Chunk>
  readonly arrivesAt: number
  /** Its place among all that were sent. */
  readonly number: number
}

/** open: as ever. ended: writes no more. over: the holder is told nothing more. */
type State = 'open' | 'ended' | 'over'

export class ConnectionEnd<Chunk> {
  readonly process: SimulatedProcess
  readonly #network: ConnectionHost
  #other: ConnectionEnd<Chunk> | null = null
  #events: EndEvents<Chunk> | null = null
  #state: State = 'open'
  #underWay: UnderWay<Chunk>[] = []
  #undelivered = 0
  #delivery: Due | null = null
  #lastArrival = 0
  /** Nothing that is written reaches the other side any more. */
  #cut = false
  #full = false
  /** Whether the end of this side's writing reaches the other side. */
  #closeArrives = true

  constructor(process: SimulatedProcess, network: ConnectionHost) {
    this.process = process
    this.#network = network
  }

  /** Joins two ends. `closeArrives`: whether each learns when the other closes. */
  static join<Chunk>(near: ConnectionEnd<Chunk>, far: ConnectionEnd<Chunk>, closeArrives: boolean): void {
    near.#other = far
    far.#other = near
    near.#closeArrives = far.#closeArrives = closeArrives
  }

  get state(): State {
    return this.#state
  }

  /** Who is at the other end. */
  get peer(): SimulatedProcess | null {
    return this.#other?.process ?? null
  }

  /** The other end. */
  get far(): ConnectionEnd<Chunk> | null {
    return this.#other
  }

  /** Bytes that were written and wait in this process. */
  get buffered(): number {
    return Math.max(0, this.#undelivered - this.#network.windowBytes(this.peer?.id ?? ''))
  }

  /** Whom to tell. What came before waits for it. */
  listen(events: EndEvents<Chunk>): void {
    this.#events = events
  }

  send(chunk: Chunk, bytes: number): void {
    if (this.#state !== 'open') return
    this.#undelivered += bytes
    if (this.buffered > 0) this.#full = true
    this.#post({ kind: 'chunk', chunk, bytes })
  }

  /** Writes no more; what was written still goes out. */
  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    this.#post({ kind: 'end' })
  }

  /** Breaks off at once: what has not left the process is lost. */
  destroy(): void {
    if (this.#state === 'over') return
    while (this.buffered > 0 && this.#underWay.length > 0) {
      const last = this.#underWay.pop()
      if (last?.parcel.kind === 'chunk') this.#undelivered -= last.parcel.bytes
    }
    this.#post({ kind: 'break' })
    this.#finish(null)
  }

  /** The connection is lost to this side, which is told. */
  lose(error: Error): void {
    this.#cut = true
    this.process.enter(() => this.#finish(error))
  }

  /** Nothing passes any more, and nobody is told. Of what is under way the first `kept` parts still arrive. */
  cut(kept: number): void {
    this.#cut = true
    const arrive = Math.ceil(this.#underWay.length * kept)
    this.#network.counts.lost += this.#underWay.length - arrive
    this.#underWay = this.#underWay.slice(0, arrive)
  }

  /** Nothing that is written arrives before this time. */
  notBefore(ms: number): void {
    this.#lastArrival = ms
  }

  /** Nothing that is under way is held back any more. */
  resume(): void {
    const { now } = this.#network.time
    this.#lastArrival = now
    this.#underWay = this.#underWay.map((one) => ({ ...one, arrivesAt: Math.min(one.arrivesAt, now) }))
    if (this.#delivery !== null) this.#delivery.run = null
    this.#delivery = null
    this.#deliverNext()
  }

  #post(parcel: Parcel<Chunk>): void {
    if (this.#cut || this.#other === null) return
    if (parcel.kind !== 'chunk' && !this.#closeArrives) {
      this.#network.counts.swallowedCloses++
      return
    }
    const { now } = this.#network.time
    const bytes = parcel.kind === 'chunk' ? parcel.bytes : 0
    const arrivesAt =
      Math.max(this.#lastArrival, now + this.#network.delay()) + this.#network.readingMs(this.#other.process.id, bytes)
    this.#lastArrival = arrivesAt
    this.#underWay.push({ parcel, arrivesAt, number: this.#network.nextParcel() })
    this.#deliverNext()
  }

  #deliverNext(): void {
    const [first] = this.#underWay
    if (this.#delivery !== null || first === undefined) return
    this.#delivery = this.#network.time.at(first.arrivesAt, () => {
      this.#delivery = null
      const other = this.#other
      if (other === null || this.#underWay.length === 0) return
      if (this.#network.blocks(this.process.id, other.process.id)) {
        this.#network.hold(this)
        return
      }
      const next = this.#underWay.shift()
      if (next !== undefined) {
        this.#network.arrived(other.process, next.number)
        other.process.enter(() => this.#arrive(next.parcel, other))
      }
      this.#deliverNext()
    })
  }

  /** In the other process, once it has time for it. */
  #arrive(parcel: Parcel<Chunk>, other: ConnectionEnd<Chunk>): void {
    switch (parcel.kind) {
      case 'chunk':
        this.#undelivered -= parcel.bytes
        this.#tellDrained()
        if (other.#state !== 'over') other.#events?.onChunk(parcel.chunk)
        return
      case 'end':
        other.#otherEnded()
        return
      case 'break':
        other.#finish(new Error('the other side closed the stream'))
        return
    }
  }

  #tellDrained(): void {
    if (!this.#full || this.#undelivered > 0) return
    this.#full = false
    this.process.enterSoon(() => {
      if (this.#state === 'open') this.#events?.onDrained()
    })
  }

  #otherEnded(): void {
    if (this.#state === 'over') return
    // As sockets do that do not stay half open: this side ends too.
    this.end()
    this.#finish(null)
  }

  #finish(error: Error | null): void {
    if (this.#state === 'over') return
    this.#state = 'over'
    this.#network.forget(this)
    this.process.enterSoon(() => {
      const events = this.#events
      this.#events = null
      events?.onEnd(error)
    })
  }
}
