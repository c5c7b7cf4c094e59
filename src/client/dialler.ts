/**
 * Makes sockets for one session: which URL is next, what HELLO contains, and how long to wait after a failure. Keeps what a new
 * socket needs to go on with the session. Knows nothing of links, and nothing of when to dial.
 */
import type { ClientHello, ClientWelcome } from '../protocol/client-frames.js'
import { FEATURES, VERSION_MAX, VERSION_MIN } from '../protocol/frame-types.js'
import { hexOf } from '../protocol/hex8.js'
import type { ClientSettings } from './connect-options.js'
import type { ServerClock } from './server-clock.js'
import { FRAME_BYTES_MAX, openWire, type Wire, type WirePort } from './wire.js'

export interface Dialler {
  /** The session's public id; empty before the first welcome. */
  sessionId: string
  /** What the next socket goes on with; empty for a new session. Emptied when the front does not know the session any more. */
  resume: string
  dials: number
  /** Dials the next URL, or the one given, which is then among those that are tried. Of those that were given the last is kept. */
  dial(port: WirePort, url?: string): Wire
  welcomed(welcome: ClientWelcome): void
  /** In a row. */
  failures: number
  /** Turns to the next URL. Returns how long to wait before dialling it. */
  failed(): number
}

export function newDialler(settings: ClientSettings, serverClock: ServerClock): Dialler {
  const { token, backoffMsMin, backoffMsMax } = settings
  const urls = [...settings.urls]
  const { random } = settings.runtime
  const incarnation = hexOf(random.bytes(8))
  // Clients spread over the fronts by beginning anywhere.
  let urlIndex = Math.floor(random.float() * urls.length)
  let connectionAttempt = 0

  const hello = async (isAsked = false): Promise<ClientHello> => {
    const { resume } = dialler
    const given: unknown = resume !== '' && !isAsked ? '' : typeof token === 'string' ? token : await token()
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
      connectionAttempt: ++connectionAttempt,
    }
  }

  const dialler: Dialler = {
    sessionId: '',
    resume: '',
    dials: 0,
    failures: 0,
    dial(port, given = '') {
      dialler.dials++
      if (given !== '') urls[settings.urls.length] = given
      return openWire(settings, given || (urls[urlIndex] as string), serverClock, hello, port)
    },
    welcomed(welcome) {
      dialler.sessionId = welcome.sessionId
      connectionAttempt = Math.max(connectionAttempt, welcome.connectionAttempt)
    },
    failed() {
      urlIndex = (urlIndex + 1) % urls.length
      return random.float() * Math.min(backoffMsMax, backoffMsMin * 2 ** dialler.failures++)
    },
  }
  return dialler
}
