/**
 * Resume tokens (H5): the identity of a session and how long it may be continued, encrypted and authenticated with the cluster's key and
 * bound to the app's name. Any front can read one without asking another process; nothing else can. Knows nothing of sockets, clocks and
 * connections.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import type { Random } from '../runtime/runtime.js'
import { ByteReader } from '../value/byte-reader.js'
import { ByteWriter } from '../value/byte-writer.js'

const FORM = 3
const CIPHER = 'aes-256-gcm'
const KEY_ID_BYTES = 4
const SALT_BYTES = 16
const TAG_BYTES = 16
const HEAD_BYTES = 1 + KEY_ID_BYTES + SALT_BYTES
/** Each token is encrypted with a key of its own, made from its salt: a nonce is never used twice with one. */
const NONCE = new Uint8Array(12)

export interface ResumableSession {
  readonly sessionId: string
  readonly userId: string
  /** What `authenticate` delivered, as an encoded value. */
  readonly data: Uint8Array
  /** Wall clock, milliseconds since 1970. */
  readonly expiresAt: number
  /** The token's number: that of a new session's WELCOME is 1, and who presents one is given the next. */
  readonly tokenGeneration: number
  /** When the session began; wall clock, milliseconds since 1970. */
  readonly beganAt: number
  /** When it was last found out who the client is. */
  readonly authenticatedAt: number
}

export type TokenReading =
  | { readonly state: 'valid'; readonly session: ResumableSession }
  | { readonly state: 'expired'; readonly session: ResumableSession }
  /** Not made with one of the keys for this app, or no token at all. */
  | { readonly state: 'forged' }

interface TokenKey {
  readonly id: Buffer
  readonly secret: Uint8Array
}

export class ResumeTokens {
  readonly #keys: readonly TokenKey[]
  readonly #random: Random

  /** The first key is that of new tokens, all of them are good for reading. */
  constructor(keys: readonly Uint8Array[], appName: string, random: Random) {
    this.#keys = keys.map((key) => keyFor(key, appName))
    this.#random = random
  }

  make(session: ResumableSession): string {
    const [key] = this.#keys
    if (key === undefined) throw new Error('tokens need a key')
    const head = Buffer.concat([Buffer.of(FORM), key.id, this.#random.bytes(SALT_BYTES)])
    const cipher = createCipheriv(CIPHER, secretOf(key, head), NONCE).setAAD(head)
    return Buffer.concat([head, cipher.update(claimOf(session)), cipher.final(), cipher.getAuthTag()]).toString(
      'base64url',
    )
  }

  read(token: string, wall: number): TokenReading {
    const bytes = Buffer.from(token, 'base64url')
    const head = bytes.subarray(0, HEAD_BYTES)
    const key = this.#keys.find(({ id }) => id.equals(head.subarray(1, 1 + KEY_ID_BYTES)))
    // A form that this version does not know is none of its tokens, whoever made it.
    if (key === undefined || bytes.length < HEAD_BYTES + TAG_BYTES || head[0] !== FORM) return { state: 'forged' }
    const decipher = createDecipheriv(CIPHER, secretOf(key, head), NONCE).setAAD(head)
    decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES))
    try {
      const sealed = bytes.subarray(HEAD_BYTES, bytes.length - TAG_BYTES)
      const session = readClaim(Buffer.concat([decipher.update(sealed), decipher.final()]))
      return { state: wall < session.expiresAt ? 'valid' : 'expired', session }
    } catch {
      return { state: 'forged' }
    }
  }
}

/** A secret of its own: the key itself is also what masters prove themselves with, and other apps may have the same one. */
function keyFor(key: Uint8Array, appName: string): TokenKey {
  const made = new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), `centrum resume token ${appName}`, 36))
  return { id: Buffer.from(made.subarray(32)), secret: made.subarray(0, 32) }
}

function secretOf({ secret }: TokenKey, head: Uint8Array): Uint8Array {
  return createHmac('sha256', secret).update(head).digest()
}

function claimOf(session: ResumableSession): Uint8Array {
  const writer = new ByteWriter()
  writer.text(session.sessionId)
  writer.text(session.userId)
  writer.uvarint(Math.floor(session.expiresAt))
  writer.uvarint(session.tokenGeneration)
  writer.uvarint(session.beganAt)
  writer.uvarint(session.authenticatedAt)
  writer.blob(session.data)
  return writer.finish()
}

function readClaim(bytes: Uint8Array): ResumableSession {
  const reader = new ByteReader(new Uint8Array(bytes))
  return {
    sessionId: reader.text(),
    userId: reader.text(),
    expiresAt: reader.uvarint(),
    tokenGeneration: reader.uvarint(),
    beganAt: reader.uvarint(),
    authenticatedAt: reader.uvarint(),
    data: reader.blob().slice(),
  }
}
