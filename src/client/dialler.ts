/**
 * Opens sockets for one session: chooses the next URL, writes HELLO, and says how long to wait after a failure. Keeps what a new socket
 * needs to continue the session. Knows nothing of links, and not when to dial.
 */
import type { ClientHello, ClientWelcome } from '../protocol/client-frames.js'
import { FEATURES, VERSION_MAX, VERSION_MIN } from '../protocol/frame-types.js'
import { hexOf } from '../protocol/hex8.js'
import type { ClientSettings } from './connect-options.js'
import { DialRace } from './dial-race.js'
import { Seat } from './seat.js'
import type { ServerClock } from './server-clock.js'
import { UrlDraw } from './url-draw.js'
import { FRAME_BYTES_MAX, Wire, type WireDialler, type WirePort } from './wire.js'

export class Dialler implements WireDialler {
  /** The session's public id; empty before the first welcome. */
  sessionId = ''
  dials = 0
  readonly urls: UrlDraw
  readonly settings: ClientSettings
  readonly serverClock: ServerClock
  readonly #incarnation: string
  readonly #seat: Seat | null
  /** Until it has been looked for. */
  #isSeated: boolean
  /** What the next socket goes on with; empty for a new session. */
  #resume = ''
  #connectionAttempt = 0

  constructor(settings: ClientSettings, serverClock: ServerClock) {
    const { random } = settings.runtime
    this.settings = settings
    this.serverClock = serverClock
    this.#incarnation = hexOf(random.bytes(8))
    this.#seat = settings.keepSeat ? new Seat(settings.urls.join(' '), settings.runtime.clock) : null
    this.#isSeated = this.#seat === null
    this.urls = new UrlDraw(settings.urls, () => random.float())
  }

  /** Dials the next URL, and others where that takes long. */
  dial(port: WirePort): DialRace<Wire> {
    const { runtime, overlapMs } = this.settings
    return new DialRace(runtime.clock, overlapMs, (race) => {
      this.dials++
      return new Wire(this.urls.next(), this, port, race)
    })
  }

  async token(): Promise<string> {
    const { token } = this.settings
    const given: unknown = typeof token === 'string' ? token : await token()
    if (typeof given !== 'string') throw new TypeError(`it is ${typeof given}, not a string`)
    return given
  }

  async hello(): Promise<ClientHello> {
    if (!this.#isSeated) {
      this.#isSeated = true
      const ticket = await this.#seat?.take()
      this.#resume = ticket?.resume ?? ''
      this.#connectionAttempt = ticket?.connectionAttempt ?? 0
      this.sessionId = ticket?.sessionId ?? ''
    }
    const resume = this.#resume
    const token = resume === '' ? await this.token() : ''
    this.#connectionAttempt++
    if (resume !== '') this.#keep()
    return {
      type: 'hello',
      versionMin: VERSION_MIN,
      versionMax: VERSION_MAX,
      features: FEATURES,
      frameBytesMax: FRAME_BYTES_MAX,
      incarnation: this.#incarnation,
      token,
      resume,
      connectionAttempt: this.#connectionAttempt,
    }
  }

  #keep(): void {
    const { sessionId } = this
    this.#seat?.keep({ sessionId, resume: this.#resume, connectionAttempt: this.#connectionAttempt })
  }

  welcomed({ url }: Wire, { sessionId, resume, connectionAttempt }: ClientWelcome): void {
    this.sessionId = sessionId
    this.#connectionAttempt = Math.max(this.#connectionAttempt, connectionAttempt)
    this.urls.connected(url)
    this.renewed(resume)
  }

  /** The session has a fresh token. */
  renewed(resume: string): void {
    this.#resume = resume
    this.#keep()
  }

  /** The front does not know the session any more. Returns whether there was one: the next socket begins anew. */
  forget(): boolean {
    const had = this.#resume !== ''
    this.#resume = ''
    this.#seat?.drop()
    return had
  }

  /** How long to wait before dialling again. */
  failed(): number {
    const { backoffMsMin, backoffMsMax } = this.settings
    return this.urls.failed(backoffMsMin, backoffMsMax)
  }

  /** The page is left: whether the next one has the session's seat. */
  leave(): boolean {
    this.#seat?.leave()
    return this.#seat !== null && this.#resume !== ''
  }
}
