/**
 * What a channel publishes to all its fronts, the same bytes to each: the shared block of a turn, and keyframes. A front reads
 * the head only; patch, events and keyframe stay the bytes that the owner made. Knows nothing of how state is encoded.
 */
import { ByteReader } from '../value/byte-reader.js'
import { DecodeError } from '../value/decode-error.js'
import {
  blob,
  bytesOf,
  type Field,
  field,
  list,
  optional,
  readAll,
  rest,
  struct,
  text,
  type TypeOf,
  u8,
  uvarint,
} from './field.js'
import { VERSION_MAX } from './frame-types.js'
import { type Origin, origin } from './origin.js'

/** The type bytes of the frames that are the same on both hops. */
export const SHARED = 0x45
export const KEYFRAME = 0x46

/** Which view of the state. A view that is not known is refused: only who agreed on it may send it. */
export const view = field<number>(
  'view',
  (writer, number) => writer.uvarint(number),
  (reader) => {
    const number = reader.uvarint()
    if (number === 0) return number
    throw new DecodeError(`view ${number} is not known: this version knows view 0, the whole state, only`)
  },
)

const head = { channelId: text, view, epoch: uvarint, origin, version: uvarint }
const patch = optional(blob)
const events = list(struct({ name: text, except: list(text), payload: blob }))
/** What a turn brought: a patch, events, or both. */
const turn = struct({ patch, events })

interface Head {
  readonly channelId: string
  /** 0, the whole state: no other is known to this version. */
  readonly view: number
  /** The epoch of the owner that speaks. */
  readonly epoch: number
  readonly origin: Origin
  readonly version: number
}

/** One or several turns in a row, as bytes: what was published, or what one that comes late has missed. */
export interface SharedBlock extends Head {
  /** The version before the first turn; `version` is that of the last. Each turn counts one. */
  readonly previous: number
  /** The turns one behind the other; `readTurns` opens them. */
  readonly turns: Uint8Array
  /** The whole frame, as it goes on both hops. */
  readonly frame: Uint8Array
}

/** What a turn brought. */
export interface Turn {
  readonly version: number
  /** Null in a turn that only has events. */
  readonly patch: Uint8Array | null
  /** The encoded events; `readEvents` opens them. */
  readonly events: Uint8Array
  /** All of it, as it stands in the block. */
  readonly bytes: Uint8Array
}

export interface Keyframe extends Head {
  /** 0: as the encoder made them; 1: raw deflate. */
  readonly encoding: number
  readonly bytes: Uint8Array
  readonly frame: Uint8Array
}

/** A broadcast event of a turn. `except`: the ids of the sessions whose libraries drop it. `payload`: an encoded value. */
export type SharedEvent = TypeOf<typeof events>[number]

const blockFields = struct({ ...head, previous: uvarint, turns: rest('turns') })
const keyframeFields = struct({ ...head, encoding: u8, bytes: rest('bytes') })

/** Read by hand: each turn passes here. Its parts are views on the frame. */
export const sharedBlock: Field<SharedBlock> = field(
  '',
  (writer, block) => writer.raw(block.frame.subarray(1)),
  (reader, readVersion) => {
    const channelId = reader.text()
    const which = view.read(reader, readVersion)
    const epoch = reader.uvarint()
    const of = origin.read(reader, readVersion)
    const version = reader.uvarint()
    const previous = reader.uvarint()
    if (previous >= version) throw new DecodeError(`version ${version} behind ${previous}`)
    const turns = reader.rest()
    return { channelId, view: which, epoch, origin: of, version, previous, turns, frame: reader.bytes }
  },
  { ...head, previous: uvarint, turns: list(turn) },
)

/** Its bytes are a view on the frame. */
export const keyframe: Field<Keyframe> = field(
  '',
  (writer, { frame }) => writer.raw(frame.subarray(1)),
  (reader, version) => ({ ...keyframeFields.read(reader, version), frame: reader.bytes }),
  keyframeFields.parts,
)

/** The block of one turn. */
export function makeSharedBlock(
  given: Head & {
    readonly previous: number
    readonly patch: Uint8Array | null
    readonly events: readonly SharedEvent[]
  },
): SharedBlock {
  const { patch: change, events: list, ...rest } = given
  return joinTurns(rest, [bytesOf(turn, { patch: change, events: list })])
}

/** A block of the turns whose bytes are `pieces`, one behind the other. */
export function joinTurns(given: Head & { readonly previous: number }, pieces: readonly Uint8Array[]): SharedBlock {
  const turns = pieces.length === 1 ? (pieces[0] as Uint8Array) : concat(pieces)
  const frame = bytesOf(blockFields, { ...given, turns }, VERSION_MAX, SHARED)
  return { ...given, turns: frame.subarray(frame.length - turns.length), frame }
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}

/** Reads a SHARED frame. Its parts are views on `frame`. */
export function readSharedBlock(frame: Uint8Array): SharedBlock {
  return readFrame(SHARED, sharedBlock, frame)
}

/** Opens a block: each of its turns, in order. Their parts are views on it. Throws a `DecodeError`. */
export function readTurns({ turns, previous, version }: Pick<SharedBlock, 'turns' | 'previous' | 'version'>): Turn[] {
  const reader = new ByteReader(turns)
  const all: Turn[] = []
  for (let at = previous + 1; at <= version; at++) {
    const start = reader.position
    const change = patch.read(reader, VERSION_MAX)
    const behind = at === version ? reader.rest() : skipEvents(reader)
    all.push({ version: at, patch: change, events: behind, bytes: turns.subarray(start, reader.position) })
  }
  return all
}

function skipEvents(reader: ByteReader): Uint8Array {
  const start = reader.position
  for (let count = reader.uvarint(); count > 0; count--) {
    reader.blob()
    for (let excepted = reader.uvarint(); excepted > 0; excepted--) reader.blob()
    reader.blob()
  }
  return reader.bytes.subarray(start, reader.position)
}

export function readEvents(encoded: Uint8Array): readonly SharedEvent[] {
  return readAll(events, encoded)
}

export function makeKeyframe(state: Head & { readonly encoding?: number; readonly bytes: Uint8Array }): Keyframe {
  const whole = { ...state, encoding: state.encoding ?? 0 }
  return { ...whole, frame: bytesOf(keyframeFields, whole, VERSION_MAX, KEYFRAME) }
}

/** Reads a KEYFRAME frame. Its bytes are a view on `frame`. */
export function readKeyframe(frame: Uint8Array): Keyframe {
  return readFrame(KEYFRAME, keyframe, frame)
}

function readFrame<T>(type: number, of: Field<T>, frame: Uint8Array): T {
  const reader = new ByteReader(frame)
  if (reader.u8() !== type) throw new DecodeError('another frame')
  return of.read(reader, VERSION_MAX)
}
