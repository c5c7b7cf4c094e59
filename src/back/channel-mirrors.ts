/** V3: the fronts that mirror a channel: those that come before it is open are sent a first keyframe once it is. Knows nothing of turns. */
import type { MirrorPast, Subscriber } from './followers.js'
import type { StateStream } from './state-stream.js'

export class ChannelMirrors {
  readonly #early = new Map<Subscriber, MirrorPast | null>()
  #stream: StateStream | null = null

  get size(): number {
    return this.#stream?.subscribers ?? this.#early.size
  }

  subscribe(front: Subscriber, past: MirrorPast | null): void {
    if (this.#stream) this.#stream.subscribe(front, past)
    else this.#early.set(front, past)
  }

  unsubscribe(front: Subscriber): void {
    this.#early.delete(front)
    this.#stream?.unsubscribe(front)
  }

  renew(front: Subscriber, version: number): void {
    this.#stream?.renew(front, version)
  }

  /** The channel is open. */
  begin(stream: StateStream): void {
    this.#stream = stream
    for (const [front, past] of this.#early) stream.subscribe(front, past)
    this.#early.clear()
  }
}
