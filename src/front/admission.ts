/**
 * Determines who a client is: a new session with the app's `authenticate`, or an existing one with its resume token and the app's
 * `revalidate`. The result is an identity that the front vouches for, or a `CentrumError` whose code closes the connection. Knows nothing
 * of sockets and links.
 */
import type { App, Authenticated, AuthenticationRequest } from '../channel/app.js'
import { CentrumError } from '../protocol/errors.js'
import type { Identity } from '../protocol/master-frames.js'
import type { Runtime } from '../runtime/runtime.js'
import type { EndedSessions } from '../session/ended-sessions.js'
import { decodeValue } from '../value/decode-value.js'
import { encodeValue } from '../value/encode-value.js'
import { encodeWithin } from '../value/encode-within.js'
import { TooManyBytes } from '../value/too-many-bytes.js'
import type { FrontLimits } from './front-limits.js'
import { type ResumableSession, ResumeTokens } from './resume-token.js'

/** The longest `userId` that `authenticate` may return, in UTF-16 units: ids are in tokens, frames and logs. */
const USER_ID_LENGTH_MAX = 256
const SESSION_ID_BYTES = 16
/** What most sessions have; one object for all. */
const NO_DATA = encodeValue(undefined)

/** A client that is let in. */
export interface Admitted {
  readonly identity: Identity
  /** When `authenticate` last said who it is: wall clock, milliseconds since 1970. */
  readonly authenticatedAt: number
}

export class Admission {
  readonly #app: App
  readonly #runtime: Runtime
  readonly #limits: FrontLimits
  readonly #tokens: ResumeTokens
  readonly #ended: EndedSessions

  /** `keys`: the first signs, all are good for reading. */
  constructor(app: App, keys: readonly Uint8Array[], limits: FrontLimits, runtime: Runtime, ended: EndedSessions) {
    this.#app = app
    this.#runtime = runtime
    this.#limits = limits
    this.#tokens = new ResumeTokens(keys, app.name, runtime.random)
    this.#ended = ended
  }

  /** A new session of a client whose user the application has found out by itself. Throws a `CentrumError` `invalid-option`. */
  vouchFor(client: unknown): Identity {
    try {
      return this.#newSession(...this.#read((typeof client === 'object' ? client : null) ?? {})).identity
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw new CentrumError('invalid-option', `front.client({ userId, data }): ${message}`, { cause: error })
    }
  }

  /** A new session. Rejects with a `CentrumError`: `authentication-refused`, or `authentication-failed` where the app threw something else. */
  async authenticate(request: AuthenticationRequest): Promise<Admitted> {
    const { authenticate } = this.#app
    if (authenticate === null) return this.#newSession(null, NO_DATA)
    return await this.#ask(request.remoteAddress, async () =>
      this.#newSession(...this.#read(await authenticate(request))),
    )
  }

  /**
   * Whether the client of an open session is still who it was, by a new token. Rejects as `authenticate` does, or with `session-expired`
   * where it is another user.
   */
  async authenticateAgain({ userId }: Identity, request: AuthenticationRequest): Promise<number> {
    const { identity, authenticatedAt } = await this.authenticate(request)
    if (this.#app.authenticate === null || identity.userId === userId) return authenticatedAt
    throw new CentrumError('session-expired', 'The token belongs to another user. Begin a new session.')
  }

  /** Whether `authenticate` is to be asked again. */
  isStale(authenticatedAt: number): boolean {
    const age = this.#runtime.clock.wall() - authenticatedAt
    return this.#app.authenticate !== null && age > this.#limits.sessionAgeMsMax
  }

  /**
   * The session that a token is good for. Rejects with a `CentrumError`: `session-expired`, `kicked`, or what `revalidate` makes of it:
   * `authentication-refused`, `authentication-failed`.
   */
  async resume(token: string, remoteAddress = ''): Promise<Admitted> {
    const session = this.#open(token)
    const { sessionId, userId, tokenGeneration, beganAt, authenticatedAt } = session
    const data = await this.#revalidated(session, remoteAddress)
    const end = this.#ended.of(session)
    if (end !== null) throw new CentrumError(end.reason, end.message)
    return { identity: { senderKind: 'client', sessionId, userId, data, tokenGeneration, beganAt }, authenticatedAt }
  }

  /** The token behind the one that was presented, good for `tokenMs` from now. The presented one stays good until this one was used. */
  tokenFor({ identity, authenticatedAt }: Admitted): string {
    const { sessionId, userId, data, tokenGeneration, beganAt } = identity
    const expiresAt = this.#runtime.clock.wall() + this.#limits.tokenMs
    const claim = { sessionId, userId, data, expiresAt, beganAt, authenticatedAt }
    return this.#tokens.make({ ...claim, tokenGeneration: tokenGeneration + 1 })
  }

  #open(token: string): ResumableSession {
    const reading = this.#tokens.read(token, this.#runtime.clock.wall())
    switch (reading.state) {
      case 'forged':
        throw new CentrumError('session-expired', 'The resume token does not belong to this app. Begin a new session.')
      case 'expired':
        throw new CentrumError('session-expired', 'The session has expired. Begin a new one.')
      case 'valid':
        return reading.session
    }
  }

  async #revalidated({ userId, data }: ResumableSession, remoteAddress: string): Promise<Uint8Array> {
    const { revalidate } = this.#app
    const known = Buffer.compare(data, NO_DATA) === 0 ? NO_DATA : data
    if (revalidate === null) return known
    return await this.#ask(remoteAddress, async () => {
      const now = await revalidate({ userId, data: decodeValue(data) })
      return now === undefined ? known : this.#encoded(now)
    })
  }

  /** What the app throws on purpose goes to the client, all else to the log. */
  async #ask<T>(remoteAddress: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      if (error instanceof CentrumError && error.code === 'authentication-refused') throw error
      this.#runtime.log.error('authentication.failed', { remoteAddress, error })
      const message = 'The server failed while it checked who you are. Try again later.'
      throw new CentrumError('authentication-failed', message, { cause: error })
    }
  }

  /** Without a user each session is a user of its own. */
  #newSession(userId: string | null, data: Uint8Array): Admitted {
    const { clock, random } = this.#runtime
    const sessionId = Buffer.from(random.bytes(SESSION_ID_BYTES)).toString('base64url')
    const now = Math.max(0, Math.floor(clock.wall()))
    const identity = { senderKind: 'client', sessionId, userId: userId ?? sessionId, data } as const
    return { identity: { ...identity, tokenGeneration: 0, beganAt: now }, authenticatedAt: now }
  }

  #read({ userId, data }: Partial<Authenticated>): [userId: string, data: Uint8Array] {
    return [checkedUserId(userId), this.#encoded(data)]
  }

  #encoded(data: unknown): Uint8Array {
    if (data === undefined) return NO_DATA
    const { identityBytesMax } = this.#limits
    try {
      return encodeWithin(data, identityBytesMax)
    } catch (error) {
      if (!(error instanceof TooManyBytes)) throw error
      throw new CentrumError(
        'too-large',
        `data has ${error.message}, the limit is ${identityBytesMax} (identityBytesMax): return only what channels need`,
      )
    }
  }
}

function checkedUserId(userId: unknown): string {
  if (typeof userId === 'string' && userId !== '' && userId.length <= USER_ID_LENGTH_MAX) return userId
  const actual = typeof userId === 'string' ? `one of ${userId.length} characters` : typeof userId
  throw new CentrumError(
    'invalid',
    `userId must be a string of 1 to ${USER_ID_LENGTH_MAX} characters, but it is ${actual}`,
  )
}
