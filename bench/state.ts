/**
 * The table of state encoding: ours beside the peers, with ratios and goals. `npm run bench -- state`, or with the number of
 * processes that medians are taken over: `npm run bench -- state 5`. Ordinary owners come first; `owners` stops after them, `quick` after the nine
 * cells of one process. `--node path` measures the owners on another Node as well.
 * `--markdown` prints what docs/state.md has between its marks, and writes it there.
 */
import { buildSync } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Measured } from './state/measure.js'
import { ownersTable } from './state/report-owners.js'
import {
  goalsOf,
  headOf,
  markdownOf,
  OTHERS,
  OURS,
  type Results,
  type Rows,
  textOfCell,
  textOfGoals,
  textOfHead,
  textOfRows,
} from './state/report.js'

/** What measures runs as plain JavaScript, as it would in production: a loader in the process makes all that is measured slower. */
const WORKER = fileURLToPath(new URL('./.build/measure.mjs', import.meta.url))
const WORKER_SOURCE = fileURLToPath(new URL('./state/measure.ts', import.meta.url))
const DOCUMENT = fileURLToPath(new URL('../docs/state.md', import.meta.url))
const MARKED = /(<!-- bench -->\n)[^]*?(<!-- \/bench -->)/
const PROCESSES = 3

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number
}

/** Medians over several processes, every other of which measures in the reverse order. */
function run(processes: number, ...args: (string | number)[]): Rows {
  const runs = Array.from({ length: processes }, (_, i) => {
    const order = i % 2 ? ['--reverse'] : []
    const out = execFileSync(process.execPath, [WORKER, ...args.map(String), ...order], {
      encoding: 'utf8',
      maxBuffer: 1 << 24,
    })
    return new Map((JSON.parse(out) as Measured[]).map((row) => [row.name, row]))
  })
  const names = [...(runs[0]?.keys() ?? [])]
  const of = (name: string, key: 'us' | 'ratio' | 'bytes'): number =>
    median(runs.map((rows) => (rows.get(name) as Measured)[key]))
  return new Map(
    names.map((name) => [name, { name, us: of(name, 'us'), ratio: of(name, 'ratio'), bytes: of(name, 'bytes') }]),
  )
}

export default async function bench(args: readonly string[]): Promise<void> {
  const isQuick = args.includes('quick')
  const isMarkdown = args.includes('--markdown')
  const processes = isQuick ? 1 : Number(args.find((arg) => /^\d+$/.test(arg)) ?? PROCESSES)
  const print = (text: string): void => void (isMarkdown ? process.stderr : process.stdout).write(`${text}\n`)
  const head = headOf(processes)
  buildSync({
    entryPoints: [WORKER_SOURCE],
    outfile: WORKER,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  })
  print(textOfHead(head))
  const others = args.flatMap((arg, i) => (arg === '--node' ? [args[i + 1] as string] : []))
  const owners: string[] = []
  for (const node of isQuick ? [] : [process.execPath, ...others]) {
    const table = await ownersTable(node, processes)
    owners.push(table)
    print(table)
  }
  if (args.includes('owners')) return

  const cells = [100, 1000, 10_000].flatMap((count) =>
    [1, 10, 100].map((percent) => {
      // Each in a process of its own, beside the peer: code that has seen one kind of state only, as most servers have.
      const pairs = OURS.map((name) => run(processes, 'encode', 'schema', name, count, percent))
      const rows: Rows = new Map(pairs.flatMap((pair) => [...pair]))
      const theirs = pairs.map((pair) => pair.get('schema') as Measured)
      rows.set('schema', theirs.toSorted((a, b) => a.us - b.us)[1] as Measured)
      // The others are so far away that one process will do, beside plain state. Not one for all: the code that changes the state is one
      // for all in a process, and slow if the states differ.
      for (const name of isQuick ? [] : OTHERS) {
        rows.set(name, run(1, 'encode', 'plain', name, count, percent).get(name) as Measured)
      }
      const cell = { count, percent, rows }
      print(textOfCell(cell))
      return cell
    }),
  )
  const results: Results = { head, cells, sections: [] }
  if (!isQuick) {
    const sections = [
      ['decode', 'Applying patches with handlers on, 1,000 entities, 10 %', run(processes, 'decode', 1000, 10)],
      ['read', 'Reading 10,000 entities and changing none, then a patch', run(processes, 'read', 10_000)],
      ['churn', 'A tenth of 1,000 entities go and as many come in each tick', run(processes, 'churn', 1000)],
      ['keyframes', 'Keyframes of 10,000 entities, ours with a tick before each', run(processes, 'keyframes', 10_000)],
    ] as const
    for (const [name, title, rows] of sections) {
      results.sections.push({ name, title, rows })
      print(textOfRows(title, rows))
    }
  }
  print(textOfGoals(goalsOf(results)))
  if (isMarkdown) {
    const markdown = `${owners.join('\n')}\n${markdownOf(results)}`
    process.stdout.write(markdown)
    const document = readFileSync(DOCUMENT, 'utf8')
    if (!MARKED.test(document)) throw new Error('docs/state.md has no <!-- bench --> and <!-- /bench -->')
    writeFileSync(
      DOCUMENT,
      document.replace(MARKED, (_, open, close) => `${open}\n${markdown}\n${close}`),
    )
  }
}
