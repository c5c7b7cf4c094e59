/**
 * The project's files that a file imports, and those that they import: relative imports, followed as text. Good enough to
 * know what to watch; what is computed at run time it does not see. Runs nothing.
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'

/** How many imported files `centrum dev` follows; imports beyond are not watched. */
const FILES_MAX = 5_000

/** `from './a.js'`, `import './a.js'`, `import('./a.js')`, `require('./a.js')`. */
const SPECIFIER = /(?:\bfrom|\bimport|\brequire)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]+)\1/g

/** What a specifier may stand for in TypeScript: the source that becomes the file it names. */
const SOURCES: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx', '.js', '.jsx'],
  '.mjs': ['.mts', '.mjs'],
  '.cjs': ['.cts', '.cjs'],
}
const ENDINGS = ['.ts', '.tsx', '.mts', '.js', '.mjs', '.cjs', '.json']

export interface ImportedFiles {
  /** Absolute paths, the entry first. */
  readonly files: ReadonlySet<string>
  /** The folders in which a file would appear that is imported and not there. */
  readonly missingIn: ReadonlySet<string>
}

export function importedFiles(entry: string): ImportedFiles {
  const files = new Set([resolve(entry)])
  const missingIn = new Set<string>()
  for (const file of files) {
    if (extname(file) === '.json') continue
    for (const specifier of specifiersOf(file)) {
      const target = fileOf(dirname(file), specifier)
      if (target === null) missingIn.add(existingFolder(dirname(join(dirname(file), specifier))))
      else if (files.size < FILES_MAX) files.add(target)
    }
  }
  return { files, missingIn }
}

function existingFolder(path: string): string {
  let folder = path
  while (!statSync(folder, { throwIfNoEntry: false })?.isDirectory() && dirname(folder) !== folder)
    folder = dirname(folder)
  return folder
}

function specifiersOf(file: string): string[] {
  try {
    return [...readFileSync(file, 'utf8').matchAll(SPECIFIER)].flatMap(([, , specifier]) => specifier ?? [])
  } catch {
    return []
  }
}

function fileOf(folder: string, specifier: string): string | null {
  const path = join(folder, specifier.replace(/[?#].*$/, ''))
  const ending = extname(path)
  const stem = path.slice(0, path.length - ending.length)
  const candidates = [
    ...(SOURCES[ending] ?? []).map((source) => stem + source),
    path,
    ...ENDINGS.map((source) => path + source),
    ...ENDINGS.map((source) => join(path, `index${source}`)),
  ]
  return candidates.find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile()) ?? null
}
