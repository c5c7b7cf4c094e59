/**
 * Where the fields of a shape lie in a row: numbers among numbers, what is none among others, and in both where it may be either. What
 * is declared is in one of them only, so that a row takes up less memory and a comparison reads less.
 */
import type { TypeInfo } from './type-info.js'

export interface RowLayout {
  /** The place of each field among the numbers of its row, and among the others; -1 if it is never there. */
  readonly numberAt: readonly number[]
  readonly otherAt: readonly number[]
  /** How many places there are. */
  readonly numbers: number
  readonly others: number
}

export function layoutOf(types: readonly (TypeInfo | undefined)[]): RowLayout {
  let numbers = 0
  let others = 0
  const numberAt = types.map((type) => (isNumber(type) || isAnything(type) ? numbers++ : -1))
  const otherAt = types.map((type) => (isNumber(type) ? -1 : others++))
  return { numberAt, otherAt, numbers, others }
}

export function isNumber(type: TypeInfo | undefined): boolean {
  return type?.check === 'number' || type?.check === 'integer' || type?.check === 'range'
}

export function isAnything(type: TypeInfo | undefined): boolean {
  return type === undefined || type.check === 'any'
}
