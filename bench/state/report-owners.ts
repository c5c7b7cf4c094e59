/** The ordinary owners beside the peer: medians over processes in alternating order, on this Node and on others that are given. */
import { buildSync } from 'esbuild'
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { OWNERS } from './owners.js'

const WORKER = fileURLToPath(new URL('../.build/measure-owner.mjs', import.meta.url))
const SOURCE = fileURLToPath(new URL('./measure-owner.ts', import.meta.url))

const SIDES = [
  ['schema', 'schema', 'centrum'],
  ['bare', 'plain', 'bare'],
  ['plain', 'plain', 'centrum'],
  ['map', 'map', 'centrum'],
] as const
type Side = (typeof SIDES)[number][0]

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number
}

function mean(ratios: readonly number[]): number {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
}

/** A Markdown table for one Node. */
export function ownersTable(node: string, processes: number): string {
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
    const times = new Map<Side, number[]>(SIDES.map(([side]) => [side, []]))
    const bytes = new Map<Side, number>()
    for (let i = 0; i < processes; i++) {
      for (const [side, form, who] of i % 2 ? SIDES.toReversed() : SIDES) {
        if (side === 'map' && !hasMap) continue
        const out = execFileSync(node, [WORKER, name, form, who], { encoding: 'utf8' })
        const measured = JSON.parse(out) as { us: number; bytes: number }
        times.get(side)?.push(measured.us)
        bytes.set(side, measured.bytes)
      }
    }
    const us = (side: Side): number => median(times.get(side) ?? [])
    const schema = us('schema')
    const [plain, added, map] = [us('plain') / schema, (us('plain') - us('bare')) / schema, us('map') / schema]
    ratios.plain.push(plain)
    // What is less than nothing was not measured.
    ratios.added.push(Math.max(added, 0.01))
    if (hasMap) ratios.map.push(map)
    const cells = [us('schema'), us('bare'), us('plain')].map((value) => value.toFixed(1))
    const tail = [
      plain.toFixed(2),
      added.toFixed(2),
      hasMap ? map.toFixed(2) : '–',
      bytes.get('schema'),
      bytes.get('plain'),
    ]
    lines.push(`| ${about} | ${cells.join(' | ')} | ${hasMap ? us('map').toFixed(1) : '–'} | ${tail.join(' | ')} |`)
  }
  const means = [mean(ratios.plain), mean(ratios.added), mean(ratios.map)].map((value) => value.toFixed(2))
  lines.push(`| geometric mean | | | | | ${means.join(' | ')} | | |`)
  return `${lines.join('\n')}\n`
}
