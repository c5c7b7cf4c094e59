/**
 * What a channel publishes to all its fronts, the same bytes to each: shared blocks, and keyframes. A front reads
 * the head only; turns and keyframes stay the bytes that the owner made. Knows nothing of how state is encoded.
 */
import { ByteReader } from '../value/byte-reader.js'
import type { ByteWriter } from '../value/byte-writer.js'
import { DecodeError } from '../value/decode-error.js'
import { bytesOf, type Field, field, type FieldsByName, readAll, type TypeOf, type ValuesOf } from './field.js'
import * as wire from './wire.js'
import { VERSION_MAX } from './frame-types.js'
import { origin } from './origin.js'

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
    throw new DecodeError(`unknown view ${number}: only 0, the whole state, exists`)
  },
)

const head = {
  /** The channel's id. */
  channelId: wire.text,
  /** 0, the whole state: no other is known to this version. */
  view,
  /** The epoch of the owner that speaks. */
  epoch: wire.uvarint,
  /** Of the history. */
  origin,
  /** The version that it leads to. */
  version: wire.uvarint,
}
const patch = wire.optional(wire.blob)
export const sharedEvents = wire.list(
  wire.struct({
    /** Of the event. */
    name: wire.text,
    /** The ids of the sessions whose libraries drop it. */
    except: wire.list(wire.text),
    /** An encoded value. */
    payload: wire.blob,
  }),
)

/** Spreads within a function: bundlers keep what spreads in the open, and a client has no use for it. */
function headed<const S extends FieldsByName>(fields: S): Field<ValuesOf<typeof head & S>> {
  return wire.struct({ ...head, ...fields })
}

/** What a turn brought: a patch, events, or both. */
export const turnFields = /* @__PURE__ */ wire.struct({ patch, events: sharedEvents })
export const blockFields = /* @__PURE__ */ headed({
  /** The version before its first turn. */
  previous: wire.uvarint,
  /** Its turns, as bytes: `readTurns` opens them. */
  turns: /* @__PURE__ */ wire.rest('rest'),
})
const oneTurnFields = /* @__PURE__ */ headed({ previous: wire.uvarint, patch, events: sharedEvents })
export const keyframeFields = /* @__PURE__ */ headed({
  /** 0: as the encoder made them; 1: raw deflate. */
  encoding: wire.u8,
  /** The encoded state. */
  bytes: /* @__PURE__ */ wire.rest('rest'),
})

/**
 * One or several turns in a row, as bytes: what was published, or what a link that comes late has missed. `previous` is the
 * version before the first turn, `version` that of the last; each turn counts one. `readTurns` opens `turns`.
 */
export interface SharedBlock extends TypeOf<typeof blockFields> {
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

/** The whole state of a channel at a version, encoded. */
export interface Keyframe extends TypeOf<typeof keyframeFields> {
  /** The whole frame, as it goes on both hops. */
  readonly frame: Uint8Array
}

/** A broadcast event of a turn. `except`: the ids of the sessions whose libraries drop it. `payload`: an encoded value. */
export type SharedEvent = TypeOf<typeof sharedEvents>[number]

/** What the owner made, behind the type byte. */
const writeFrame = (writer: ByteWriter, { frame }: { readonly frame: Uint8Array }): void =>
  writer.raw(frame.subarray(1))

/** `blockFields` as they stand in a frame, read by hand: each turn passes here. Its parts are views on the frame. */
export const sharedBlock: Field<SharedBlock> = field('shared block', writeFrame, (reader, version) => {
  const block = {
    channelId: reader.text(),
    view: view.read(reader, version),
    epoch: reader.uvarint(),
    origin: origin.read(reader, version),
    version: reader.uvarint(),
    previous: reader.uvarint(),
    turns: reader.rest(),
    frame: reader.bytes,
  }
  if (block.previous < block.version) return block
  throw new DecodeError(`version ${block.version} behind ${block.previous}`)
})

/** `keyframeFields` as they stand in a frame. Its bytes are a view on the frame. */
export const keyframe: Field<Keyframe> = field('keyframe', writeFrame, (reader, version) => ({
  ...keyframeFields.read(reader, version),
  frame: reader.bytes,
}))

/** The block of one turn, as it reads: all blocks are alike, and a patch is kept once, within the frame. */
export function makeSharedBlock(turn: TypeOf<typeof oneTurnFields>): SharedBlock {
  return readSharedBlock(bytesOf(oneTurnFields, turn, VERSION_MAX, SHARED))
}

/** A block of the turns whose bytes are `pieces`, in order. */
export function joinTurns(
  given: Omit<TypeOf<typeof blockFields>, 'turns'>,
  pieces: readonly Uint8Array[],
): SharedBlock {
  const turns = pieces.length === 1 ? (pieces[0] as Uint8Array) : concat(pieces)
  return readSharedBlock(bytesOf(blockFields, { turns, ...given }, VERSION_MAX, SHARED))
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

/** The events of a turn. Throws a `DecodeError` for what is malformed. */
export function readEvents(encoded: Uint8Array): readonly SharedEvent[] {
  return readAll(sharedEvents, encoded)
}

/** `encoding` is 0 unless given. */
export function makeKeyframe(
  state: Omit<TypeOf<typeof keyframeFields>, 'encoding'> & { readonly encoding?: number },
): Keyframe {
  return readKeyframe(bytesOf(keyframeFields, { encoding: 0, ...state }, VERSION_MAX, KEYFRAME))
}

/** The same state, as an owner of another epoch shows it. */
export function keyframeOfEpoch({ frame: _frame, ...state }: Keyframe, epoch: number): Keyframe {
  return makeKeyframe({ ...state, epoch })
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
