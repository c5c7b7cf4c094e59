/**
 * The packets of the stream between two masters: `u32le length | u8 type | body`, where the length counts type and body.
 * Batches carry the frames of `master-frames.ts`, which are opaque here. Knows neither streams nor who may speak.
 *
 * The beginning of HELLO up to the greatest version, and the whole of REFUSED, stay as they are in every version, so that
 * two masters that share no version can still tell each other which one is too old.
 */
import { ByteReader } from '../value/byte-reader.js'
import { ByteWriter } from '../value/byte-writer.js'
import { DecodeError } from '../value/decode-error.js'
import { bytesOf, field, type TypeOf } from './field.js'
import * as wire from './wire.js'
import { frame, frameEncoder, type FrameOf, frameReader } from './frame-table.js'
import { VERSION_MAX } from './frame-types.js'
import { reason, type Reason } from './reasons.js'

/** Maximum size of any packet other than a batch, and of any packet before the end of the handshake, in bytes. */
export const CONTROL_BYTES_MAX = 64 * 1024
/** The length and the type byte. */
export const PACKET_HEAD_BYTES = 5

/** Characters of the id of a back or front. */
export const ID_LENGTH_MAX = 256

/** Characters of the message of a refusal that are sent; the rest is cut off. */
const MESSAGE_LENGTH_MAX = 1_000

/** 'cntm': what the stream between masters begins with. */
const MAGIC = 0x6d746e63

/** Which side of the hop a master is. */
const ROLE = { front: 1, back: 2 } as const
export type MasterRole = keyof typeof ROLE

const magic = field<null>(
  'magic',
  (writer) => writer.u32(MAGIC),
  (reader) => {
    if (reader.u32() === MAGIC) return null
    throw new DecodeError("the stream does not begin with 'cntm': the other side is not a back or front")
  },
)

const packetBytes = field<number>('uvarint', wire.uvarint.write, (reader) => {
  const bytes = reader.uvarint()
  if (bytes >= CONTROL_BYTES_MAX) return bytes
  throw new DecodeError(
    `the other side accepts packets of at most ${bytes} bytes, but it must accept ${CONTROL_BYTES_MAX}`,
  )
})

const masterId = field<string>('text', wire.text.write, (reader) => {
  const id = reader.text()
  if (id !== '' && id.length <= ID_LENGTH_MAX) return id
  throw new DecodeError(`the id of the other side has ${id.length} characters, but it must have 1 to ${ID_LENGTH_MAX}`)
})

/** What both sides say of themselves. */
export const greeting = wire.struct({
  versionMin: wire.uvarint,
  versionMax: wire.uvarint,
  /** Optional abilities, a bit each. */
  features: wire.uvarint,
  /** The heaviest packet that this side takes, type and body. */
  packetBytesMax: packetBytes,
  role: wire.ordinal('role', ROLE),
  id: masterId,
  /** The id that this side believes the other has; empty when it does not know. */
  expectedId: wire.text,
  /** 16 hex digits, random: one run of a master. */
  incarnation: wire.hex8,
  /** Grows with each dial of an incarnation. */
  connection: wire.uvarint,
  /** 16 hex digits over the cluster's list; all zeros where there is none. */
  membershipHash: wire.hex8,
  /** For operators: each side keeps its own. */
  heartbeatMs: wire.uvarint,
  /** How long a back waits for sessions that lost contact, unless their channels say otherwise; 0 of a front. */
  graceMs: wire.uvarint,
})
export type Greeting = TypeOf<typeof greeting>

const helloClaim = { magic, greeting }
const welcomeClaim = { magic, greeting, version: wire.uvarint }

/** The packets whose bodies are read whole, and as they are. */
const PLAIN_PACKETS = {
  /** `id`: of the side that refuses. */
  refused: frame(0x03, { reason, id: wire.text, message: wire.text }),
  ping: frame(0x05, { nonce: wire.uvarint }),
  pong: frame(0x06, { nonce: wire.uvarint }),
  close: frame(0x07, { reason, message: wire.text }),
  /** The first packet of the side that accepts: what HELLO proves, it proves with this. */
  challenge: frame(0x08, { nonce: wire.blob }),
}

export const PACKETS = {
  ...PLAIN_PACKETS,
  /** What stands before the proof is what is proven. */
  hello: frame(0x01, { ...helloClaim, proof: wire.blob }),
  welcome: frame(0x02, { ...welcomeClaim, proof: wire.blob }),
  /** Frames follow. It is read piece by piece as it comes in (`packet-decoder.ts`). */
  batch: frame(0x04, { sequence: wire.uvarint }),
}

/** The type byte of each packet. */
export const PACKET = Object.fromEntries(Object.entries(PACKETS).map(([name, { byte }]) => [name, byte])) as Readonly<
  Record<keyof typeof PACKETS, number>
>

export interface MasterHello {
  readonly type: 'hello'
  readonly greeting: Greeting
  /** What is proven, all bytes before the proof, and the proof that the sender holds the cluster's key; empty without a key. */
  readonly claim: Uint8Array
  readonly proof: Uint8Array
}

