/** What options mean, also where a table that browsers carry has it in the comments of its rows. */
import { readFileSync } from 'node:fs'
import type { Option, OptionTable } from '../../src/options/option-table.js'
import { inProject } from './project-root.js'

/** Tables whose rows are described by comments. */
const COMMENTED = ['src/client/connect-options.ts', 'src/session/link-end-limits.ts', 'src/predict/predict-options.ts']

const comments = new Map(
  COMMENTED.flatMap((path) =>
    [...readFileSync(inProject(path), 'utf8').matchAll(/\n {2}\/\*\*\s([^/]*?)\s\*\/\n {2}(\w+): /g)].map(
      ([, comment = '', name = '']) => [name, comment.replaceAll(/\s*\n\s*\* ?/g, ' ').trim()] as const,
    ),
  ),
)

/** The options of a table that are shown, each with its description. */
export function describedOptions(table: OptionTable): readonly (readonly [string, Option & { description: string }])[] {
  return Object.entries(table)
    .filter(([, { internal }]) => internal !== true)
    .map(([name, option]) => [name, { ...option, description: option.description ?? comments.get(name) ?? '' }])
}
