/**
 * The sessions that a front master itself carries: one for all of its own channels, under the front's id, and one for each `Client` of
 * the application. Knows nothing of sockets.
 */
import type { App } from '../../channel/app.js'
import { CentrumError } from '../../protocol/errors.js'
import type { Identity } from '../../protocol/master-frames.js'
import type { Runtime } from '../../runtime/runtime.js'
import { encodeValue } from '../../value/encode-value.js'
import type { Admission } from '../admission.js'
import { FrontChannel } from './front-channel.js'
import { FrontClient } from './front-client.js'
import type { FrontLimits } from '../front-limits.js'
import type { FrontPort } from '../../relay/front-port.js'
import { LocalSession } from './local-session.js'

/** What it needs of its master. */
export interface LocalSessionsHost {
  readonly id: string
  readonly limits: FrontLimits
  readonly runtime: Runtime
  readonly port: FrontPort
  readonly admission: Admission
}

export class LocalSessions {
  /** Who the front is where it speaks for itself. */
  readonly identity: Identity
  readonly #app: App
  readonly #host: LocalSessionsHost
  /** The linked ones. */
  readonly #channels = new Map<string, FrontChannel>()
  #session: LocalSession | null = null
  readonly #clients = new Set<FrontClient>()
  /** From the wall clock, so that a front that comes back under its id is newer than it was before. */
  readonly connectionAttempt: number

  constructor(app: App, host: LocalSessionsHost) {
    this.#app = app
    this.#host = host
    this.identity = {
      senderKind: 'front',
      sessionId: host.id,
      userId: '',
      data: encodeValue(undefined),
      tokenGeneration: 0,
      beganAt: 0,
    }
    this.connectionAttempt = Math.max(1, Math.floor(host.runtime.clock.wall()))
  }

  /** The front's own channel of an id: the same object while it is linked. */
  channel(id: string): FrontChannel {
    const known = this.#channels.get(id)
    if (known !== undefined) return known
    const match = this.#app.match(id)
    if (match === null) {
      const patterns = [...this.#app.channels.keys()].join(', ')
      throw new CentrumError(
        'unknown-channel',
        `No channel of this app has the id '${String(id).slice(0, 64)}'. Its patterns: ${patterns}.`,
      )
    }
    const { runtime, limits } = this.#host
    return new FrontChannel(id, match.implementation.contract, {
      log: runtime.log,
      payloadBytesMax: limits.payloadBytesMax,
      session: () => this.#ownSession(),
      opened: (channel) => void this.#channels.set(id, channel),
      closed: (channel) => {
        if (this.#channels.get(id) === channel) this.#channels.delete(id)
      },
    })
  }

  /** One for all channels; another one where a back has ended it. */
  #ownSession(): LocalSession {
    if (this.#session?.isOver === false) return this.#session
    const { runtime, port } = this.#host
    const { identity, connectionAttempt } = this
    this.#session = new LocalSession({
      port,
      identity,
      connectionAttempt,
      runtime,
      onlyWithLinks: true,
      // From the wall clock likewise, for a front that comes back under its id.
      lastLinkNumber: this.#session?.links.lastLinkNumber ?? connectionAttempt,
      ended: () => {},
      unsent: () => {},
    })
    return this.#session
  }

  client(given: unknown): FrontClient {
    const { runtime, limits, port, admission } = this.#host
    const client = new FrontClient(this.#app, admission.vouchFor(given), {
      runtime,
      payloadBytesMax: limits.payloadBytesMax,
      port,
      disconnected: (it) => void this.#clients.delete(it),
    })
    this.#clients.add(client)
    return client
  }

  /** All of them are over. */
  stop(): void {
    const message = `Front '${this.#host.id}' stops.`
    for (const client of [...this.#clients]) client.finish('closing', message)
    this.#session?.finish('end', 'closing', message)
  }
}
