/**
 * The project's TypeScript as JavaScript, each file on its own and in the same folders, for tests and what they start: a loader of
 * TypeScript would cost each process a second.
 */
import { copyFileSync, rmSync, symlinkSync } from 'node:fs'
import { build } from 'esbuild'
import { filesUnder } from '../support/files-under.js'
import { BUILT } from '../support/own-file.js'
import { inProject, projectRoot } from '../support/project-root.js'

const FOLDERS = ['src', 'test', 'demo', 'examples']
/** What the sources read beside them, and by the package's own name. */
const BESIDE = ['package.json', 'dist', 'templates']

export async function buildTests(): Promise<void> {
  rmSync(inProject(BUILT), { recursive: true, force: true })
  await build({
    absWorkingDir: projectRoot,
    entryPoints: FOLDERS.flatMap(filesUnder).filter((path) => path.endsWith('.ts')),
    outbase: '.',
    outdir: BUILT,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'linked',
    sourcesContent: false,
    logLevel: 'warning',
  })
  // Pages that examples read beside themselves.
  for (const path of filesUnder('examples').filter((each) => /^examples\/[^/]+\/[^/]+\.html$/.test(each)))
    copyFileSync(inProject(path), inProject(BUILT, path))
  for (const path of BESIDE) symlinkSync(inProject(path), inProject(BUILT, path))
}
