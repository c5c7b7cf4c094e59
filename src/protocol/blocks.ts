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
    throw new DecodeError(`view ${number} is not known: only 0, the whole state, is`)
  },
)

const head = {
  channelId: text,
  /** 0, the whole state: no other is known to this version. */
  view,
  /** The epoch of the owner that speaks. */
  epoch: uvarint,
  origin,
  version: uvarint,
}
const patch = optional(blob)
const events = list(struct({ name: text, except: list(text), payload: blob }))
export const blockFields = /* @__PURE__ */ struct({ ...head, previous: uvarint, patch, events })
export const keyframeFields = /* @__PURE__ */ struct({
  ...head,
  /** 0: as the encoder made them; 1: raw deflate. */
  encoding: u8,
  bytes: rest('rest'),
})

type Turn = TypeOf<typeof blockFields>

/** What a turn publishes. `patch` is null in a turn that only has events. */
export interface SharedBlock extends Omit<Turn, 'events'> {
  /** The encoded events; `readEvents` opens them. */
  readonly events: Uint8Array
  /** The whole frame, as it goes on both hops. */
  readonly frame: Uint8Array
}

export interface Keyframe extends TypeOf<typeof keyframeFields> {
  readonly frame: Uint8Array
}

/** A broadcast event of a turn. `except`: the ids of the sessions whose libraries drop it. `payload`: an encoded value. */
export type SharedEvent = TypeOf<typeof events>[number]

/** `blockFields` as they stand in a frame, read by hand: each turn passes here. Its parts are views on the frame. */
export const sharedBlock: Field<SharedBlock> = field(
  'shared block',
  (writer, block) => writer.raw(block.frame.subarray(1)),
  (reader, version) => ({
    channelId: reader.text(),
    view: view.read(reader, version),
    epoch: reader.uvarint(),
    origin: origin.read(reader, version),
    version: reader.uvarint(),
    previous: reader.uvarint(),
    patch: patch.read(reader, version),
    events: reader.rest(),
    frame: reader.bytes,
  }),
)

/** `keyframeFields` as they stand in a frame. Its bytes are a view on the frame. */
export const keyframe: Field<Keyframe> = field(
  'keyframe',
  (writer, { frame }) => writer.raw(frame.subarray(1)),
  (reader, version) => ({
    channelId: reader.text(),
    view: view.read(reader, version),
    epoch: reader.uvarint(),
    origin: origin.read(reader, version),
    version: reader.uvarint(),
    encoding: reader.u8(),
    bytes: reader.rest(),
    frame: reader.bytes,
  }),
)

/** The block as it reads: all blocks are alike, and a patch is kept once, within the frame. */
export function makeSharedBlock(turn: Turn): SharedBlock {
  return readSharedBlock(bytesOf(blockFields, turn, VERSION_MAX, SHARED))
}

/** Reads a SHARED frame. Its parts are views on `frame`. */
export function readSharedBlock(frame: Uint8Array): SharedBlock {
  return readFrame(SHARED, sharedBlock, frame)
}

export function readEvents(encoded: Uint8Array): readonly SharedEvent[] {
  return readAll(events, encoded)
}

/** `encoding` is 0 unless given. */
export function makeKeyframe(
  state: Omit<TypeOf<typeof keyframeFields>, 'encoding'> & { readonly encoding?: number },
): Keyframe {
  return readKeyframe(bytesOf(keyframeFields, { encoding: 0, ...state }, VERSION_MAX, KEYFRAME))
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
