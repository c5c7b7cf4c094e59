/** What was measured of state, as text and as markdown, and the goals that it is held against. Measures nothing. */
import { readFileSync } from 'node:fs'
import { arch, cpus, platform } from 'node:os'
import type { Measured } from './measure.js'

export type Rows = Map<string, Measured>

export interface Cell {
  readonly count: number
  readonly percent: number
  readonly rows: Rows
}

export interface Results {
  readonly head: Head
  readonly cells: readonly Cell[]
  readonly sections: {
    readonly name: 'decode' | 'read' | 'churn' | 'keyframes'
    readonly title: string
    readonly rows: Rows
  }[]
}

interface Head {
  readonly machine: string
  readonly node: string
  readonly peers: string
  readonly processes: string
}

interface Goal {
  readonly what: string
  readonly value: number
  readonly goal: number
  readonly note?: string
}

export const OURS = ['plain', 'declared', 'narrow'] as const
export const OTHERS = ['nothing', 'notepack+fossil', 'msgpack+fossil', 'fast-json-patch', 'immer'] as const

export function headOf(processes: number): Head {
  const version = (name: string): string => {
    const manifest = readFileSync(new URL(`../../node_modules/${name}/package.json`, import.meta.url), 'utf8')
    return `${name} ${(JSON.parse(manifest) as { version: string }).version}`
  }
  const all = cpus()
  return {
    machine: `${all[0]?.model.trim() ?? 'unknown'}, ${all.length} cores, ${platform()} ${arch()}`,
    node: process.version,
    peers: ['@colyseus/schema', 'notepack.io', 'msgpackr', 'fossil-delta', 'fast-json-patch', 'immer']
      .map(version)
      .join(', '),
    processes: processes === 1 ? '1 process' : `${processes} processes in alternating order`,
  }
}

const row = (rows: Rows, name: string): Measured => rows.get(name) ?? { name, us: NaN, ratio: NaN, bytes: NaN }
const percentOf = (cell: Cell): string => `${cell.percent} %`
const bytesToSchema = ({ rows }: Cell, name: string): number => row(rows, name).bytes / row(rows, 'schema').bytes
const number = (value: number, digits: number): string => (Number.isNaN(value) ? '–' : value.toFixed(digits))
const pad = (value: number, digits: number, width: number): string => number(value, digits).padStart(width)
/** Three digits that count, in microseconds. */
const time = (us: number): string => number(us, us < 10 ? 2 : us < 100 ? 1 : 0)

function geometric(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}

export function goalsOf({ cells, sections }: Results): Goal[] {
  const ratios = (name: string): number[] => cells.map(({ rows }) => row(rows, name).ratio)
  const bytes = (name: string): number[] => cells.map((cell) => bytesToSchema(cell, name))
  const goals: Goal[] = [
    { what: 'plain state to schema, the slowest cell', value: Math.max(...ratios('plain')), goal: 0.67 },
    { what: 'plain state to schema, geometric mean', value: geometric(ratios('plain')), goal: 0.5 },
    { what: 'declared shapes to schema, geometric mean', value: geometric(ratios('declared')), goal: 0.33 },
    { what: 'bytes of plain state to schema, the greatest cell', value: Math.max(...bytes('plain')), goal: 1 },
    { what: 'bytes of narrow types to schema, the greatest cell', value: Math.max(...bytes('narrow')), goal: 0.6 },
  ]
  const section = (name: string): Rows | undefined => sections.find((each) => each.name === name)?.rows
  const [decode, read, churn, keyframes] = [section('decode'), section('read'), section('churn'), section('keyframes')]
  if (!decode || !read || !churn || !keyframes) return goals
  const toOriginal = ({ rows }: Cell): number => 1 / row(rows, 'notepack+fossil').ratio
  const changingToOriginal = (cell: Cell): number => row(cell.rows, 'nothing').ratio * toOriginal(cell)
  const packed = row(keyframes, 'msgpackr').bytes
  const large = cells.filter(({ count }) => count >= 1000)
  const toWhole = 'plain state to the whole state packed and compared (notepack), 1,000 entities and more'
  goals.push({ what: `${toWhole}, geometric mean`, value: geometric(large.map(toOriginal)), goal: 0.01 })
  for (const percent of [1, 10, 100]) {
    const some = large.filter((cell) => cell.percent === percent)
    const note = `changing the state alone: ${Math.max(...some.map(changingToOriginal)).toFixed(4)}`
    goals.push({ what: `${toWhole}, ${percent} %`, value: Math.max(...some.map(toOriginal)), goal: 0.01, note })
  }
  goals.push(
    { what: 'applying patches to schema, plain state', value: row(decode, 'plain').ratio, goal: 0.2 },
    { what: 'bytes of a patch after reading', value: row(read, 'plain').bytes, goal: 0 },
    { what: 'adding and removing to schema, plain state', value: row(churn, 'plain').ratio, goal: 0.67 },
    { what: 'bytes of a keyframe to msgpackr', value: row(keyframes, 'plain').bytes / packed, goal: 0.9 },
    {
      what: 'bytes of a keyframe, compressed, to msgpackr',
      value: row(keyframes, 'plain, compressed').bytes / packed,
      goal: 0.5,
    },
    { what: 'time of a keyframe to msgpackr', value: row(keyframes, 'plain').ratio, goal: 1 },
  )
  return goals
}

