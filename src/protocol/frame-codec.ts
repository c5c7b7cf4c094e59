/**
 * A table of frames, each with its type byte and its fields in order, and what writes and reads them. Type bytes are explicit and
 * never used again for anything else. Knows nothing of which frames there are.
 */
import { ByteReader } from '../value/byte-reader.js'
import { DecodeError } from '../value/decode-error.js'
import { bytesOf, type Field, field, type Fields, struct, type ValuesOf } from './field.js'
import { VERSION_MAX } from './frame-types.js'

/** Kept for state that may be lost, such as datagrams, on both hops: no version sends it yet. */
export const VOLATILE = 0x4b

/** The type byte of a frame, and its fields. */
export interface FrameKind<S extends Fields> {
  readonly byte: number
  readonly fields: S
}

export type FrameTable = Readonly<Record<string, FrameKind<Fields>>>

/** The union of a table's frames, or those of some names. */
export type FrameOf<T extends FrameTable, N extends keyof T = keyof T> = {
  [K in N]: { readonly type: K } & ValuesOf<T[K]['fields']>
}[N]

export interface FrameCodec<F> {
  /** `version`: what both ends of the hop agreed on. */
  encode(frame: F, version?: number): Uint8Array
  /** Reads all of `bytes` as one frame. Byte fields are views on it. Throws a `DecodeError`. */
  decode(bytes: Uint8Array, version?: number): F
  /** Reads what stands behind the type byte. */
  read(byte: number, reader: ByteReader, version?: number): F
}

/** Readers by hand of what is read often: a literal is made several times faster than an object of named fields. */
export type HandReaders<T extends FrameTable> = {
  readonly [N in keyof T]?: (reader: ByteReader, version: number) => FrameOf<T, N>
}

export function frame<const S extends Fields>(byte: number, fields: S): FrameKind<S> {
  return { byte, fields }
}

export function frameCodec<const T extends FrameTable>(
  table: T,
  byHand: HandReaders<T> = {},
  noun = 'frame',
): FrameCodec<FrameOf<T>> {
  type Frame = FrameOf<T>
  const kinds = Object.entries(table).map(([name, { byte, fields }]) => {
    // It has no bytes of its own: the type byte stands before the fields.
    const type = field(
      '',
      () => {},
      () => name,
    )
    const all: Field<unknown> = struct({ type, ...fields })
    return { name, byte, all: all as Field<Frame>, read: byHand[name] ?? (all as Field<Frame>).read }
  })
  const byName = new Map(kinds.map((kind) => [kind.name, kind]))
  const byByte: ((typeof kinds)[number] | undefined)[] = []
  for (const kind of kinds) byByte[kind.byte] = kind
  const read = (byte: number, reader: ByteReader, version = VERSION_MAX): Frame => {
    const kind = byByte[byte]
    if (kind === undefined) throw unknownFrame(byte, noun)
    return kind.read(reader, version)
  }
  return {
    read,
    encode(frame, version = VERSION_MAX) {
      const { all, byte } = byName.get((frame as { readonly type: string }).type) as (typeof kinds)[number]
      return bytesOf(all, frame, version, byte)
    },
    decode(bytes, version) {
      const reader = new ByteReader(bytes)
      const frame = read(reader.u8(), reader, version)
      reader.done()
      return frame
    },
  }
}

function unknownFrame(byte: number, noun: string): DecodeError {
  const type = `a ${noun} of type 0x${byte.toString(16).padStart(2, '0')}`
  return new DecodeError(
    byte === VOLATILE
      ? `${type} is reserved for state that may be lost: no version sends it yet`
      : `${type} is not known`,
  )
}
