/** The bounds that are constants of one file and no options: what stands in the sources as `const …_MAX`, with its comment. */
import { readFileSync } from 'node:fs'
import { filesUnder } from './files-under.js'
import { inProject } from './project-root.js'

export interface FixedBound {
  readonly name: string
  readonly room: string
  readonly file: string
  readonly value: number
  /** Its comment; empty where it has none. */
  readonly description: string
}

const BOUND = /^(?:export )?const ([A-Z][A-Z0-9_]*_MAX) = ([0-9_ *<+-]+)$/

/** Where nothing runs in production: the simulator. */
const LEFT_OUT = ['src/testing/']

export function fixedBounds(): FixedBound[] {
  return filesUnder('src')
    .filter((path) => path.endsWith('.ts') && !LEFT_OUT.some((folder) => path.startsWith(folder)))
    .flatMap((path) => boundsOf(path, readFileSync(inProject(path), 'utf8').split('\n')))
}

function boundsOf(file: string, lines: readonly string[]): FixedBound[] {
  return lines.flatMap((line, i) => {
    const [, name, expression = ''] = BOUND.exec(line) ?? []
    if (name === undefined) return []
    const [, description = ''] = /^\/\*\* (.*) \*\/$/.exec(lines[i - 1] ?? '') ?? []
    const room = file.split('/').slice(1, -1).join('/')
    return [{ name, room, file, value: valueOf(expression), description }]
  })
}

/** Products, sums and shifts of whole numbers, as the sources write them. */
function valueOf(expression: string): number {
  const [shifted, by] = expression.replaceAll('_', '').split('<<')
  const product = (text: string): number =>
    text
      .split('**')
      .map((of) => of.split('*').reduce((a, b) => a * Number(b), 1))
      .reduce((a, b) => a ** b)
  const sum = (shifted ?? '')
    .split('-')
    .map(product)
    .reduce((a, b) => a - b)
  return by === undefined ? sum : sum * 2 ** Number(by)
}
