/**
 * A new app's files, from a template: copied as they are, but for its name, the dependency on centrum, and names of files that
 * packages cannot carry. Asks nothing and installs nothing.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Dependency } from './own-dependency.js'

/** Beside the app, so that whoever has the app can install it. */
const VENDOR = 'vendor'

export interface NewApp {
  /** The template's folder. */
  readonly from: string
  readonly to: string
  /** Of the package. */
  readonly name: string
  readonly centrum: Dependency
}

export function copyTemplate({ from, to, name, centrum }: NewApp): void {
  const spec = centrum.kind === 'spec' ? centrum.spec : `file:${VENDOR}/${basename(centrum.path)}`
  for (const path of filesIn(from)) {
    const target = join(to, targetName(path))
    mkdirSync(dirname(target), { recursive: true })
    const text = readFileSync(join(from, path), 'utf8')
    writeFileSync(target, text.replaceAll('{{name}}', name).replaceAll('{{centrum}}', spec))
  }
  if (centrum.kind === 'spec') return
  mkdirSync(join(to, VENDOR), { recursive: true })
  copyFileSync(centrum.path, join(to, VENDOR, basename(centrum.path)))
}

/** `_gitignore` is `.gitignore`: npm would not pack it by its name, nor take a package within a package. */
function targetName(path: string): string {
  return path
    .split('/')
    .map((part) => part.replace(/^_/, '.'))
    .join('/')
    .replace(/^package\.template\.json$/, 'package.json')
}

/** With forward slashes, relative to the folder. */
function filesIn(folder: string, below = ''): string[] {
  return readdirSync(join(folder, below))
    .filter((entry) => entry !== 'node_modules')
    .flatMap((entry) => {
      const path = below === '' ? entry : `${below}/${entry}`
      return statSync(join(folder, path)).isDirectory() ? filesIn(folder, path) : [path]
    })
}
