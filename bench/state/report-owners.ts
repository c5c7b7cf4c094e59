/**
 * The ordinary owners beside the peer, on this Node and on others that are given: each side in a process of its own, measured batch by batch in
 * turns, so that whatever else the machine does meets all sides alike. The ratios are medians of those of one round.
 */
import { buildSync } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { Child } from '../processes/child.js'
import { median } from '../processes/median.js'
import type { Library, OwnerFace } from './measure-owner.js'
import type { Form } from './owner.js'
import { OWNERS } from './owners.js'

const WORKER = fileURLToPath(new URL('../.build/measure-owner.mjs', import.meta.url))
const SOURCE = fileURLToPath(new URL('./measure-owner.ts', import.meta.url))

const SIDES = ['schema', 'bare', 'plain', 'map'] as const
type Side = (typeof SIDES)[number]
const FORMS: Readonly<Record<Side, readonly [Form, Library]>> = {
  schema: ['schema', 'schema'],
  bare: ['plain', 'bare'],
  plain: ['plain', 'centrum'],
  map: ['map', 'centrum'],
}
const ROUNDS = 21

/** Microseconds a turn, round by round, and the bytes of a patch. */
interface Measured {
  readonly rounds: Readonly<Record<Side, number>>[]
  readonly bytes: ReadonlyMap<Side, number>
}

function geometric(ratios: readonly number[]): number {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
}

async function measure(node: string, name: string, sides: readonly Side[]): Promise<Measured> {
  const children = new Map(sides.map((side) => [side, new Child<OwnerFace>(node, [], WORKER)]))
  try {
    for (const [side, child] of children) await child.ask('start', name, ...FORMS[side])
    const rounds: Record<Side, number>[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const times: Record<Side, number> = { schema: NaN, bare: NaN, plain: NaN, map: NaN }
      for (const [side, child] of round % 2 ? [...children].toReversed() : children) {
        times[side] = await child.ask('measure')
      }
      rounds.push(times)
    }
    const bytes = new Map<Side, number>()
    for (const [side, child] of children) bytes.set(side, await child.ask('bytes'))
    return { rounds, bytes }
  } finally {
    for (const child of children.values()) await child.stop()
  }
}

/** A Markdown table for one Node. */
export async function ownersTable(node: string, processes: number): Promise<string> {
  buildSync({
    entryPoints: [SOURCE],
    outfile: WORKER,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  })
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()
  const lines = [
    `| owner, Node ${version} | schema | the same on bare objects | plain | Map | plain / schema | added / schema | Map / schema | bytes: schema | plain |`,
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ]
  const ratios = { plain: [] as number[], added: [] as number[], map: [] as number[] }
  for (const [name, { about, hasMap }] of Object.entries(OWNERS)) {
    const sides = SIDES.filter((side) => side !== 'map' || hasMap)
    const all: Measured[] = []
    for (let i = 0; i < processes; i++) all.push(await measure(node, name, sides))
    const rounds = all.flatMap((measured) => measured.rounds)
    const of = (value: (times: Readonly<Record<Side, number>>) => number): number => median(rounds.map(value))
    const plain = of((times) => times.plain / times.schema)
    const added = of((times) => (times.plain - times.bare) / times.schema)
    const map = of((times) => times.map / times.schema)
    ratios.plain.push(plain)
    // What is less than nothing was not measured.
    ratios.added.push(Math.max(added, 0.01))
    if (hasMap) ratios.map.push(map)
    const cells = (['schema', 'bare', 'plain', 'map'] as const).map((side) =>
      side === 'map' && !hasMap ? '–' : time(of((times) => times[side])),
    )
    const [theirs, ours] = (['schema', 'plain'] as const).map((side) => all[0]?.bytes.get(side))
    const shown = [plain.toFixed(2), added.toFixed(2), hasMap ? map.toFixed(2) : '–', theirs, ours]
    lines.push(`| ${about} | ${[...cells, ...shown].join(' | ')} |`)
  }
  const means = [ratios.plain, ratios.added, ratios.map].map((each) => geometric(each).toFixed(2))
  lines.push(`| geometric mean | | | | | ${means.join(' | ')} | | |`)
  return `${lines.join('\n')}\n`
}

const time = (us: number): string => us.toFixed(us < 10 ? 2 : 1)
