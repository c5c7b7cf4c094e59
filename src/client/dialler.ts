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

export interface Dialler {
  /** The session's public id; empty before the first welcome. */
  readonly sessionId: string
  /** Whether there is a session to go on with. */
  readonly resumes: boolean
  readonly dials: number
  /** Dials the next URL, or the one given. */
  dial(port: WirePort, url?: string): Wire
  welcomed(welcome: Welcome): void
  /** The front does not know the session any more: the next dial begins a new one. */
  expired(): void
  /** A connection proved good: the next failure is the first again. */
  succeeded(): void
  /** Turns to the next URL. Returns how long to wait before dialling it. */
  failed(): number
}

export function newDialler(settings: ClientSettings, serverClock: ServerClock): Dialler {
  const { urls, token, backoffMsMin, backoffMsMax } = settings
  const { random } = settings.runtime
  const incarnation = hexOf(random.bytes(8))
  // Clients spread over the fronts by beginning anywhere.
  let urlIndex = Math.floor(random.float() * urls.length)
  let failures = 0
  let sessionId = ''
  let resume = ''
  let attach = 0
  let dials = 0

  const hello = async (): Promise<Hello> => {
    const given: unknown = resume !== '' ? '' : typeof token === 'string' ? token : await token()
    if (typeof given !== 'string') throw new TypeError(`it is ${typeof given}, not a string`)
    return {
      type: 'hello',
      versionMin: VERSION_MIN,
      versionMax: VERSION_MAX,
      features: FEATURES,
      frameBytesMax: FRAME_BYTES_MAX,
      incarnation,
      token: given,
      resume,
      attach: ++attach,
    }
  }

  return {
    get sessionId() {
      return sessionId
    },
    get resumes() {
      return resume !== ''
    },
    get dials() {
      return dials
    },
    dial(port, url = urls[urlIndex] ?? '') {
      dials++
      return openWire(settings, url, serverClock, hello, port)
    },
    welcomed(welcome) {
      ;({ sessionId, resume } = welcome)
      attach = Math.max(attach, welcome.attach)
    },
    expired() {
      resume = ''
    },
    succeeded() {
      failures = 0
    },
    failed() {
      urlIndex = (urlIndex + 1) % urls.length
      return random.float() * Math.min(backoffMsMax, backoffMsMin * 2 ** Math.min(failures++, 30))
    },
  }
}
