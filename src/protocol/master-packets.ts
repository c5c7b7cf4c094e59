/**
 * The packets of the stream between two masters: `u32le length | u8 type | body`, where the length counts type and body.
 * Batches carry the frames of `master-frames.ts`, which are opaque here. Knows nothing of streams and of who may speak.
 *
 * The beginning of HELLO up to the greatest version, and the whole of REFUSED, stay as they are in every version, so that
 * two masters which share no version can still tell each other who is too old.
 */
import { ByteReader } from '../value/byte-reader.js'
import { ByteWriter } from '../value/byte-writer.js'
import { DecodeError } from '../value/decode-error.js'
import { writeReason } from './client-frames.js'
import { readReason } from './link-frames.js'
import { readHex8, writeHex8 } from './origin.js'
import type { Reason } from './reasons.js'

/** The type byte of each packet: explicit and never reused. */
export const PACKET = {
  hello: 0x01,
  welcome: 0x02,
  refused: 0x03,
  batch: 0x04,
  ping: 0x05,
  pong: 0x06,
  close: 0x07,
} as const

/** What every packet but a batch may weigh, type and body, and what anything may weigh before the handshake is done. */
export const CONTROL_BYTES_MAX = 64 * 1024
/** The length and the type byte. */
export const PACKET_HEAD_BYTES = 5

/** Characters of a master's id. */
export const ID_LENGTH_MAX = 256

/** What is sent of a message that says why; the rest is cut off. */
const MESSAGE_LENGTH_MAX = 1_000

/** 'cntm': what the stream between masters begins with. */
const MAGIC = 0x6d746e63

/** Which side of the hop a master is. */
export const ROLE = { front: 1, back: 2 } as const
export type MasterRole = keyof typeof ROLE

/** What both sides say of themselves. */
export interface Greeting {
  readonly versionMin: number
  readonly versionMax: number
  /** Optional abilities, a bit each. */
  readonly features: number
  /** The heaviest packet that this side takes, type and body. */
  readonly packetBytesMax: number
  readonly role: MasterRole
  readonly id: string
  /** Whom this side believes to speak with; empty when it does not know. */
  readonly expectedId: string
  /** 16 hex digits, random: one run of a master. */
  readonly incarnation: string
  /** Grows with each dial of an incarnation. */
  readonly connection: number
  /** 16 hex digits over the cluster's list; all zeros where there is none. */
  readonly membershipHash: string
  /** For operators: each side keeps its own. */
  readonly heartbeatMs: number
}

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
  /** `id` is the id of whoever refuses. */
  | { readonly type: 'refused'; readonly reason: Reason; readonly id: string; readonly message: string }
  | { readonly type: 'ping'; readonly nonce: number }
  | { readonly type: 'pong'; readonly nonce: number }
  | { readonly type: 'close'; readonly reason: Reason; readonly message: string }

/** Proves a claim with the cluster's key; an empty proof where there is none. */
export type Prove = (claim: Uint8Array) => Uint8Array

const NO_PROOF: Prove = () => new Uint8Array(0)

/** The packet with its head. */
export function encodeHello(greeting: Greeting, prove: Prove = NO_PROOF): Uint8Array {
  const writer = begin(PACKET.hello)
  writeGreeting(writer, greeting)
  writer.blob(prove(writer.finish().subarray(PACKET_HEAD_BYTES)))
  return end(writer)
}

/** The packet with its head. */
export function encodeWelcome(greeting: Greeting, version: number, prove: Prove = NO_PROOF): Uint8Array {
  const writer = begin(PACKET.welcome)
  writeGreeting(writer, greeting)
  writer.uvarint(version)
  writer.blob(prove(writer.finish().subarray(PACKET_HEAD_BYTES)))
  return end(writer)
}

/** The packet with its head. */
export function encodeRefused(reason: Reason, id: string, message: string): Uint8Array {
  const writer = begin(PACKET.refused)
  writeReason(writer, reason)
  writer.text(id)
  writer.text(message.slice(0, MESSAGE_LENGTH_MAX))
  return end(writer)
}

/** The packet with its head. */
export function encodePing(nonce: number): Uint8Array {
  const writer = begin(PACKET.ping)
  writer.uvarint(nonce)
  return end(writer)
}

/** The packet with its head. */
export function encodePong(nonce: number): Uint8Array {
  const writer = begin(PACKET.pong)
  writer.uvarint(nonce)
  return end(writer)
}

/** The packet with its head. */
export function encodeClose(reason: Reason, message: string): Uint8Array {
  const writer = begin(PACKET.close)
  writeReason(writer, reason)
  writer.text(message.slice(0, MESSAGE_LENGTH_MAX))
  return end(writer)
}

/**
 * Reads the body of a packet that is no batch. `spoken` is what this side speaks: a HELLO whose versions lie apart from it is
 * `foreign`. Throws a `DecodeError` for what is no packet.
 */
