/** Runs the simulation on broken copies of the source, and says which of the breaks it found. The source itself is not touched. */
import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { inProject } from '../support/project-root.js'
import { type Mutant, MUTANTS } from './mutants.js'
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
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) if (await judge(mutant)) good++
  }
  await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work))
  const breaks = mutants.filter(({ isFound }) => isFound).length
  console.log(
    `${good} of ${mutants.length} as they should be (${breaks} breaks, ${mutants.length - breaks} that have to stay clean)`,
  )
  return good === mutants.length
}

async function judge(mutant: Mutant): Promise<boolean> {
  const { name, isFound, profile } = mutant
  const folder = await mkdtemp(join(tmpdir(), 'centrum-mutant-'))
  try {
    await breakCopy(folder, mutant)
    const { code, output } = await simulate(folder, isFound ? SEEDS_MAX : CLEAN_SEEDS, profile)
    const first = output.split('\n').filter((line) => line.startsWith('seed ') || line.startsWith('  '))
    const isGood = isFound === (code !== 0) && (code === 0 || first.length > 0)
    console.log(`${isGood ? '✔' : '✖'} ${name}`)
    for (const line of isGood ? first.slice(0, 2) : output.split('\n').slice(-20))
      console.log(`    ${line.trim().slice(0, 200)}`)
    return isGood
  } catch (error) {
    console.log(`✖ ${name}\n    ${error instanceof Error ? error.message : String(error)}`)
    return false
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
  for (const { file, find, replace } of patches) {
    const path = join(folder, 'src', file)
    const parts = (await readFile(path, 'utf8')).split(find)
    if (parts.length !== 2) {
      throw new Error(`src/${file} has the text that it breaks ${parts.length - 1} times, not once: ${find}`)
    }
    await writeFile(path, parts.join(replace))
  }
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
