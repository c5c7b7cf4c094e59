/**
 * Who a client is: a new session by the app's `authenticate`, or an old one by its resume token. Ends in an identity that the
 * front vouches for, or in a `CentrumError` whose code the connection is closed with. Knows nothing of sockets and links.
 */
import type { App, AuthenticationRequest } from '../channel/app.js'
import { CentrumError } from '../protocol/errors.js'
import type { Identity } from '../protocol/master-frames.js'
import type { Runtime } from '../runtime/runtime.js'
import { encodeValue } from '../value/encode-value.js'
import { BoundedMap } from '../session/bounded-map.js'
import type { FrontLimits } from './front-limits.js'
import { ResumeTokens } from './resume-token.js'

const USER_ID_LENGTH_MAX = 256
const SESSION_ID_BYTES = 16
/** What most sessions have; one object for all. */
const NO_DATA = encodeValue(undefined)

export class Admission {
  readonly #app: App
  readonly #runtime: Runtime
  readonly #limits: FrontLimits
  readonly #tokens: ResumeTokens
  /** Sessions that were kicked, with the message they were given. Their tokens are still good. */
  readonly #kicked: BoundedMap<string, string>

  constructor(app: App, key: Uint8Array, limits: FrontLimits, runtime: Runtime) {
    this.#app = app
    this.#runtime = runtime
    this.#limits = limits
    this.#tokens = new ResumeTokens(key)
    this.#kicked = new BoundedMap(limits.kickedMax)
  }

  /** A new session of a client whose user the application has found out by itself. Throws a `CentrumError` `invalid-option`. */
  vouchFor(client: unknown): Identity {
    const { userId, data } = (typeof client === 'object' && client !== null ? client : {}) as {
      userId?: unknown
      data?: unknown
    }
    try {
      return {
        senderKind: 'client',
        sessionId: this.#newSessionId(),
        userId: checkedUserId(userId),
        data: this.#encoded(data),
        tokenGeneration: 0,
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new CentrumError('invalid-option', `front.client({ userId, data }): ${message}`, { cause: error })
    }
  }

  #newSessionId(): string {
    return Buffer.from(this.#runtime.random.bytes(SESSION_ID_BYTES)).toString('base64url')
  }

  /** A new session. Rejects with a `CentrumError`: `authentication-refused`, or `authentication-failed` where the app threw something else. */
  async authenticate(request: AuthenticationRequest): Promise<Identity> {
    const sessionId = this.#newSessionId()
    const { authenticate } = this.#app
    if (authenticate === null)
      return { senderKind: 'client', sessionId, userId: sessionId, data: NO_DATA, tokenGeneration: 0 }
    try {
      const { userId, data } = await authenticate(request)
      return {
        senderKind: 'client',
        sessionId,
        userId: checkedUserId(userId),
        data: this.#encoded(data),
        tokenGeneration: 0,
      }
    } catch (error) {
      if (error instanceof CentrumError && error.code === 'authentication-refused') throw error
      this.#runtime.log.error('authentication.failed', { remoteAddress: request.remoteAddress, error })
      throw new CentrumError(
        'authentication-failed',
        'The server failed while it checked who you are. Try again later.',
        {
          cause: error,
        },
      )
    }
  }

  /** The session that a token is good for. Throws a `CentrumError`: `session-expired`, or `kicked`. */
  resume(token: string): Identity {
    const reading = this.#tokens.read(token, this.#runtime.clock.wall())
    switch (reading.state) {
      case 'forged':
        throw new CentrumError('session-expired', 'The resume token is not one of this cluster. Begin a new session.')
      case 'expired':
        throw new CentrumError('session-expired', 'The session has expired. Begin a new one.')
      case 'valid': {
        const { sessionId, userId, data, tokenGeneration } = reading.session
        const kicked = this.#kicked.get(sessionId)
        if (kicked !== undefined) throw new CentrumError('kicked', kicked)
        const shared = Buffer.compare(data, NO_DATA) === 0 ? NO_DATA : data
        return { senderKind: 'client', sessionId, userId, data: shared, tokenGeneration }
      }
    }
  }

  /** The token behind the one that was presented, good for `sessionMs` from now. The presented one stays good until this one was used. */
  tokenFor(identity: Identity): string {
    const { sessionId, userId, data, tokenGeneration } = identity
    const expiresAt = this.#runtime.clock.wall() + this.#limits.sessionMs
    return this.#tokens.make({ sessionId, userId, data, expiresAt, tokenGeneration: tokenGeneration + 1 })
  }

  /** The session is not taken back by this front, though its token is good. */
  ban(sessionId: string, message: string): void {
    this.#kicked.set(sessionId, message)
  }

  #encoded(data: unknown): Uint8Array {
    if (data === undefined) return NO_DATA
    const bytes = encodeValue(data)
    const { identityBytesMax } = this.#limits
    if (bytes.length <= identityBytesMax) return bytes
    throw new CentrumError(
      'too-large',
      `data has ${bytes.length} bytes, the limit is ${identityBytesMax} (identityBytesMax): keep it to what channels need`,
    )
  }
}

function checkedUserId(userId: unknown): string {
  if (typeof userId === 'string' && userId !== '' && userId.length <= USER_ID_LENGTH_MAX) return userId
  const actual = typeof userId === 'string' ? `one of ${userId.length} characters` : typeof userId
  throw new CentrumError(
    'invalid',
    `userId must be a string of 1 to ${USER_ID_LENGTH_MAX} characters, and is ${actual}`,
  )
}
