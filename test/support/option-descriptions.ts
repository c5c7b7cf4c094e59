/** What options mean, also where a table that browsers carry has it in the comments of its rows. */
import { readFileSync } from 'node:fs'
import { CONNECT_OPTIONS } from '../../src/client/connect-options.js'
import type { Option, OptionTable } from '../../src/options/option-table.js'
import { INTERPOLATOR_OPTIONS, PREDICTOR_OPTIONS } from '../../src/predict/predict-options.js'
import { LINK_END_LIMITS } from '../../src/session/link-end-limits.js'
import { inProject } from './project-root.js'

/** Tables whose rows are described by comments, with their names and files. What is not in a table itself is looked for in the others, the last first. */
const COMMENTED: readonly (readonly [table: OptionTable, name: string, path: string])[] = [
  [CONNECT_OPTIONS, 'CONNECT_OPTIONS', 'src/client/connect-options.ts'],
  [PREDICTOR_OPTIONS, 'PREDICTOR_OPTIONS', 'src/predict/predict-options.ts'],
  [INTERPOLATOR_OPTIONS, 'INTERPOLATOR_OPTIONS', 'src/predict/predict-options.ts'],
  [LINK_END_LIMITS, 'LINK_END_LIMITS', 'src/session/link-end-limits.ts'],
]

const commentsOf = new Map(COMMENTED.map(([table, name, path]) => [table, commentsIn(path, name)]))
const allComments = new Map([...commentsOf.values()].flatMap((comments) => [...comments]))

/** By the names of the rows. */
function commentsIn(path: string, table: string): ReadonlyMap<string, string> {
  const [, text = ''] = readFileSync(inProject(path), 'utf8').split(`export const ${table} = `)
  const rows = text.split('\nexport ', 1)[0]?.matchAll(/\n {2}\/\*\*\s([^/]*?)\s\*\/\n {2}(\w+): /g) ?? []
  return new Map(
    [...rows].map(([, comment = '', name = '']) => [name, comment.replaceAll(/(^|\s*\n)\s*\* ?/g, ' ').trim()]),
  )
}

/** The options of a table that are shown, each with its description. */
export function describedOptions(table: OptionTable): readonly (readonly [string, Option & { description: string }])[] {
  const comments = commentsOf.get(table)
  return Object.entries(table)
    .filter(([, { internal }]) => internal !== true)
    .map(([name, option]) => [
      name,
      { ...option, description: option.description ?? comments?.get(name) ?? allComments.get(name) ?? '' },
    ])
}
