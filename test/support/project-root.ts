/** Where the project lies, for tests that read its files or start its processes, whether they are run from TypeScript or built. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectRoot = fileURLToPath(new URL('.', import.meta.resolve('centrum/package.json'))).replace(
  /[/\\]$/,
  '',
)

/** An absolute path below the project. */
export function inProject(...parts: string[]): string {
  return join(projectRoot, ...parts)
}
