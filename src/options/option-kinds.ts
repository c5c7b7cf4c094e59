/**
 * The kinds of options: which values each accepts and what that is in words. A row of a table begins with its kind, so that
 * a browser carries only the kinds that its tables use. Knows no table.
 */
import { isRecord } from './describe-value.js'
import type {
  ChoiceOption,
  FoldersOption,
  LimitsOption,
  NumberOption,
  ObjectOption,
  SwitchOption,
  TextOption,
  TextsOption,
} from './option-table.js'

export const NUMBER = {
  kind: 'number',
  accepts: ({ fraction, min, max }: NumberOption, value: unknown) =>
    typeof value === 'number' && (fraction || Number.isInteger(value)) && value >= min && value <= max,
  must: (option: NumberOption) => `be ${rangeOf(option)}`,
} as const

export const TEXT = {
  kind: 'text',
  accepts: ({ form }: TextOption, value: unknown) =>
    typeof value === 'string' && value !== '' && form?.matches.test(value) !== false,
  must: ({ form }: TextOption) => form?.must ?? 'be a string that is not empty',
} as const

export const CHOICE = {
  kind: 'choice',
  accepts: ({ choices }: ChoiceOption, value: unknown) => choices.includes(value as string),
  must: ({ choices }: ChoiceOption) => `be one of ${choices.map((choice) => `'${choice}'`).join(', ')}`,
} as const

export const TEXTS = {
  kind: 'texts',
  accepts: areTexts,
  must: () => 'be a string, or a list of at least one',
  part: wrongText,
  read: listOf,
  none: () => [],
} as const

export const FOLDERS = {
  kind: 'folders',
  accepts: areTexts,
  must: () => 'be a folder, or a list of at least one',
  part: wrongText,
  read: listOf,
  none: () => [],
} as const

export const SWITCH = {
  kind: 'switch',
  accepts: (_: SwitchOption, value: unknown) => typeof value === 'boolean',
  must: () => 'be true or false',
  none: () => false,
} as const

export const LIMITS = {
  kind: 'limits',
  accepts: (_: LimitsOption, value: unknown) => isRecord(value),
  must: () => 'be an object of limits by name',
} as const

export const OBJECT = {
  kind: 'object',
  accepts: ({ is }: ObjectOption, value: unknown) => is(value),
  must: ({ expected }: ObjectOption) => `be ${expected}`,
} as const

/** What a number must be, as the end of a sentence. */
export function rangeOf({ min, max, unit, fraction }: NumberOption): string {
  return `a ${fraction ? '' : 'whole '}number from ${min} to ${max}${unit === 'count' ? '' : ` (${unit})`}`
}

function areTexts(_: TextsOption | FoldersOption, value: unknown): boolean {
  const texts = listOf(value)
  return texts.length > 0 && texts.every(isText)
}

/** The first of several values that is not accepted; all of them where none is wrong by itself. */
function wrongText(value: unknown): unknown {
  return listOf(value).find((each) => !isText(each)) ?? value
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [value]
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
