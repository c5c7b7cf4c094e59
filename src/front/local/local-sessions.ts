/**
 * The sessions that a front master carries itself: one for each of its own linked channels, all under the front's id, and one
 * for each `Client` of the application. Knows nothing of sockets.
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
import type { FrontPort } from '../relay/front-port.js'
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
  readonly #channels = new Map<string, FrontChannel>()
  readonly #linked = new Map<FrontChannel, LocalSession>()
  readonly #clients = new Set<FrontClient>()
  /** From the wall clock, so that a front that comes back under its id is newer than it was before. */
  readonly connectionAttempt: number
  #lastLinkNumber: number

  constructor(app: App, host: LocalSessionsHost) {
    this.#app = app
    this.#host = host
    this.identity = {
      senderKind: 'front',
      sessionId: host.id,
      userId: '',
      data: encodeValue(undefined),
      tokenGeneration: 0,
    }
    this.connectionAttempt = Math.max(1, Math.floor(host.runtime.clock.wall()))
    this.#lastLinkNumber = this.connectionAttempt
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
    const { runtime, limits, port } = this.#host
    return new FrontChannel(id, match.implementation.contract, {
      log: runtime.log,
      payloadBytesMax: limits.payloadBytesMax,
      beginSession: (channel) => {
        const other = this.#channels.get(id)
        if (other !== undefined)
          throw new CentrumError(
            'already-linked',
            `This front has linked '${id}' already. front.channel('${id}') gives that one.`,
          )
        const session = new LocalSession(port, this.identity, this.connectionAttempt, runtime, () => {})
        this.#channels.set(id, channel)
        this.#linked.set(channel, session)
        return session
      },
      endSession: (channel, session) => {
        if (this.#linked.get(channel) !== session) return
        this.#linked.delete(channel)
        this.#channels.delete(id)
        session.finish('drop', 'unlinked', 'The link is over.')
      },
      nextLinkNumber: () => ++this.#lastLinkNumber,
    })
  }

  client(given: unknown): FrontClient {
    const { runtime, limits, port, admission } = this.#host
    const client = new FrontClient(this.#app, admission.vouchFor(given), {
      runtime,
      payloadBytesMax: limits.payloadBytesMax,
      port,
      gone: (it) => void this.#clients.delete(it),
    })
    this.#clients.add(client)
    return client
  }

  /** All of them are over: whoever carried them stops. */
  stop(): void {
    const message = `Front '${this.#host.id}' stops.`
    for (const client of [...this.#clients]) client.finish('closing', message)
    // All of them are one session to the backs: ending it once is enough.
    let how: 'end' | 'drop' = 'end'
    for (const session of [...this.#linked.values()]) {
      session.finish(how, 'closing', message)
      how = 'drop'
    }
  }
}
