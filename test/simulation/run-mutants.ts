/** Runs the simulation on source that is broken as it is built, and says which of the breaks it found. The files are not touched. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { inProject, projectRoot } from '../support/project-root.js'
import { DURABLE_MUTANTS } from './durable-mutants.js'
import { LIVING_MUTANTS } from './living-mutants.js'
import { type Mutant, MUTANTS, type Patch } from './mutants.js'
import type { Profile } from './profiles.js'

/** Seeds until one has to have found it. */
const SEEDS_MAX = 24
const CLEAN_SEEDS = 6
const MINUTES_MAX = 4

export const ALL_MUTANTS: readonly Mutant[] = [...MUTANTS, ...DURABLE_MUTANTS, ...LIVING_MUTANTS]

/** True where each is as it should be. */
export async function runMutants(wanted = ''): Promise<boolean> {
  const mutants = ALL_MUTANTS.filter(({ name }) => name.includes(wanted))
  const queue = [...mutants]
  let good = 0
  const work = async (): Promise<void> => {
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const { isGood, told } = await judge(mutant)
      if (isGood) good++
      console.log(`${isGood ? '✔' : '✖'} ${mutant.name}`)
      for (const line of told) console.log(`    ${line}`)
    }
  }
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work))
  const breaks = mutants.filter(({ isFound }) => isFound).length
  console.log(
    `${good} of ${mutants.length} as they should be (${breaks} breaks, ${mutants.length - breaks} that have to stay clean)`,
  )
  return good === mutants.length
}

/** Whether one is as it should be, and what the simulation says of it. */
export async function judge(mutant: Mutant): Promise<{ readonly isGood: boolean; readonly told: readonly string[] }> {
  const { isFound, profile, seeds } = mutant
  await mkdir(inProject('.tmp'), { recursive: true })
  // Within the project, where what it imports is found.
  const folder = await mkdtemp(inProject('.tmp', 'mutant-'))
  try {
    const file = join(folder, 'simulate.js')
    await buildBroken(file, mutant)
    const { code, output } = await simulate(file, isFound ? SEEDS_MAX : CLEAN_SEEDS, { profile, seeds })
    const lines = output
      .trim()
      .split('\n')
      .map((line) => line.trim().slice(0, 200))
    // What cannot even run is not found.
    const found = lines.findIndex((line) => /^seed \S+: \d+ findings/.test(line))
    const isGood = isFound ? found >= 0 : code === 0
    return { isGood, told: isGood ? lines.slice(found, found + 2) : lines.slice(-20) }
  } catch (error) {
    return { isGood: false, told: [error instanceof Error ? error.message : String(error)] }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The simulation as one file, its source broken on the way. */
async function buildBroken(outfile: string, { patches }: Mutant): Promise<void> {
  const texts = new Map<string, string>()
  for (const { file } of patches) texts.set(inProject('src', file), await readFile(inProject('src', file), 'utf8'))
  for (const patch of patches) {
    const path = inProject('src', patch.file)
    texts.set(path, broken(texts.get(path) ?? '', patch))
  }
  const breaks: Plugin = {
    name: 'breaks',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const contents = texts.get(path)
        return contents === undefined ? null : { contents, loader: 'ts' }
      })
    },
  }
  await build({
    absWorkingDir: projectRoot,
    entryPoints: ['test/simulation/simulate.ts'],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'silent',
    plugins: [breaks],
  })
}

/** Throws where the text does not have what is to be broken. */
export function broken(text: string, { file, find, replace }: Patch): string {
  const parts = text.split(find)
  if (parts.length === 2) return parts.join(replace)
  throw new Error(`src/${file} has what is to be broken ${parts.length - 1} times, not once: ${find}`)
}

function simulate(
  file: string,
  count: number,
  { profile = {}, seeds }: { readonly profile: Partial<Profile> | undefined; readonly seeds: Mutant['seeds'] },
): Promise<{ readonly code: number; readonly output: string }> {
  const args = [
    // One runs on each processor: what the engine does on threads beside takes it from another.
    '--single-threaded',
    '--enable-source-maps',
    file,
    '--first',
    '--count',
    `${count}`,
    '--minutes',
    `${MINUTES_MAX}`,
    '--profile',
    JSON.stringify(profile),
    ...(seeds === undefined ? [] : [`--${seeds}`]),
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code: code ?? 1, output }))
  })
}
