/**
 * Types that say what a state is made of, for states that want to be smaller than plain ones, and checked:
 * `struct({ x: f32, hp: u8, name: text })`, records and lists of them. A type only describes; it neither writes nor reads.
 */
import { KIND, type Kind, SHAPE_FIELDS_MAX } from '../format/state-format.js'
import { handleOf, infoOf, type TypeInfo } from './type-info.js'

declare const values: unique symbol
declare const absence: unique symbol

/** A declared type for values `T`, made by `struct`, `record`, `list`, `range`, `optional` or one of the constants. Its value at run time is opaque. */
export interface FieldType<out T = unknown> {
  /** Only for the type checker. */
  readonly [values]: T
}

/** The values that a type describes: `StateOf<typeof world>`. */
export type StateOf<F> = F extends FieldType<infer T> ? T : never

interface OptionalType<out T> extends FieldType<T> {
  readonly [absence]: true
}

type OptionalKeys<F> = { [K in keyof F]: F[K] extends { readonly [absence]: true } ? K : never }[keyof F]
type StructOf<F> = { -readonly [K in Exclude<keyof F, OptionalKeys<F>>]: StateOf<F[K]> } & {
  -readonly [K in OptionalKeys<F>]?: StateOf<F[K]> | undefined
}
type Flat<T> = { [K in keyof T]: T[K] }

function type<T>(name: string, check: TypeInfo['check'], more: Partial<TypeInfo> = {}): FieldType<T> {
  const base = { name, kind: KIND.any, check, min: -Infinity, max: Infinity, step: 0 }
  const info: TypeInfo = { ...base, fields: undefined, element: undefined, isOptional: false, ...more }
  return handleOf(info) as unknown as FieldType<T>
}

function integer(name: string, kind: Kind, min: number, max: number): FieldType<number> {
  return type(name, 'integer', { kind, min, max })
}

/** Any value, encoded as in a state without declared types. */
export const any: FieldType<unknown> = type('any', 'any')
/** A number, exactly. */
export const f64: FieldType<number> = type('f64', 'number', { kind: KIND.f64 })
/** A number, rounded to 24 bits of precision, in the owner's state as well. */
export const f32: FieldType<number> = type('f32', 'number', { kind: KIND.f32 })
/** A declared whole number from 0 to 255, in one byte. Numbers are rounded, in the owner's state as well; those out of range are refused. */
export const u8: FieldType<number> = integer('u8', KIND.u8, 0, 255)
/** A declared whole number from 0 to 65,535, in two bytes. */
export const u16: FieldType<number> = integer('u16', KIND.u16, 0, 65_535)
/** A declared whole number from 0 to 2^32 - 1, in four bytes. */
export const u32: FieldType<number> = integer('u32', KIND.u32, 0, 4_294_967_295)
/** A declared whole number from -128 to 127, in one byte. */
export const i8: FieldType<number> = integer('i8', KIND.i8, -128, 127)
/** A declared whole number from -32,768 to 32,767, in two bytes. */
export const i16: FieldType<number> = integer('i16', KIND.i16, -32_768, 32_767)
/** A declared whole number from -2^31 to 2^31 - 1, in four bytes. */
export const i32: FieldType<number> = integer('i32', KIND.i32, -2_147_483_648, 2_147_483_647)
/** A declared string. */
export const text: FieldType<string> = type('text', 'text')
/** A declared boolean. */
export const bool: FieldType<boolean> = type('bool', 'bool')
/** A declared `Uint8Array`. */
export const bytes: FieldType<Uint8Array> = type('bytes', 'bytes')

/**
 * Numbers from `min` to `max` in steps of `step`, rounded to the nearest step (in the owner's state as well), and encoded in as few
 * bytes as the number of steps needs, at most 4. Numbers out of range are refused.
 */
export function range(min: number, max: number, step: number): FieldType<number> {
  const steps = Math.round((max - min) / step)
  if (!(step > 0) || !(steps >= 1) || steps > 4_294_967_295) {
    throw new RangeError(`range(${min}, ${max}, ${step}) has ${steps} steps; give 1 to 4294967295 of them`)
  }
  return type(`range(${min}, ${max}, ${step})`, 'range', { kind: KIND.range, min, max, step })
}

/** An object with exactly these keys. Throws `TypeError` for a field that is not a type. */
export function struct<F extends Readonly<Record<string, FieldType>>>(fields: F): FieldType<Flat<StructOf<F>>> {
  const keys = Object.keys(fields)
  if (keys.length > SHAPE_FIELDS_MAX) {
    throw new RangeError(
      `a struct has ${keys.length} fields, but at most ${SHAPE_FIELDS_MAX} are possible: move some into a nested struct`,
    )
  }
  const inherited = keys.find((key) => key in Object.prototype)
  if (inherited !== undefined)
    throw new RangeError(`a struct cannot have a field ${inherited}, because every object inherits one`)
  // Without a prototype it is of another kind than entities that began as `{}`: see `handleOf`.
  const infos = Object.create(null) as Record<string, TypeInfo>
  for (const key of keys) infos[key] = infoOf(fields[key], `the field ${key} of a struct`)
  return type('struct', 'struct', { fields: Object.freeze(infos) })
}

/** An object whose keys are data, such as ids that are added and removed. */
export function record<T>(of: FieldType<T>): FieldType<Record<string, T>> {
  const element = infoOf(of, 'the value type of a record')
  return type(`record of ${element.name}`, 'record', { element })
}

/** A `Map` of strings, or of whole numbers, in the order in which its entries were added. */
export function map<T, K extends string | number = string>(of: FieldType<T>): FieldType<Map<K, T>> {
  const element = infoOf(of, 'the value type of a Map')
  return type(`Map of ${element.name}`, 'map', { element })
}

/** An array. */
export function list<T>(of: FieldType<T>): FieldType<T[]> {
  const element = infoOf(of, 'the item type of a list')
  return type(`list of ${element.name}`, 'list', { element })
}

/** A field that may be absent or, equivalently, `undefined`. */
export function optional<T>(of: FieldType<T>): OptionalType<T> {
  return handleOf({ ...infoOf(of, 'what is optional'), isOptional: true }) as unknown as OptionalType<T>
}
