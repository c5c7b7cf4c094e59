/** A PostgreSQL of the test's own, in a folder that goes with it. Found where Debian has it, or named by `POSTGRES_BIN`. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installDebian } from './debian.js'
import { until } from './until.js'

/** Not root, which PostgreSQL refuses to run as. */
const NOBODY = 65_534

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
  const bin = postgresBin() ?? ''
  const data = mkdtempSync(join(tmpdir(), 'centrum-postgres-'))
  const own = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  if (own.uid !== undefined) chownSync(data, NOBODY, NOBODY)
  const init = ['-D', data, '-U', 'centrum', '-A', 'trust', '-E', 'UTF8', '--no-locale']
  execFileSync(join(bin, 'initdb'), init, { ...own, stdio: 'pipe', cwd: tmpdir() })
  const port = await freePort()
  let server: ChildProcess | null = null
  const ended = (child: ChildProcess): Promise<void> =>
    new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve()
      else child.once('exit', () => resolve())
    })
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (server === null) return
    server.kill(signal)
    await ended(server)
    server = null
  }
  const start = async (): Promise<void> => {
    const options = {
      port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: 60,
      log_min_messages: 'fatal',
    }
    const args = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    server = spawn(join(bin, 'postgres'), ['-D', data, ...args], { ...own, stdio: 'ignore', cwd: tmpdir() })
    await until('PostgreSQL accepts connections', () => isReady(bin, port))
  }
  await start()
  return {
    url: `postgres://centrum@127.0.0.1:${port}/postgres`,
    start,
    kill: () => end('SIGQUIT'),
    async stop() {
      await end('SIGINT')
      rmSync(data, { recursive: true, force: true })
    },
  }
}

function isReady(bin: string, port: number): boolean {
  try {
    execFileSync(join(bin, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port), '-U', 'centrum'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
