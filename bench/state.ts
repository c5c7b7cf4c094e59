/**
 * The table of state encoding: ours beside the peers, with ratios and goals. `npm run bench -- state`, or with the number of
 * processes that medians are taken over: `npm run bench -- state 5`. With `quick`, one process and the nine cells only.
 */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Measured } from './state/measure.js'

const WORKER = fileURLToPath(new URL('./state/measure.ts', import.meta.url))
const CELLS = [100, 1000, 10_000].flatMap((count) => [1, 10, 100].map((percent) => [count, percent] as const))

const print = (line = ''): void => void process.stdout.write(`${line}\n`)

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

/** Medians over several processes. */
function run(processes: number, ...args: (string | number)[]): Map<string, Measured> {
  const runs = Array.from({ length: processes }, () => {
    const out = execFileSync(process.execPath, ['--import', 'tsx', WORKER, ...args.map(String)], {
      encoding: 'utf8',
      maxBuffer: 1 << 24,
    })
    return JSON.parse(out) as Measured[]
  })
  const result = new Map<string, Measured>()
  for (const [i, { name }] of (runs[0] ?? []).entries()) {
    const of = (key: 'us' | 'ratio' | 'bytes'): number => median(runs.map((rows) => (rows[i] as Measured)[key]))
    result.set(name, { name, us: of('us'), ratio: of('ratio'), bytes: of('bytes') })
  }
  return result
}

function cell(value: number, digits: number, width = 9): string {
  return value.toFixed(digits).padStart(width)
}

function verdict(what: string, value: number, goal: number): void {
  print(`  ${value <= goal ? 'met   ' : 'MISSED'}  ${what}: ${value.toFixed(3)} (goal ${goal})`)
}

const geometric = (values: readonly number[]): number => Math.exp(median([mean(values.map(Math.log))]))
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

export default function bench(args: readonly string[]): Promise<void> {
  const isQuick = args.includes('quick')
  const processes = isQuick ? 1 : Number(args.find((arg) => /^\d+$/.test(arg)) ?? 3)
  print(
    `Mutating and encoding, CPU microseconds a tick, and bytes a patch; x is to @colyseus/schema, paired in one process;`,
  )
  print(`medians over ${processes} process${processes === 1 ? '' : 'es'}.`)
  print()
  print('entities  changed |   schema      B |    plain     x    Bx | declared     x    Bx |   narrow     x    Bx')
  const rows = CELLS.map(([count, percent]) => {
    // Each in a process of its own, beside the peer: code that has seen one kind of state only, as most servers have.
    const row = new Map(
      ['plain', 'declared', 'narrow'].flatMap((name) => [...run(processes, 'encode', 'schema', name, count, percent)]),
    )
    const schema = row.get('schema') as Measured
    const side = (name: string): string => {
      const { us, ratio, bytes } = row.get(name) as Measured
      return `${cell(us, 2)} ${cell(ratio, 2, 5)} ${cell(bytes / schema.bytes, 2, 5)}`
    }
    print(
      `${String(count).padStart(8)} ${`${percent} %`.padStart(8)} |${cell(schema.us, 2)} ${cell(schema.bytes, 0, 6)} |${side('plain')} |${side('declared')} |${side('narrow')}`,
    )
    return row
  })
  const ratios = (name: string): number[] => rows.map((row) => row.get(name)?.ratio ?? NaN)
  const bytes = (name: string): number[] =>
    rows.map((row) => (row.get(name) as Measured).bytes / (row.get('schema') as Measured).bytes)
  print()
  verdict('plain state, the slowest cell', Math.max(...ratios('plain')), 0.67)
  verdict('plain state, geometric mean', geometric(ratios('plain')), 0.5)
  verdict('declared shapes, geometric mean', geometric(ratios('declared')), 0.33)
  verdict('bytes of plain state, the greatest cell', Math.max(...bytes('plain')), 1)
  verdict('bytes of narrow types, the greatest cell', Math.max(...bytes('narrow')), 0.6)
  if (!isQuick) more(processes)
  return Promise.resolve()
}

function more(processes: number): void {
  print()
  const others = ['schema', 'plain', 'nothing', 'msgpack+fossil', 'fast-json-patch', 'immer']
  print(`Others, 1,000 entities, 10 %: microseconds, x to schema, bytes`)
  const table = run(1, 'encode', ...others, 1000, 10)
  for (const { name, us, ratio, bytes } of table.values()) {
    print(`  ${name.padEnd(16)} ${cell(us, 1)} ${cell(ratio, 2)} ${cell(bytes, 0)}`)
  }
  verdict(
    'to the whole state packed and compared',
    (table.get('plain') as Measured).us / (table.get('msgpack+fossil') as Measured).us,
    0.01,
  )
  const section = (title: string, rows: Map<string, Measured>): void => {
    print()
    print(title)
    for (const { name, us, ratio, bytes } of rows.values()) {
      print(
        `  ${name.padEnd(22)} ${us ? cell(us, 1) : ' '.repeat(9)} ${us ? cell(ratio, 2) : ' '.repeat(9)} ${cell(bytes, 0)}`,
      )
    }
  }
  const decoded = run(processes, 'decode', 1000, 10)
  section('Applying patches with change callbacks on, 1,000 entities, 10 %: microseconds, x, bytes', decoded)
  verdict('plain state', decoded.get('plain')?.ratio ?? NaN, 0.2)
  const read = run(processes, 'read', 10_000)
  section('Reading 10,000 entities and changing none, then a patch: microseconds, x, bytes', read)
  verdict('bytes', read.get('plain')?.bytes ?? NaN, 0)
  const churn = run(processes, 'churn', 1000)
  section('A tenth of 1,000 entities go and as many come in each tick: microseconds, x, bytes', churn)
  verdict('plain state', churn.get('plain')?.ratio ?? NaN, 0.67)
  const keyframes = run(processes, 'keyframes', 10_000)
  section('Keyframes of 10,000 entities (ours with a tick before each): microseconds, x to msgpackr, bytes', keyframes)
  const packed = (keyframes.get('msgpackr') as Measured).bytes
  verdict('bytes', (keyframes.get('plain') as Measured).bytes / packed, 0.9)
  verdict('bytes, compressed', (keyframes.get('plain, compressed') as Measured).bytes / packed, 0.5)
  verdict('time', (keyframes.get('plain') as Measured).ratio, 1)
}
