/** Finds what in a state does not fit its declared shape, and says what to do. Only failures come here. */
import { EncodeError, pathOf } from '../../value/encode-error.js'
import { isFields, narrow } from './narrow.js'
import type { TypeInfo } from './type-info.js'

/** The error for the first value that does not fit, or undefined if all do. */
export function findMisfit(value: unknown, type: TypeInfo, path = '$'): EncodeError | undefined {
  if (value === undefined && type.isOptional) return undefined
  // Of what is declared as any everything fits but nothing.
  if (narrow(value, type) === undefined) {
    return new EncodeError(path, `is ${describe(value)}, but was declared as ${type.name}. ${remedy(value, type)}`)
  }
  if (type.check === 'list') return findAmong(Array.from((value as unknown[]).entries()), type.element, path)
  if (type.check === 'map') return findAmong([...(value as Map<string | number, unknown>)], type.element, path)
  if (!isFields(value)) return undefined
  if (type.check === 'record') return findAmong(Object.entries(value), type.element, path)
  if (type.check !== 'struct' || !type.fields) return undefined
  for (const key of Object.keys(value)) {
    if (value[key] !== undefined && !Object.hasOwn(type.fields, key)) {
      return new EncodeError(pathOf(path, key), 'was not declared. Add it to the struct, or keep it elsewhere.')
    }
  }
  for (const [key, field] of Object.entries(type.fields)) {
    const found = findMisfit(value[key], field, pathOf(path, key))
    if (found) return found
  }
  return undefined
}

function findAmong(
  entries: [string | number, unknown][],
  type: TypeInfo | undefined,
  path: string,
): EncodeError | undefined {
  if (!type) return undefined
  for (const [key, value] of entries) {
    // Absent from a record, and an element of a list of anything.
    if (value === undefined && (typeof key === 'string' || type.check === 'any')) continue
    const found = findMisfit(value, type, pathOf(path, key))
    if (found) return found
  }
  return undefined
}

function describe(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return `the text ${JSON.stringify(value.slice(0, 20))}`
  if (value === undefined) return 'absent'
  if (value === null || typeof value === 'boolean') return String(value)
  if (value instanceof Map) return 'a Map'
  return Array.isArray(value) ? 'an array' : 'an object'
}

function remedy(value: unknown, type: TypeInfo): string {
  if (value === undefined) return 'Set it, or declare it optional(…).'
  if (typeof value === 'number' && Number.isFinite(type.min)) {
    return `Keep it within ${type.min} to ${type.max}, or declare a wider type.`
  }
  return 'Set a value of that type, or declare another.'
}