export function decodeControlPacket(
  type: number,
  body: Uint8Array,
  spoken: { readonly versionMin: number; readonly versionMax: number },
): ControlPacket {
  const reader = new ByteReader(body)
  switch (type) {
    case PACKET.hello: {
      const { versionMin, versionMax } = readVersions(reader)
      if (versionMax < spoken.versionMin || versionMin > spoken.versionMax) {
        return { type: 'foreign', versionMin, versionMax }
      }
      const greeting = readGreeting(reader, versionMin, versionMax)
      // What a later version adds behind the proof is not for this one.
      return { type: 'hello', greeting, claim: body.slice(0, reader.position), proof: reader.blob().slice() }
    }
    case PACKET.welcome: {
      const { versionMin, versionMax } = readVersions(reader)
      const greeting = readGreeting(reader, versionMin, versionMax)
      const version = reader.uvarint()
      const claim = body.slice(0, reader.position)
      return { type: 'welcome', greeting, version, claim, proof: reader.blob().slice() }
    }
    case PACKET.refused:
      return finished(reader, {
        type: 'refused',
        reason: readReason(reader),
        id: reader.text(),
        message: reader.text(),
      })
    case PACKET.ping:
      return finished(reader, { type: 'ping', nonce: reader.uvarint() })
    case PACKET.pong:
      return finished(reader, { type: 'pong', nonce: reader.uvarint() })
    case PACKET.close:
      return finished(reader, { type: 'close', reason: readReason(reader), message: reader.text() })
    default:
      throw new DecodeError(`a packet of type 0x${type.toString(16).padStart(2, '0')} is not known`)
  }
}

function begin(type: number): ByteWriter {
  const writer = new ByteWriter()
  writer.u32(0)
  writer.u8(type)
  return writer
}

function end(writer: ByteWriter): Uint8Array {
  const bytes = writer.finish()
  writeLength(bytes, 0, bytes.length - 4)
  return bytes
}

/** Writes the length of a packet at the start of its head. */
export function writeLength(bytes: Uint8Array, at: number, length: number): void {
  bytes[at] = length & 0xff
  bytes[at + 1] = (length >>> 8) & 0xff
  bytes[at + 2] = (length >>> 16) & 0xff
  bytes[at + 3] = length >>> 24
}

function finished(reader: ByteReader, packet: ControlPacket): ControlPacket {
  reader.done()
  return packet
}

function writeGreeting(writer: ByteWriter, greeting: Greeting): void {
  writer.u32(MAGIC)
  writer.uvarint(greeting.versionMin)
  writer.uvarint(greeting.versionMax)
  writer.uvarint(greeting.features)
  writer.uvarint(greeting.packetBytesMax)
  writer.u8(ROLE[greeting.role])
  writer.text(greeting.id)
  writer.text(greeting.expectedId)
  writeHex8(writer, greeting.incarnation)
  writer.uvarint(greeting.connection)
  writeHex8(writer, greeting.membershipHash)
  writer.uvarint(greeting.heartbeatMs)
}

function readVersions(reader: ByteReader): { versionMin: number; versionMax: number } {
  if (reader.u32() !== MAGIC) throw new DecodeError("the stream does not begin with 'cntm': no master speaks here")
  const versionMin = reader.uvarint()
  const versionMax = reader.uvarint()
  if (versionMin > versionMax) throw new DecodeError(`versions from ${versionMin} to ${versionMax} are none`)
  return { versionMin, versionMax }
}

function readGreeting(reader: ByteReader, versionMin: number, versionMax: number): Greeting {
  const features = reader.uvarint()
  const packetBytesMax = reader.uvarint()
  if (packetBytesMax < CONTROL_BYTES_MAX) {
    throw new DecodeError(`a peer takes packets of ${packetBytesMax} bytes only: ${CONTROL_BYTES_MAX} is the least`)
  }
  return {
    versionMin,
    versionMax,
    features,
    packetBytesMax,
    role: readRole(reader),
    id: readId(reader),
    expectedId: reader.text(),
    incarnation: readHex8(reader),
    connection: reader.uvarint(),
    membershipHash: readHex8(reader),
    heartbeatMs: reader.uvarint(),
  }
}

function readRole(reader: ByteReader): MasterRole {
  const ordinal = reader.u8()
  if (ordinal === ROLE.front) return 'front'
  if (ordinal === ROLE.back) return 'back'
  throw new DecodeError(`a role of ${ordinal} is not known`)
}

function readId(reader: ByteReader): string {
  const id = reader.text()
  if (id === '' || id.length > ID_LENGTH_MAX) {
    throw new DecodeError(`a master's id has ${id.length} characters: it must have 1 to ${ID_LENGTH_MAX}`)
  }
  return id
}
