/**
 * Makes sockets for one session: which URL is next, what HELLO says, and how long to wait after a failure. Keeps what a new
 * socket needs to go on with the session. Knows nothing of links, and nothing of when to dial.
 */
import type { Hello, Welcome } from '../protocol/client-frames.js'
import { FEATURES, VERSION_MAX, VERSION_MIN } from '../protocol/frame-types.js'
import { hexOf } from '../protocol/origin.js'
import type { ClientSettings } from './connect-options.js'
import type { ServerClock } from './server-clock.js'
import { FRAME_BYTES_MAX, openWire, type Wire, type WirePort } from './wire.js'

export class Dialler {
  readonly #settings: ClientSettings
  readonly #serverClock: ServerClock
  readonly #incarnation: string
  #urlIndex: number
  #failures = 0
  #resume = ''
  #attach = 0
  /** The session's public id; empty before the first welcome. */
  sessionId = ''
  dials = 0

  constructor(settings: ClientSettings, serverClock: ServerClock) {
    const { random } = settings.runtime
    this.#settings = settings
    this.#serverClock = serverClock
    this.#incarnation = hexOf(random.bytes(8))
    // Clients spread over the fronts by beginning anywhere.
    this.#urlIndex = Math.floor(random.float() * settings.urls.length)
  }

  /** Whether there is a session to go on with. */
  get resumes(): boolean {
    return this.#resume !== ''
  }

  /** Dials the next URL, or the one given. */
  dial(port: WirePort, url = this.#url): Wire {
    this.dials++
    return openWire(this.#settings, url, this.#serverClock, () => this.#hello(), port)
  }

  welcomed({ sessionId, resume, attach }: Welcome): void {
    this.sessionId = sessionId
    this.#resume = resume
    this.#attach = Math.max(this.#attach, attach)
  }

  /** The front does not know the session any more: the next dial begins a new one. */
  expired(): void {
    this.#resume = ''
  }

  /** A connection proved good: the next failure is the first again. */
  succeeded(): void {
    this.#failures = 0
  }

  /** Turns to the next URL. Returns how long to wait before dialling it. */
  failed(): number {
    const { backoffMsMin, backoffMsMax, runtime, urls } = this.#settings
    const delayMs = runtime.random.float() * Math.min(backoffMsMax, backoffMsMin * 2 ** Math.min(this.#failures, 30))
    this.#failures++
    this.#urlIndex = (this.#urlIndex + 1) % urls.length
    return delayMs
  }

  get #url(): string {
    return this.#settings.urls[this.#urlIndex] ?? ''
  }

  async #hello(): Promise<Hello> {
    const { token } = this.#settings
    const given: unknown = this.#resume !== '' ? '' : typeof token === 'string' ? token : await token()
    if (typeof given !== 'string') throw new TypeError(`it is ${typeof given}, not a string`)
    return {
      type: 'hello',
      versionMin: VERSION_MIN,
      versionMax: VERSION_MAX,
      features: FEATURES,
      frameBytesMax: FRAME_BYTES_MAX,
      incarnation: this.#incarnation,
      token: given,
      resume: this.#resume,
      attach: ++this.#attach,
    }
  }
}
