/**
 * How a master's limits are written down and read: a table of names, defaults, bounds and units, and options that replace
 * single ones. Checked once, where a master is made. Knows nothing of what is limited.
 */
import { CentrumError } from '../protocol/errors.js'

export interface Limit {
  readonly default: number
  readonly min: number
  readonly max: number
  readonly unit: 'ms' | 'bytes' | 'count' | 'per second'
  /** What it bounds, and what happens at it. */
  readonly description: string
}

export type LimitTable = Readonly<Record<string, Limit>>
export type LimitsOf<T extends LimitTable> = { readonly [Name in keyof T]: number }

/**
 * The defaults with what was given instead. Throws a `CentrumError` `invalid-option` that names the limit, the value and what
 * is allowed. `owner` is what takes the limits, and begins the message.
 */
export function readLimits<T extends LimitTable>(
  owner: string,
  table: T,
  given: Partial<LimitsOf<T>> = {},
): LimitsOf<T> {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(table, name)) continue
    throw new CentrumError(
      'invalid-option',
      `${owner}: there is no limit '${name}'. There are: ${Object.keys(table).join(', ')}.`,
    )
  }
  const limits = {} as { [Name in keyof T]: number }
  for (const name of Object.keys(table) as (keyof T & string)[])
    limits[name] = checked(owner, name, table[name] as Limit, given[name])
  return limits
}

function checked(owner: string, name: string, limit: Limit, value: number | undefined): number {
  if (value === undefined) return limit.default
  if (Number.isSafeInteger(value) && value >= limit.min && value <= limit.max) return value
  const amount = limit.unit === 'count' ? 'a whole number' : `a whole number (${limit.unit})`
  throw new CentrumError(
    'invalid-option',
    `${owner}: ${name} is ${String(value)}. It must be ${amount} from ${limit.min} to ${limit.max}; the default is ${limit.default}.`,
  )
}
