/**
 * The limits of masters as options of a command: each has a flag and an environment variable of its own. Those of links
 * carry the word, because a gateway has limits of the same names. Knows no command.
 */
import type { LimitsOf, LimitsOption, LimitTable, OptionTable } from '../options/option-table.js'
import { BACK_OPTIONS, FRONT_OPTIONS } from '../run/role-options.js'

/** The limits of a role by the option that takes them: `{ limits, linkLimits }`. */
type GroupsOf<T extends OptionTable> = {
  readonly [Name in keyof T as T[Name] extends LimitsOption ? Name : never]: T[Name] extends {
    readonly limits: infer L extends LimitTable
  }
    ? LimitsOf<L>
    : never
}

/** The limits of a role, as options and as what is given to `startBack` or `startFront`. */
interface LimitOptions<T extends OptionTable> {
  readonly options: LimitTable
  grouped(values: Readonly<Record<string, unknown>>): GroupsOf<T>
}

export const BACK_LIMIT_OPTIONS = limitOptions(BACK_OPTIONS)
export const FRONT_LIMIT_OPTIONS = limitOptions(FRONT_OPTIONS)
/** Those of either, for a command that starts both. */
export const ALL_LIMIT_OPTIONS: LimitTable = { ...BACK_LIMIT_OPTIONS.options, ...FRONT_LIMIT_OPTIONS.options }

function limitOptions<const T extends OptionTable>(role: T): LimitOptions<T> {
  const groups = Object.entries(role).flatMap(([group, option]) =>
    option.kind === 'limits' ? [[group, option.limits] as const] : [],
  )
  const named = groups.flatMap(([group, limits]) =>
    Object.entries(limits).map(([name, limit]) => ({ group, name, limit, option: optionName(group, name) })),
  )
  return {
    options: Object.fromEntries(named.map(({ option, limit }) => [option, limit])),
    grouped(values) {
      const result: Record<string, Record<string, unknown>> = {}
      for (const { group, name, option } of named) (result[group] ??= {})[name] = values[option]
      return result as unknown as GroupsOf<T>
    },
  }
}

/** `heartbeatMs` of links is `linkHeartbeatMs`; `linkQueuedBytesMax` says it already. */
function optionName(group: string, name: string): string {
  if (group !== 'linkLimits' || name.startsWith('link')) return name
  return `link${name.charAt(0).toUpperCase()}${name.slice(1)}`
}
