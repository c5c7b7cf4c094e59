/**
 * Types that say what a state is made of, for states that want to be smaller than plain ones, and checked:
 * `struct({ x: f32, hp: u8, name: text })`, records and lists of them. A type only describes; it neither writes nor reads.
 */
import { KIND, type Kind, SHAPE_FIELDS_MAX } from './state-format.js'

/** A type of the values `T`. Made by `struct`, `record`, `list`, `range` and the constants beside them. */
export interface FieldType<out T = unknown> {
  readonly name: string
  /** How numbers of this type are written; `any` for all else. */
  readonly kind: Kind
  readonly check: 'any' | 'number' | 'integer' | 'range' | 'text' | 'bool' | 'bytes' | 'struct' | 'record' | 'list'
  readonly min: number
  readonly max: number
  readonly step: number
  readonly fields: Readonly<Record<string, FieldType>> | undefined
  readonly element: FieldType | undefined
  readonly isOptional: boolean
  /** Only for the type checker. */
  readonly valueType?: T
}

/** The values that a type describes: `StateOf<typeof world>`. */
export type StateOf<F> = F extends FieldType<infer T> ? T : never

interface OptionalType<out T> extends FieldType<T> {
  readonly isOptional: true
}

type OptionalKeys<F> = { [K in keyof F]: F[K] extends { readonly isOptional: true } ? K : never }[keyof F]
type StructOf<F> = { -readonly [K in Exclude<keyof F, OptionalKeys<F>>]: StateOf<F[K]> } & {
  -readonly [K in OptionalKeys<F>]?: StateOf<F[K]> | undefined
}
type Flat<T> = { [K in keyof T]: T[K] }

function type<T>(name: string, check: FieldType['check'], more: Partial<FieldType> = {}): FieldType<T> {
  const base = { name, kind: KIND.any, check, min: -Infinity, max: Infinity, step: 0 }
  return Object.freeze({ ...base, fields: undefined, element: undefined, isOptional: false, ...more }) as FieldType<T>
}

function integer(name: string, kind: Kind, min: number, max: number): FieldType<number> {
  return type(name, 'integer', { kind, min, max })
}

/** Any value, found and written as in a state without types. */
export const any: FieldType<unknown> = type('any', 'any')
/** A number, exactly. */
export const f64: FieldType<number> = type('f64', 'number', { kind: KIND.f64 })
/** A number, rounded to 24 bits of precision in the owner's state too. */
export const f32: FieldType<number> = type('f32', 'number', { kind: KIND.f32 })
/** Whole numbers, rounded in the owner's state too; what is out of range is refused. */
export const u8: FieldType<number> = integer('u8', KIND.u8, 0, 255)
export const u16: FieldType<number> = integer('u16', KIND.u16, 0, 65_535)
export const u32: FieldType<number> = integer('u32', KIND.u32, 0, 4_294_967_295)
export const i8: FieldType<number> = integer('i8', KIND.i8, -128, 127)
export const i16: FieldType<number> = integer('i16', KIND.i16, -32_768, 32_767)
export const i32: FieldType<number> = integer('i32', KIND.i32, -2_147_483_648, 2_147_483_647)
export const text: FieldType<string> = type('text', 'text')
export const bool: FieldType<boolean> = type('bool', 'bool')
export const bytes: FieldType<Uint8Array> = type('bytes', 'bytes')

/**
 * Numbers from `min` to `max` in steps of `step`, rounded to the nearest step in the owner's state too, and written in as
 * few bytes as the count of steps needs (at most 4). What is out of range is refused.
 */
export function range(min: number, max: number, step: number): FieldType<number> {
  const steps = Math.round((max - min) / step)
  if (!(step > 0) || !(steps >= 1) || steps > 4_294_967_295) {
    throw new RangeError(`range(${min}, ${max}, ${step}) has ${steps} steps; give 1 to 4294967295 of them`)
  }
  return type(`range(${min}, ${max}, ${step})`, 'range', { kind: KIND.range, min, max, step })
}

export function rangeSteps({ min, max, step }: FieldType): number {
  return Math.round((max - min) / step)
}

/** How many bytes a number of a range takes. */
export function rangeBytes(type: FieldType): number {
  const steps = rangeSteps(type)
  return steps < 0x100 ? 1 : steps < 0x10000 ? 2 : 4
}

/** An object with these keys and no others. */
export function struct<F extends Readonly<Record<string, FieldType>>>(fields: F): FieldType<Flat<StructOf<F>>> {
  const keys = Object.keys(fields)
  if (keys.length > SHAPE_FIELDS_MAX) {
    throw new RangeError(
      `a struct of ${keys.length} fields: at most ${SHAPE_FIELDS_MAX} are possible, put some into a struct within it`,
    )
  }
  const inherited = keys.find((key) => key in Object.prototype)
  if (inherited !== undefined) throw new RangeError(`a struct cannot have a field ${inherited}: every object has one`)
  return type('struct', 'struct', { fields: Object.freeze({ ...fields }) })
}

/** An object whose keys are ids that come and go. */
export function record<T>(element: FieldType<T>): FieldType<Record<string, T>> {
  return type(`record of ${element.name}`, 'record', { element })
}

/** An array. */
export function list<T>(element: FieldType<T>): FieldType<T[]> {
  return type(`list of ${element.name}`, 'list', { element })
}

/** A field that may be absent, or `undefined`, which is the same. */
export function optional<T>(of: FieldType<T>): OptionalType<T> {
  return Object.freeze({ ...of, isOptional: true as const })
}
