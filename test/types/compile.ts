/**
 * Runs the compiler over a project in a directory of its own, and says what it said.
 */

import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { projectRoot } from '../support/project-root.js'

export const ROOT = projectRoot

const TSC = path.join(ROOT, 'node_modules/typescript/bin/tsc')
const COMPILER_MS_MAX = 120_000
/** Threads of the compiler share work at a price; here other tests run beside. */
const ALWAYS = ['--pretty', 'false', '--singleThreaded']

/** A directory below the repository, so that schema libraries are found, with a package scope of its own. */
export async function createProject(files: Readonly<Record<string, string>>): Promise<string> {
  const parent = path.join(ROOT, '.tmp')
  await mkdir(parent, { recursive: true })
  const directory = await mkdtemp(path.join(parent, 'types-'))
  await writeFile(path.join(directory, 'package.json'), '{ "type": "module" }')
  await addFiles(directory, files)
  return directory
}

export async function addFiles(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(directory, name)
    await mkdir(path.dirname(file), { recursive: true })
    await writeFile(file, text)
  }
}

/** The text of a configuration that extends the project's own. */
export function configText(compilerOptions: object, include: readonly string[]): string {
  return JSON.stringify({ extends: path.join(ROOT, 'tsconfig.json'), compilerOptions, include })
}

export async function copyFixtures(directory: string): Promise<void> {
  await cp(path.join(ROOT, 'test/types/fixtures'), directory, { recursive: true })
}

export async function removeProject(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true })
}

/** What the compiler printed, one error a line, files by their base name; empty if it found nothing wrong. */
export async function compile(...args: readonly string[]): Promise<readonly string[]> {
  const output = await new Promise<string>((resolve, reject) => {
    const options = { cwd: ROOT, timeout: COMPILER_MS_MAX, maxBuffer: 1 << 26 }
    execFile(process.execPath, [TSC, ...args, ...ALWAYS], options, (error, stdout, stderr) => {
      // A number is the compiler's own verdict; anything else means that it did not run.
      if (error === null || typeof error.code === 'number') resolve(stdout + stderr)
      else reject(new Error('the compiler did not run', { cause: error }))
    })
  })
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^[^\s(]*\//, ''))
}
