/** Runs the simulation on broken copies of the source, and says which of the breaks it found. The source itself is not touched. */
import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { inProject } from '../support/project-root.js'
import { type Mutant, MUTANTS, type Patch } from './mutants.js'
import type { Profile } from './profiles.js'

/** Seeds until one has to have found it. */
const SEEDS_MAX = 24
const CLEAN_SEEDS = 6
const MINUTES_MAX = 4

/** True where each is as it should be. */
export async function runMutants(wanted = ''): Promise<boolean> {
  const mutants = MUTANTS.filter(({ name }) => name.includes(wanted))
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
  const { isFound, profile } = mutant
  const folder = await mkdtemp(join(tmpdir(), 'centrum-mutant-'))
  try {
    await breakCopy(folder, mutant)
    const { code, output } = await simulate(folder, isFound ? SEEDS_MAX : CLEAN_SEEDS, profile)
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

async function breakCopy(folder: string, { patches }: Mutant): Promise<void> {
  await mkdir(join(folder, 'test'))
  for (const part of ['src', 'test/simulation', 'test/support', 'package.json', 'tsconfig.json']) {
    await cp(inProject(part), join(folder, part), { recursive: true })
  }
  await symlink(inProject('node_modules'), join(folder, 'node_modules'))
  for (const patch of patches) await writeFile(join(folder, 'src', patch.file), await brokenText(patch, folder))
}

/** The text of a file with its break. Rejects where the source does not have what is to be broken. */
export async function brokenText({ file, find, replace }: Patch, folder: string): Promise<string> {
  const parts = (await readFile(join(folder, 'src', file), 'utf8')).split(find)
  if (parts.length === 2) return parts.join(replace)
  throw new Error(`src/${file} has what is to be broken ${parts.length - 1} times, not once: ${find}`)
}

function simulate(
  folder: string,
  seeds: number,
  profile: Partial<Profile> = {},
): Promise<{ readonly code: number; readonly output: string }> {
  const args = [
    '--import',
    'tsx',
    'test/simulation/simulate.ts',
    '--first',
    '--count',
    `${seeds}`,
    '--minutes',
    `${MINUTES_MAX}`,
    '--profile',
    JSON.stringify(profile),
  ]
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
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
