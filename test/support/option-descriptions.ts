/** What options mean, also where a table that browsers carry has it in the comments of its rows. */
import { readFileSync } from 'node:fs'
import type { Option, OptionTable } from '../../src/options/option-table.js'
import { inProject } from './project-root.js'

/** Tables whose rows are described by comments. */
const COMMENTED = ['src/client/connect-options.ts', 'src/session/link-end-limits.ts', 'src/predict/predict-options.ts']

/** The comments of each table: two tables may have a row of the same name. */
const comments: readonly ReadonlyMap<string, string>[] = COMMENTED.flatMap((path) =>
  readFileSync(inProject(path), 'utf8').split('\nexport const ').map(commentsOf),
)

function commentsOf(text: string): ReadonlyMap<string, string> {
  return new Map(
    [...text.matchAll(/\n {2}\/\*\*\s([^/]*?)\s\*\/\n {2}(\w+): /g)].map(([, comment = '', name = '']) => [
      name,
      comment
        .replace(/^\* ?/, '')
        .replaceAll(/\s*\n\s*\* ?/g, ' ')
        .trim(),
    ]),
  )
}

/** The options of a table that are shown, each with its description. */
export function describedOptions(table: OptionTable): readonly (readonly [string, Option & { description: string }])[] {
  const shown = Object.entries(table).filter(([, { internal }]) => internal !== true)
  const bare = shown.filter(([, { description }]) => description === undefined).map(([name]) => name)
  const described = comments.find((each) => bare.every((name) => each.has(name)))
  return shown.map(([name, option]) => [
    name,
    { ...option, description: option.description ?? described?.get(name) ?? '' },
  ])
}
