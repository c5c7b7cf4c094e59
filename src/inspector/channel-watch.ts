/**
 * One channel as an inspector sees it: a session of a front's own, which no handler notices, with the state opened and a short list of
 * what arrived. Knows no page.
 */
import type { FrontChannelApi } from '../channel/front-api.js'
import { WatchedMirror } from '../state/mirror/watched-mirror.js'

/** Something that arrived. */
export interface WatchedArrival {
  readonly kind: 'keyframe' | 'patch' | 'event' | 'status'
  readonly version: number
  readonly bytes: number
  /** Of an event its name and payload; of a status the status and its reason. */
  readonly name: string
  readonly payload: unknown
}

/** Messages that the inspector keeps between two updates of its page; the oldest are dropped first. */
const ARRIVALS_MAX = 200

export class ChannelWatch {
  readonly #channel: FrontChannelApi
  readonly #mirror = new WatchedMirror<object>()
  readonly #stopListening: readonly (() => void)[]
  #arrivals: WatchedArrival[] = []
  #problem: string | null = null
  #loaded = false

  constructor(channel: FrontChannelApi) {
    this.#channel = channel
    this.#stopListening = [
      channel.onKeyframe((bytes, { version }) => this.#load(bytes, version)),
      channel.onPatch((bytes, { version }) => {
        if (this.#loaded) this.#mirror.patch(bytes)
        this.#note('patch', version, bytes.length)
      }),
      channel.onEvent((name: string, payload: unknown) => this.#note('event', channel.version, 0, name, payload)),
      channel.onStatus((status, reason) => this.#note('status', channel.version, 0, status, reason)),
    ]
    void this.#link()
  }

  /** Why it could not be linked, or null. */
  get problem(): string | null {
    return this.#problem
  }

  get epoch(): number {
    return this.#channel.epoch
  }

  get version(): number {
    return this.#channel.version
  }

  /** As it is now: another value for each version in which something changed. Null before it is there. */
  get state(): object | null {
    return this.#loaded ? this.#mirror.snapshot() : null
  }

  /** What arrived since the last time. */
  takeArrivals(): WatchedArrival[] {
    const taken = this.#arrivals
    this.#arrivals = []
    return taken
  }

  close(): void {
    for (const stop of this.#stopListening) stop()
    void this.#channel.unlink()
  }

  async #link(): Promise<void> {
    try {
      this.#load(await this.#channel.link(), this.#channel.version)
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error)
    }
  }

  #load(bytes: Uint8Array, version: number): void {
    this.#mirror.load(bytes)
    this.#loaded = true
    this.#note('keyframe', version, bytes.length)
  }

  #note(kind: WatchedArrival['kind'], version: number, bytes: number, name = '', payload: unknown = null): void {
    this.#arrivals.push({ kind, version, bytes, name, payload })
    if (this.#arrivals.length > ARRIVALS_MAX) this.#arrivals.shift()
  }
}
