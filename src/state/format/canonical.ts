/**
 * The canonical encoding of a state: what the promise G2 compares. It is the encoding of values with the keys of every
 * object in the order of their UTF-16 code units, because the order of keys is not state. That of a Map is: its entries are written as they
 * come. Nor are state the class of an object, a property that is `undefined` (it is absent), a hole (it is `undefined`), and
 * whether two places hold the same object.
 */
import { ByteWriter } from '../../value/byte-writer.js'
import { problemOf } from '../../value/encode-error.js'
import { writeNumber, writeText, writeValue } from '../../value/encode-value.js'
import { LEAD, SMALL } from '../../value/value.js'
import * as STATE_LEAD from './state-lead.js'

/** Returns equal bytes for equal states, and different bytes for different states. Throws `TypeError` for a value that is not state. */
export function canonical(state: unknown): Uint8Array {
  const writer = new ByteWriter()
  write(writer, state, [])
  return writer.finish()
}

function write(writer: ByteWriter, value: unknown, ancestors: object[]): void {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return writeValue(writer, value)
  const problem = value instanceof Map && !ancestors.includes(value) ? undefined : problemOf(value, ancestors)
  if (problem !== undefined) throw new TypeError(`something ${problem}`)
  ancestors.push(value)
  if (value instanceof Map) {
    writer.u8(STATE_LEAD.map)
    writer.uvarint(value.size)
    for (const [key, entry] of value as Map<unknown, unknown>) {
      if (typeof key === 'number') writeNumber(writer, key)
      else writeText(writer, key as string)
      write(writer, entry, ancestors)
    }
  } else if (Array.isArray(value)) {
    writeCount(writer, value.length, SMALL.array, LEAD.array, LEAD.longArray)
    for (const entry of Array.from(value as unknown[])) write(writer, entry, ancestors)
  } else {
    const fields = Object.entries(value).filter(([, entry]) => entry !== undefined)
    fields.sort(([a], [b]) => (a < b ? -1 : 1))
    writeCount(writer, fields.length, SMALL.object, LEAD.object, LEAD.longObject)
    for (const [key, entry] of fields) {
      writeText(writer, key)
      write(writer, entry, ancestors)
    }
  }
  ancestors.pop()
}

function writeCount(writer: ByteWriter, count: number, most: number, small: number, long: number): void {
  if (count <= most) writer.u8(small + count)
  else {
    writer.u8(long)
    writer.uvarint(count)
  }
}
