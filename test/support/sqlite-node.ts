/** A Node that has SQLite: this one, or, where this one is too old, one from the registry. */
import { execFile } from 'node:child_process'
import { isBuiltin } from 'node:module'
import { promisify } from 'node:util'

export const hasSqlite = isBuiltin('node:sqlite')

const RELEASE = 24
let found: Promise<string> | null = null

/** Its path. */
export function sqliteNode(): Promise<string> {
  return (found ??= hasSqlite ? Promise.resolve(process.execPath) : fromRegistry())
}

async function fromRegistry(): Promise<string> {
  const args = ['--yes', '-p', `node@${RELEASE}`, '--', 'node', '-p', 'process.execPath']
  const { stdout } = await promisify(execFile)('npx', args)
  return stdout.trim()
}
