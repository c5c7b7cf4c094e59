/**
 * Resume tokens (H5): who a session is and until when it may be gone on with, signed with the cluster's key, so that any front
 * can check one without asking anybody. Knows nothing of sockets, clocks and who is connected.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { ByteReader } from '../value/byte-reader.js'
import { ByteWriter } from '../value/byte-writer.js'

const FORM = 2
const MAC_BYTES = 32

export interface ResumableSession {
  readonly sessionId: string
  readonly userId: string
  /** What `authenticate` delivered, as an encoded value. */
  readonly data: Uint8Array
  /** Wall clock, milliseconds since 1970. */
  readonly expiresAt: number
  /** The token's number: that of a new session's WELCOME is 1, and who presents one is given the next. */
  readonly tokenGeneration: number
}

export type TokenReading =
  | { readonly state: 'valid'; readonly session: ResumableSession }
  | { readonly state: 'expired'; readonly session: ResumableSession }
  /** Not made with the key, or no token at all. */
  | { readonly state: 'forged' }

export class ResumeTokens {
  readonly #secret: Uint8Array

  constructor(key: Uint8Array) {
    // A secret of its own: the key itself is also what masters prove themselves with.
    this.#secret = new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), 'centrum resume token', 32))
  }

  make(session: ResumableSession): string {
    const writer = new ByteWriter()
    writer.u8(FORM)
    writer.text(session.sessionId)
    writer.text(session.userId)
    writer.uvarint(Math.floor(session.expiresAt))
    writer.uvarint(session.tokenGeneration)
    writer.blob(session.data)
    const claim = writer.finish()
    return Buffer.concat([claim, this.#sign(claim)]).toString('base64url')
  }

  read(token: string, wall: number): TokenReading {
    const bytes = new Uint8Array(Buffer.from(token, 'base64url'))
    if (bytes.length <= MAC_BYTES) return { state: 'forged' }
    const claim = bytes.subarray(0, bytes.length - MAC_BYTES)
    if (!timingSafeEqual(this.#sign(claim), bytes.subarray(claim.length))) return { state: 'forged' }
    const reader = new ByteReader(claim)
    // Signed by us, but of a form that this version does not know.
    if (reader.u8() !== FORM) return { state: 'forged' }
    const sessionId = reader.text()
    const userId = reader.text()
    const expiresAt = reader.uvarint()
    const tokenGeneration = reader.uvarint()
    const session = { sessionId, userId, expiresAt, tokenGeneration, data: reader.blob().slice() }
    return { state: wall < expiresAt ? 'valid' : 'expired', session }
  }

  #sign(claim: Uint8Array): Uint8Array {
    return createHmac('sha256', this.#secret).update(claim).digest()
  }
}