export interface MasterWelcome {
  readonly type: 'welcome'
  readonly greeting: Greeting
  /** The version that both speak from here on. */
  readonly version: number
  readonly claim: Uint8Array
  readonly proof: Uint8Array
}

export type ControlPacket =
  | MasterHello
  | MasterWelcome
  /** A HELLO of which nothing but the versions can be understood. */
  | { readonly type: 'foreign'; readonly versionMin: number; readonly versionMax: number }
  | FrameOf<typeof PLAIN_PACKETS>

/** Proves a claim with the cluster's key; an empty proof where there is none. */
export type Prove = (claim: Uint8Array) => Uint8Array

const NO_PROOF: Prove = () => new Uint8Array(0)
const encodePlain = frameEncoder(PLAIN_PACKETS)
const readPlain = frameReader(PLAIN_PACKETS, {}, 'packet')
const helloFields = wire.struct(helloClaim)
const welcomeFields = wire.struct(welcomeClaim)

/** The packet with its head. */
export function encodeHello(own: Greeting, prove: Prove = NO_PROOF): Uint8Array {
  return proven(PACKETS.hello.byte, bytesOf(helloFields, { magic: null, greeting: own }), prove)
}

/** The packet with its head. */
export function encodeWelcome(own: Greeting, version: number, prove: Prove = NO_PROOF): Uint8Array {
  return proven(PACKETS.welcome.byte, bytesOf(welcomeFields, { magic: null, greeting: own, version }), prove)
}

/** The packet with its head. */
export function encodeChallenge(nonce: Uint8Array): Uint8Array {
  return packet(encodePlain({ type: 'challenge', nonce }))
}

/** The packet with its head. */
export function encodeRefused(why: Reason, id: string, message: string): Uint8Array {
  const type = 'refused'
  return packet(encodePlain({ type, reason: why, id, message: message.slice(0, MESSAGE_LENGTH_MAX) }))
}

/** The packet with its head. */
export function encodePing(nonce: number): Uint8Array {
  return packet(encodePlain({ type: 'ping', nonce }))
}

/** The packet with its head. */
export function encodePong(nonce: number): Uint8Array {
  return packet(encodePlain({ type: 'pong', nonce }))
}

/** The packet with its head. */
export function encodeClose(why: Reason, message: string): Uint8Array {
  return packet(encodePlain({ type: 'close', reason: why, message: message.slice(0, MESSAGE_LENGTH_MAX) }))
}

/** Puts the length before a type byte and its body. */
function packet(typed: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + typed.length)
  writeLength(bytes, 0, typed.length)
  bytes.set(typed, 4)
  return bytes
}

function proven(type: number, claim: Uint8Array, prove: Prove): Uint8Array {
  const writer = new ByteWriter(claim.length + 64)
  writer.u8(type)
  writer.raw(claim)
  writer.blob(prove(claim))
  return packet(writer.finish())
}

/** Writes the length of a packet at the start of its head. */
export function writeLength(bytes: Uint8Array, at: number, length: number): void {
  bytes[at] = length & 0xff
  bytes[at + 1] = (length >>> 8) & 0xff
  bytes[at + 2] = (length >>> 16) & 0xff
  bytes[at + 3] = length >>> 24
}

/**
 * Reads the body of a packet that is not a batch. `spoken` is what this side speaks: a HELLO whose versions lie apart from it
 * is `foreign`. Throws a `DecodeError` for what is no packet.
 */
export function decodeControlPacket(
  type: number,
  body: Uint8Array,
  spoken: { readonly versionMin: number; readonly versionMax: number },
): ControlPacket {
  const reader = new ByteReader(body)
  if (type === PACKETS.hello.byte) {
    const { versionMin, versionMax } = readVersions(body)
    if (versionMax < spoken.versionMin || versionMin > spoken.versionMax) {
      return { type: 'foreign', versionMin, versionMax }
    }
    const { greeting } = helloFields.read(reader, VERSION_MAX)
    return { type: 'hello', greeting, ...readProof(reader) }
  }
  if (type === PACKETS.welcome.byte) {
    readVersions(body)
    const { greeting, version } = welcomeFields.read(reader, VERSION_MAX)
    return { type: 'welcome', greeting, version, ...readProof(reader) }
  }
  const plain = readPlain(type, reader)
  reader.done()
  return plain
}

/** The beginning of a greeting, which is the same in every version. */
function readVersions(body: Uint8Array): { versionMin: number; versionMax: number } {
  const reader = new ByteReader(body)
  magic.read(reader, VERSION_MAX)
  const versionMin = reader.uvarint()
  const versionMax = reader.uvarint()
  if (versionMin > versionMax)
    throw new DecodeError(
      `the other side speaks versions ${versionMin} to ${versionMax}, which are the wrong way round`,
    )
  return { versionMin, versionMax }
}

/** What a later version adds behind the proof is not for this one. */
function readProof(reader: ByteReader): { claim: Uint8Array; proof: Uint8Array } {
  return { claim: reader.bytes.slice(0, reader.position), proof: reader.blob().slice() }
}
