/** Tables of limits: numbers with defaults. Knows nothing of what is limited. */
import { NUMBER } from './option-kinds.js'
import type { Limit, LimitsOf, LimitTable, NumberOption } from './option-table.js'

/** A table of limits, from rows that leave out that each is a number. */
export function limitTable<Name extends string>(
  rows: Readonly<Record<Name, Omit<Limit, keyof typeof NUMBER>>>,
): Readonly<Record<Name, Limit>> {
  const table = Object.entries<Omit<Limit, keyof typeof NUMBER>>(rows).map(([name, row]) => [
    name,
    { ...NUMBER, ...row },
  ])
  return Object.fromEntries(table) as Record<Name, Limit>
}

/** The defaults of a table. */
export function defaultsOf<T extends LimitTable>(table: T): LimitsOf<T> {
  return Object.fromEntries(Object.entries(table).map(([name, limit]) => [name, limit.default])) as LimitsOf<T>
}

/** A limit that is an option as well: given as that, it replaces the limit. */
export function limitAsOption({ default: _default, ...limit }: Limit): NumberOption {
  return limit
}
