/**
 * What frames are described with: numbers, texts, bytes, and what is made of them: structs, lists, fields that may be missing or came with
 * a later version. Imported as a whole, `wire.text`. Knows nothing of which frames there are.
 */
import { DecodeError } from '../value/decode-error.js'
import { type Field, field, type FieldsByName, type ReadField, type ValuesOf, type WriteField } from './field.js'
import { readHex8, writeHex8 } from './hex8.js'

const writeUvarint: WriteField<number> = (writer, value) => writer.uvarint(value)
const writeBlob: WriteField<Uint8Array> = (writer, bytes) => writer.blob(bytes)
const writeRest: WriteField<Uint8Array> = (writer, bytes) => writer.raw(bytes)
const readRest: ReadField<Uint8Array> = (reader) => reader.rest()

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
export function struct<const S extends FieldsByName>(fields: S, read?: ReadField<ValuesOf<S>>): Field<ValuesOf<S>> {
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
