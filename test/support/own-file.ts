/** Files of the project that a test runs as processes of their own: as it is run itself, built by `npm test` or from TypeScript. */
import { inProject } from './project-root.js'

/** Where the built files lie, below the project, in the same folders. */
export const BUILT = '.tmp/built'

const isBuilt = import.meta.url.endsWith('.js')

/** The arguments of Node that such a process needs. */
export const ownExecArgv: readonly string[] = isBuilt ? ['--enable-source-maps'] : ['--import', 'tsx']

/** `path`: of the TypeScript file, below the project. */
export function ownFile(path: string): string {
  return isBuilt ? inProject(BUILT, path.replace(/\.ts$/, '.js')) : inProject(path)
}
