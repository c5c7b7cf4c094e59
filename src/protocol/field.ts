/** A field of a frame: it writes itself and is read again. Knows nothing of which fields and frames there are. */
import { ByteReader } from '../value/byte-reader.js'
import { ByteWriter } from '../value/byte-writer.js'
import { VERSION_MAX } from './frame-types.js'

export type WriteField<T> = (writer: ByteWriter, value: T, version: number) => void
/** Throws a `DecodeError`. Bytes are views on the input. */
export type ReadField<T> = (reader: ByteReader, version: number) => T

/** `version` is the one that both ends agreed on, where that makes a difference. */
export interface Field<T> {
  /** What docs/protocol.md calls it; '' for a struct. */
  readonly wire: string
  write(writer: ByteWriter, value: T, version: number): void
  read(reader: ByteReader, version: number): T
  /** The fields of a struct; of a list, and of what may be missing, `of`. */
  readonly parts: FieldsByName | null
}

/** FieldsByName in the order in which they are written. */
export type FieldsByName = Readonly<Record<string, Field<unknown>>>
export type TypeOf<F> = F extends Field<infer T> ? T : never
export type ValuesOf<S extends FieldsByName> = { readonly [N in keyof S]: TypeOf<S[N]> }

/** Every field is made here, so that engines see one shape of object. */
export function field<T>(
  wire: string,
  write: WriteField<T>,
  read: ReadField<T>,
  parts: FieldsByName | null = null,
): Field<T> {
  return { wire, write, read, parts }
}

/** One for all: nothing that is written calls anything that writes a frame of its own. */
const scratch = new ByteWriter()

/** The bytes of one field, behind a type where it is a frame. */
export function bytesOf<T>(of: Field<T>, given: T, version = VERSION_MAX, type?: number): Uint8Array {
  scratch.reset()
  if (type !== undefined) scratch.u8(type)
  of.write(scratch, given, version)
  return scratch.finish()
}

/** Reads one field that all bytes belong to. Throws a `DecodeError`. */
export function readAll<T>(of: Field<T>, bytes: Uint8Array, version = VERSION_MAX): T {
  const reader = new ByteReader(bytes)
  const read = of.read(reader, version)
  reader.done()
  return read
}
