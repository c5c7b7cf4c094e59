/**
 * The limits of masters as options of a command: each has a flag and an environment variable of its own. Those of links
 * carry the word, because a gateway has limits of the same names. Knows no command.
 */
import { BACK_ROLE_LIMITS, FRONT_ROLE_LIMITS } from '../run/role-limits.js'
import type { NumberOption } from './option-kinds.js'

interface Limit {
  readonly default: number
  readonly min: number
  readonly max: number
  readonly unit: NumberOption['unit']
  readonly description: string
}

/** The option of a role that takes limits, and its limits. */
type LimitGroups = Readonly<Record<string, Readonly<Record<string, Limit>>>>

/** The limits of some roles, as options and as what is given to `startBack` and `startFront`. */
export interface LimitOptions<Groups extends LimitGroups> {
  readonly options: Readonly<Record<string, NumberOption>>
  /** The options' values by group: `{ limits, linkLimits }`. */
  grouped(values: Readonly<Record<string, unknown>>): {
    readonly [G in keyof Groups]: { readonly [Name in keyof Groups[G]]: number }
  }
}

export const BACK_LIMIT_OPTIONS = limitOptions(BACK_ROLE_LIMITS)
export const FRONT_LIMIT_OPTIONS = limitOptions(FRONT_ROLE_LIMITS)
/** Those of either, for a command that starts both. */
export const ALL_LIMIT_OPTIONS: Readonly<Record<string, NumberOption>> = {
  ...BACK_LIMIT_OPTIONS.options,
  ...FRONT_LIMIT_OPTIONS.options,
}

function limitOptions<const Groups extends LimitGroups>(groups: Groups): LimitOptions<Groups> {
  const options: Record<string, NumberOption> = {}
  for (const [group, limits] of Object.entries(groups)) {
    for (const [name, limit] of Object.entries(limits)) options[optionName(group, name)] = { kind: 'number', ...limit }
  }
  return {
    options,
    grouped(values) {
      const result: Record<string, Record<string, unknown>> = {}
      for (const [group, limits] of Object.entries(groups)) {
        result[group] = Object.fromEntries(Object.keys(limits).map((name) => [name, values[optionName(group, name)]]))
      }
      return result as ReturnType<LimitOptions<Groups>['grouped']>
    },
  }
}

/** `heartbeatMs` of links is `linkHeartbeatMs`; `linkQueuedBytesMax` says it already. */
function optionName(group: string, name: string): string {
  if (group !== 'linkLimits' || name.startsWith('link')) return name
  return `link${name.charAt(0).toUpperCase()}${name.slice(1)}`
}