export function textOfHead({ machine, node, peers, processes }: Head): string {
  return [
    `${machine}; Node ${node}; ${peers}`,
    `Mutating and encoding, CPU microseconds a tick, and bytes a patch (B); x is to @colyseus/schema, measured in turns in the same process;`,
    `medians over ${processes}.`,
    '',
    `entities  changed |   schema      B |${OURS.map((name) => name.padStart(9)).join('     x    Bx |')}     x    Bx |${OTHERS.map((name) => name.padStart(16)).join('')}`,
  ].join('\n')
}

export function textOfCell(cell: Cell): string {
  const { count, rows } = cell
  const schema = row(rows, 'schema')
  const ours = OURS.map((name) => {
    const { us, ratio } = row(rows, name)
    return `${pad(us, 2, 9)} ${pad(ratio, 2, 5)} ${pad(bytesToSchema(cell, name), 2, 5)} |`
  })
  const others = OTHERS.map((name) => pad(row(rows, name).us, 1, 16))
  return `${String(count).padStart(8)} ${percentOf(cell).padStart(8)} |${pad(schema.us, 2, 9)} ${pad(schema.bytes, 0, 6)} |${ours.join('')}${others.join('')}`
}

export function textOfRows(title: string, rows: Rows): string {
  const lines = [...rows.values()].map(
    ({ name, us, ratio, bytes }) =>
      `  ${name.padEnd(22)} ${pad(us || NaN, 1, 9)} ${pad(us ? ratio : NaN, 2, 9)} ${pad(bytes, 0, 9)}`,
  )
  return ['', `${title}: microseconds, x, bytes`, ...lines].join('\n')
}

export function textOfGoals(goals: readonly Goal[]): string {
  const lines = goals.map(({ what, value, goal, note }) => {
    const more = note === undefined ? '' : `; ${note}`
    return `  ${value <= goal ? 'met   ' : 'MISSED'}  ${what}: ${value.toFixed(3)} (goal ${goal}${more})`
  })
  return ['', 'Goals', ...lines].join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

/** The tables of docs/state.md. */
export function markdownOf(results: Results): string {
  const { head, cells, sections } = results
  const ofCells = cells.map(({ count, percent, rows }) => [
    `${count.toLocaleString('en')}, ${percent} %`,
    ...['schema', 'plain', 'declared', ...OTHERS].map((name) => time(row(rows, name).us)),
    ...['schema', 'plain', 'narrow'].map((name) => number(row(rows, name).bytes, 0)),
  ])
  const ofSections = sections.flatMap(({ title, rows }) =>
    [...rows.values()].map(({ name, us, bytes }) => [title, name, time(us || NaN), number(bytes, 0)]),
  )
  return [
    `\`npm run bench -- state --markdown\` on ${head.machine}, Node ${head.node}, medians over ${head.processes}; ${head.peers}.`,
    'An entity has an id, two positions, health and a name; a tick moves some and hurts a tenth of those. CPU microseconds for a tick, changing and',
    'encoding together, and bytes of its patch. `nothing` changes the state and encodes nothing; `notepack+fossil` and',
    '`msgpack+fossil` pack the whole state (by notepack.io, by msgpackr) and compare it with the one before. `declared` has `f64` positions, `narrow` has `f32`.',
    '',
    table(['entities, changed', 'schema', 'plain', 'declared', ...OTHERS, 'bytes: schema', 'plain', 'narrow'], ofCells),
    '',
    table(['other work', 'by', 'µs', 'bytes'], ofSections),
    '',
  ].join('\n')
}
