/**
 * What a type of a declared state says, as the code that compares and writes reads it. `struct.ts` is what users see of it: there the
 * types of numbers that need not be whole are numbers, and this knows which is which.
 */
import type { Kind } from '../format/state-format.js'

export interface TypeInfo {
  readonly name: string
  /** How numbers of this type are written; `any` for all else. */
  readonly kind: Kind
  readonly check:
    | 'any'
    | 'number'
    | 'integer'
    | 'range'
    | 'text'
    | 'bool'
    | 'bytes'
    | 'struct'
    | 'record'
    | 'map'
    | 'list'
  readonly min: number
  readonly max: number
  readonly step: number
  readonly fields: Readonly<Record<string, TypeInfo>> | undefined
  readonly element: TypeInfo | undefined
  readonly isOptional: boolean
}

/** What stands for a type in a declaration. */
export type TypeHandle = number | TypeInfo

const fractions: TypeInfo[] = []
const numbers = new Map<string, number>()

/**
 * The engine takes a literal of types and one of an entity for objects of one kind if they have the same keys in the same order. A field that is
 * an object in the one and no whole number in the other would then be a field for anything, and take memory anew for each number that is set
 * in it. So the types of such numbers are such numbers: the smallest that there are, which nobody comes by otherwise.
 */
export function handleOf(info: TypeInfo): TypeHandle {
  const { name, check, isOptional } = info
  if (check !== 'number' && check !== 'range') return Object.freeze(info)
  const id = `${name} ${isOptional}`
  let number = numbers.get(id)
  if (number === undefined) {
    number = fractions.push(Object.freeze(info)) * Number.MIN_VALUE
    numbers.set(id, number)
  }
  return number
}

/** What a declaration says. Throws `TypeError` for what is no type. */
export function infoOf(type: unknown, what: string): TypeInfo {
  const info = typeof type === 'number' ? fractions[type / Number.MIN_VALUE - 1] : type
  if (typeof info === 'object' && info !== null && 'check' in info && 'kind' in info) return info as TypeInfo
  throw new TypeError(
    `${what} is not a type. Use one from centrum/state: f32, u8, text, struct({ … }), record(…), list(…).`,
  )
}

export function rangeSteps({ min, max, step }: TypeInfo): number {
  return Math.round((max - min) / step)
}

/** How many bytes a number of a range takes. */
export function rangeBytes(type: TypeInfo): number {
  const steps = rangeSteps(type)
  return steps < 0x100 ? 1 : steps < 0x10000 ? 2 : 4
}
