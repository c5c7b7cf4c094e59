/**
 * A table of frames, each with its type byte and its fields in order, and what writes and reads them. Type bytes are explicit and
 * never used again for anything else. Knows nothing of which frames there are.
 */
import { ByteReader } from '../value/byte-reader.js'
import { DecodeError } from '../value/decode-error.js'
import { bytesOf, type Field, field, type FieldsByName, type ValuesOf } from './field.js'
import * as wire from './wire.js'
import { VERSION_MAX } from './frame-types.js'

/** Kept for state that may be lost, such as datagrams, on both hops: no version sends it yet. */
export const VOLATILE = 0x4b

/** The type byte of a frame, and its fields. */
export interface FrameKind<S extends FieldsByName> {
  readonly byte: number
  readonly fields: S
  /** The same as one field. */
  readonly all: Field<ValuesOf<S>>
}

export type FrameTable = Readonly<Record<string, FrameKind<FieldsByName>>>

/** The union of a table's frames, or those of some names. */
export type FrameOf<T extends FrameTable, N extends keyof T = keyof T> = {
  [K in N]: {
    /** Its name. */
    readonly type: K
  } & ValuesOf<T[K]['fields']>
}[N]

/** `version`: what both ends of the hop agreed on. */
export type EncodeFrame<F> = (frame: F, version?: number) => Uint8Array
/** Reads all of `bytes` as one frame. Byte fields are views on it. Throws a `DecodeError`. */
export type DecodeFrame<F> = (bytes: Uint8Array, version?: number) => F
/** Reads what stands behind a type byte. */
export type ReadFrame<F> = (byte: number, reader: ByteReader, version?: number) => F

/** Readers by hand of what is read often: a literal is made several times faster than an object of named fields. */
export type HandReaders<T extends FrameTable> = {
  readonly [N in keyof T]?: (reader: ByteReader, version: number) => FrameOf<T, N>
}

export function frame<const S extends FieldsByName>(byte: number, fields: S): FrameKind<S> {
  return { byte, fields, all: wire.struct(fields) }
}

export function frameEncoder<const T extends FrameTable>(table: T): EncodeFrame<FrameOf<T>> {
  return (frame, version) => {
    const { byte, all } = table[(frame as { readonly type: string }).type] as FrameKind<FieldsByName>
    return bytesOf(all, frame as never, version, byte)
  }
}

export function frameReader<const T extends FrameTable>(
  table: T,
  byHand: HandReaders<T> = {},
  noun = 'frame',
): ReadFrame<FrameOf<T>> {
  type Frame = FrameOf<T>
  const readers: (((reader: ByteReader, version: number) => Frame) | undefined)[] = []
  for (const [name, { byte, fields }] of Object.entries(table)) {
    // The type has no bytes of its own: it is what stood before.
    const type = field(
      '',
      () => {},
      () => name,
    )
    readers[byte] = byHand[name] ?? (wire.struct({ type, ...fields }) as Field<unknown> as Field<Frame>).read
  }
  return (byte, reader, version = VERSION_MAX) => {
    const read = readers[byte]
    if (read) return read(reader, version)
    const why = byte === VOLATILE ? 'reserved' : 'not known'
    throw new DecodeError(`a ${noun} of type 0x${byte.toString(16).padStart(2, '0')} is ${why}`)
  }
}

export function frameDecoder<const T extends FrameTable>(table: T, byHand?: HandReaders<T>): DecodeFrame<FrameOf<T>> {
  const read = frameReader(table, byHand)
  return (bytes, version) => {
    const reader = new ByteReader(bytes)
    const frame = read(reader.u8(), reader, version)
    reader.done()
    return frame
  }
}
