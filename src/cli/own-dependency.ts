/**
 * Which dependency a new app gets: the very centrum that this command belongs to, as npm noted it where it was installed from.
 * Looks at files, and writes none.
 */
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, isAbsolute, resolve } from 'node:path'

export type Dependency =
  /** What package.json may say as it is. */
  | { readonly kind: 'spec'; readonly spec: string }
  /** A packed package, which the new app takes along: then it installs elsewhere, too. */
  | { readonly kind: 'file'; readonly path: string }

/** What `--centrum` says: a path of a packed package, or anything that npm takes. Paths are those of the working folder. */
export function givenDependency(given: string): Dependency {
  const path = resolve(given.replace(/^file:/, ''))
  const isPacked = /\.t(ar\.)?gz$/.test(given) && existsSync(path)
  if (isPacked) return { kind: 'file', path }
  return { kind: 'spec', spec: existsSync(path) ? `file:${path}` : given }
}

/** `root`: the folder of this package. */
export function ownDependency(root: string, version: string): Dependency {
  const modules = dirname(root)
  // A clone.
  if (basename(modules) !== 'node_modules') return { kind: 'spec', spec: `file:${root}` }
  const resolved = resolvedIn(modules, basename(root))
  if (resolved === null || /^https?:/.test(resolved)) return { kind: 'spec', spec: version }
  const path = resolved.replace(/^file:/, '')
  if (path === resolved) return { kind: 'spec', spec: resolved }
  return givenDependency(isAbsolute(path) ? path : resolve(dirname(modules), path))
}

/** npm writes down where each package came from. */
function resolvedIn(modules: string, name: string): string | null {
  try {
    const lock = JSON.parse(readFileSync(resolve(modules, '.package-lock.json'), 'utf8')) as {
      readonly packages?: Readonly<Record<string, { readonly resolved?: string }>>
    }
    return lock.packages?.[`node_modules/${name}`]?.resolved ?? null
  } catch {
    return null
  }
}
