/**
 * Streams within one process, for the embedded default and for tests. Bytes and frames are handed over as they are, in a later
 * macrotask, so that no caller is called back from within its call; what is given is taken at once. A network that is passed in says which
 * masters reach each other. Knows nothing of packets.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Clock, Timer } from '../runtime/runtime.js'
import { parseAddress } from '../protocol/address.js'
import type { Listener, Stream, StreamEvents, Transport } from './transport.js'

type Accept = (stream: Stream) => StreamEvents

/** Who listens where: masters that share it reach each other. */
export class InProcessNetwork {
  readonly listeners = new Map<string, Accept>()
}

/** Addresses are `memory:name`. */
export function inProcessTransport(network: InProcessNetwork, clock: Clock): Transport {
  return {
    dial(address, accept, signal) {
      return new Promise((resolve, reject) => {
        const abort = (): void => {
          timer.cancel()
          reject(unreachable(address, 'the attempt was cancelled'))
        }
        const timer = clock.soon(() => {
          signal.removeEventListener('abort', abort)
          const accepting = network.listeners.get(nameOf(address))
          if (accepting === undefined) reject(unreachable(address, 'nothing listens there'))
          else {
            const [near, far] = streamPair(clock, address)
            far.events = accepting(far)
            near.events = accept(near)
            resolve()
          }
        })
        if (signal.aborted) abort()
        else signal.addEventListener('abort', abort, { once: true })
      })
    },
    listen(address, accept) {
      const name = nameOf(address)
      if (network.listeners.has(name)) {
        return Promise.reject(
          new CentrumError(
            'address-in-use',
            `another back of this process already listens at ${address}. Choose another name`,
          ),
        )
      }
      network.listeners.set(name, accept)
      const listener: Listener = {
        address,
        close() {
          if (network.listeners.get(name) === accept) network.listeners.delete(name)
          return Promise.resolve()
        },
      }
      return Promise.resolve(listener)
    },
  }
}

function nameOf(address: string): string {
  const parsed = parseAddress(address)
  if (parsed.kind === 'memory') return parsed.name
  throw new CentrumError('invalid-option', `'${address}' is not an address within a process. Write memory:name`)
}

function unreachable(address: string, why: string): CentrumError {
  return new CentrumError('unreachable', `${address} was not reached: ${why}`)
}

function streamPair(clock: Clock, address: string): [InProcessStream, InProcessStream] {
  const near = new InProcessStream(clock, address)
  const far = new InProcessStream(clock, `${address} (dialled)`)
  near.other = far
  far.other = near
  return [near, far]
}

/** One end. What it writes waits here until the other end takes it. */
class InProcessStream implements Stream {
  readonly peer: string
  readonly #clock: Clock
  other: InProcessStream | null = null
  events: StreamEvents | null = null
  buffered = 0
  /** Bytes, and frames that were handed over together. */
  #chunks: (Uint8Array | readonly Uint8Array[])[] = []
  #delivery: Timer | null = null
  /** What runs right before the delivery. */
  #due: { run: (() => void) | null }[] = []
  /** `writing`: open. `ended`: nothing more will be written. `closed`: no event comes any more. */
  #state: 'writing' | 'ended' | 'closed' = 'writing'
  #delivered = false

  constructor(clock: Clock, peer: string) {
    this.#clock = clock
    this.peer = peer
  }

  write(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#put(bytes)
  }

  get hand(): ((frames: readonly Uint8Array[]) => void) | null {
    return this.other?.events?.onFrames === undefined ? null : (frames) => this.#put(frames)
  }

  give(frame: object): boolean {
    if (this.#state !== 'writing' || this.buffered > 0 || this.other === null) return false
    return this.other.takeGiven(frame)
  }

  takeGiven(frame: object): boolean {
    return this.#state !== 'closed' && this.events?.onGiven?.(frame) === true
  }

  #put(chunk: Uint8Array | readonly Uint8Array[]): void {
    if (this.#state !== 'writing') return
    this.#chunks.push(chunk)
    this.buffered += bytesIn(chunk)
    this.#deliverSoon()
  }

  soon(run: () => void): Timer {
    if (this.#state === 'closed') return this.#clock.soon(run)
    const due: { run: (() => void) | null } = { run }
    this.#due.push(due)
    this.#deliverSoon()
    return { cancel: () => void (due.run = null) }
  }

  end(): void {
    if (this.#state !== 'writing') return
    this.#state = 'ended'
    this.#deliverSoon()
  }

  destroy(): void {
    const other = this.other
    this.#leave(null)
    other?.cut()
  }

  /** The other end broke off. */
  cut(): void {
    this.#clock.soon(() => this.#leave(new Error('the other side closed the stream')))
  }

  #deliverSoon(): void {
    this.#delivery ??= this.#clock.soon(() => this.#deliver())
  }

  #deliver(): void {
    this.#runDue()
    this.#delivery = null
    const chunks = this.#chunks
    this.#chunks = []
    const bytes = this.buffered
    const ended = this.#state === 'ended'
    for (const chunk of chunks) {
      if (this.#isGone()) return
      this.buffered -= bytesIn(chunk)
      this.other?.take(chunk)
    }
    if (this.#isGone()) return
    if (bytes > 0 && this.buffered === 0) this.events?.onDrained()
    if (!ended || this.#delivered || this.#isGone()) return
    this.#delivered = true
    this.other?.ended()
  }

  /** What this writes is delivered now. */
  #runDue(): void {
    const all = this.#due
    if (all.length === 0) return
    this.#due = []
    for (const due of all) due.run?.()
  }

  take(chunk: Uint8Array | readonly Uint8Array[]): void {
    if (this.#state === 'closed') return
    if (chunk instanceof Uint8Array) this.events?.onBytes(chunk)
    else this.events?.onFrames?.(chunk)
  }

  #isGone(): boolean {
    return this.#state === 'closed'
  }

  /** The other end has written all it had: this one ends as well, and both are closed. */
  ended(): void {
    const other = this.other
    if (this.#delivered || other === null) {
      this.#leave(null)
      if (other !== null) other.#leave(null)
    } else this.end()
  }

  #leave(error: Error | null): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#delivery?.cancel()
    this.#chunks = []
    this.buffered = 0
    this.#clock.soon(() => {
      const events = this.events
      this.events = null
      this.other = null
      events?.onEnd(error)
    })
  }
}

function bytesIn(chunk: Uint8Array | readonly Uint8Array[]): number {
  if (chunk instanceof Uint8Array) return chunk.length
  let bytes = 0
  for (const frame of chunk) bytes += frame.length
  return bytes
}
