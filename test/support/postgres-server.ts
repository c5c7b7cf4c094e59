/** A PostgreSQL of the test's own, in a folder that goes with it. Found where Debian has it, or named by `POSTGRES_BIN`. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { installDebian } from './debian.js'
import { PostgresNode } from './postgres-node.js'

export interface PostgresServer {
  readonly url: string
  /** Ends it as a crash of its machine would, short of the disk. */
  kill(): Promise<void>
  /** Starts it again after a kill. */
  start(): Promise<void>
  stop(): Promise<void>
}

/** The folder of PostgreSQL's programs; null where there is none. */
export function postgresBin(): string | null {
  const named = process.env['POSTGRES_BIN']
  if (named) return named
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return null
  const newest = readdirSync(root).sort((a, b) => Number(b) - Number(a))[0]
  return newest === undefined ? null : join(root, newest, 'bin')
}

export const postgresMissing =
  postgresBin() === null && 'no PostgreSQL here: install postgresql, or name one in POSTGRES_BIN'

/** Installs PostgreSQL where it is missing. Returns a sentence on what was done, if anything. */
export function ensurePostgres(): string | undefined {
  return postgresBin() === null ? installDebian(['postgresql']).message : undefined
}

export async function startPostgres(): Promise<PostgresServer> {
  const node = await PostgresNode.create(postgresBin() ?? '')
  await node.start()
  return {
    url: node.url,
    start: () => node.start(),
    kill: () => node.end('SIGQUIT'),
    stop: () => node.remove(),
  }
}
