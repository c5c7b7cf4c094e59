/**
 * What frames are described with: fields that write themselves and are read again, and what is made of them: structs, lists,
 * fields that may be missing or came with a later version. Knows nothing of which frames there are.
 */
import { ByteReader } from '../value/byte-reader.js'
import { ByteWriter } from '../value/byte-writer.js'
import { DecodeError } from '../value/decode-error.js'
import { VERSION_MAX } from './frame-types.js'
import { readHex8, writeHex8 } from './hex8.js'

type Write<T> = (writer: ByteWriter, value: T, version: number) => void
/** Throws a `DecodeError`. Bytes are views on the input. */
type Read<T> = (reader: ByteReader, version: number) => T

/** `version` is the one that both ends agreed on, where that makes a difference. */
export interface Field<T> {
  /** What docs/protocol.md calls it; '' for a struct. */
  readonly wire: string
  write(writer: ByteWriter, value: T, version: number): void
  read(reader: ByteReader, version: number): T
  /** The fields of a struct; of a list, and of what may be missing, `of`. */
  readonly parts: Fields | null
}

/** Fields in the order in which they are written. */
export type Fields = Readonly<Record<string, Field<unknown>>>
export type TypeOf<F> = F extends Field<infer T> ? T : never
export type ValuesOf<S extends Fields> = { readonly [N in keyof S]: TypeOf<S[N]> }

/** Every field is made here, so that engines see one shape of object. */
export function field<T>(wire: string, write: Write<T>, read: Read<T>, parts: Fields | null = null): Field<T> {
  return { wire, write, read, parts }
}

const writeUvarint: Write<number> = (writer, value) => writer.uvarint(value)
const writeBlob: Write<Uint8Array> = (writer, bytes) => writer.blob(bytes)
const writeRest: Write<Uint8Array> = (writer, bytes) => writer.raw(bytes)
const readRest: Read<Uint8Array> = (reader) => reader.rest()

export const u8 = /* @__PURE__ */ field(
  'u8',
  (writer, value: number) => writer.u8(value),
  (reader) => reader.u8(),
)
export const uvarint = field('uvarint', writeUvarint, (reader) => reader.uvarint())
export const f64 = field(
  'f64',
  (writer, value: number) => writer.f64(value),
  (reader) => reader.f64(),
)
export const text = field(
  'text',
  (writer, value: string) => writer.text(value),
  (reader) => reader.text(),
)
export const blob = field('blob', writeBlob, (reader) => reader.blob())
/** 16 hex digits, eight bytes. */
export const hex8 = field('hex8', writeHex8, readHex8)
export const bool = field(
  'bool',
  (writer, value: boolean) => writer.u8(value ? 1 : 0),
  (reader) => {
    const byte = reader.u8()
    if (byte > 1) throw new DecodeError(`a bool of ${byte}`)
    return byte === 1
  },
)
/** What is left of the frame, under the name of what it is. */
export const rest = (wire: string): Field<Uint8Array> => field(wire, writeRest, readRest)
/** A payload at the end of a frame. */
export const value = rest('value')

/** One byte that stands for a word. */
export function ordinal<K extends string>(what: string, ordinals: Readonly<Record<K, number>>): Field<K> {
  const words = new Map(Object.entries<number>(ordinals).map(([word, byte]) => [byte, word as K]))
  return field<K>(
    'u8',
    (writer, word) => writer.u8(ordinals[word]),
    (reader) => {
      const byte = reader.u8()
      const word = words.get(byte)
      if (word === undefined) throw new DecodeError(`unknown ${what} ${byte}`)
      return word
    },
  )
}

/** `read`: by hand, for what is read often; a literal is made several times faster than an object of named fields. */
export function struct<const S extends Fields>(fields: S, read?: Read<ValuesOf<S>>): Field<ValuesOf<S>> {
  const names = Object.keys(fields)
  const all = Object.values(fields)
  return field<ValuesOf<S>>(
    '',
    (writer, values, version) => {
      for (let i = 0; i < all.length; i++) all[i]?.write(writer, values[names[i] as keyof S], version)
    },
    read ??
      ((reader, version) => {
        const values: Record<string, unknown> = {}
        for (let i = 0; i < all.length; i++) values[names[i] as string] = all[i]?.read(reader, version)
        return values as ValuesOf<S>
      }),
    fields,
  )
}

/** A field that may be missing: null. */
export function optional<T>(of: Field<T>): Field<T | null> {
  return field<T | null>(
    'optional',
    (writer, given, version) => {
      bool.write(writer, given !== null, version)
      if (given !== null) of.write(writer, given, version)
    },
    (reader, version) => (bool.read(reader, version) ? of.read(reader, version) : null),
    { of },
  )
}

/** A count, believed only if that many bytes are left, and as many items. */
export function list<T>(of: Field<T>): Field<readonly T[]> {
  return field<readonly T[]>(
    'list',
    (writer, items, version) => {
      writer.uvarint(items.length)
      for (const item of items) of.write(writer, item, version)
    },
    (reader, version) => {
      const count = reader.uvarint()
      if (count > reader.remaining) throw new DecodeError('cut short')
      const items: T[] = []
      while (items.length < count) items.push(of.read(reader, version))
      return items
    },
    { of },
  )
}

/** A field that came with a version: between ends that speak an older one it is not sent, and reads as `absent`. */
export function since<T>(first: number, of: Field<T>, absent: T): Field<T> {
  return field<T>(
    'since',
    (writer, given, version) => {
      if (version >= first) of.write(writer, given, version)
    },
    (reader, version) => (version >= first ? of.read(reader, version) : absent),
    { of },
  )
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
