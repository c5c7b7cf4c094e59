/** One PostgreSQL process with its data: it is started, stopped, crashed, stood still and promoted. Knows nothing of what is stored. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { until } from './until.js'

/** Not root, which PostgreSQL refuses to run as. */
const NOBODY = 65_534
const run = promisify(execFile)

type Settings = Readonly<Record<string, string | number>>

export class PostgresNode {
  readonly port: number
  readonly #bin: string
  readonly #data: string
  readonly #settings: Settings
  #server: ChildProcess | null = null

  private constructor(bin: string, data: string, port: number, settings: Settings) {
    this.#bin = bin
    this.#data = data
    this.port = port
    this.#settings = settings
  }

  /** With nothing in it. */
  static async create(bin: string, settings: Settings = {}): Promise<PostgresNode> {
    const data = newFolder()
    const init = ['-D', data, '-U', 'centrum', '-A', 'trust', '-E', 'UTF8', '--no-locale']
    execFileSync(join(bin, 'initdb'), init, { ...owner(), stdio: 'pipe', cwd: tmpdir() })
    return new PostgresNode(bin, data, await freePort(), settings)
  }

  /** A standby of one that runs, with what that has. */
  static async standbyOf(primary: PostgresNode): Promise<PostgresNode> {
    const data = newFolder()
    const from = ['-h', '127.0.0.1', '-p', `${primary.port}`, '-U', 'centrum']
    const how = ['-D', data, '-R', '-X', 'stream', '-c', 'fast', '--no-sync']
    await run(join(primary.#bin, 'pg_basebackup'), [...from, ...how], { ...owner(), cwd: tmpdir() })
    return new PostgresNode(primary.#bin, data, await freePort(), primary.#settings)
  }

  get url(): string {
    return `postgres://centrum@127.0.0.1:${this.port}/postgres`
  }

  async start(): Promise<void> {
    const options = {
      port: this.port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      max_connections: 60,
      log_min_messages: 'fatal',
      ...this.#settings,
    }
    const args = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const child = spawn(join(this.#bin, 'postgres'), ['-D', this.#data, ...args], {
      ...owner(),
      stdio: 'ignore',
      cwd: tmpdir(),
    })
    this.#server = child
    await until('PostgreSQL accepts connections', () => {
      if (hasEnded(child)) throw new Error(`PostgreSQL ended with ${child.exitCode ?? child.signalCode}`)
      return this.#isReady()
    })
  }

  /** Makes a standby the primary. */
  async promote(): Promise<void> {
    await run(join(this.#bin, 'pg_ctl'), ['promote', '-D', this.#data, '-w'], { ...owner(), cwd: tmpdir() })
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#server
    if (child === null) return
    this.#server = null
    const ended = hasEnded(child) ? Promise.resolve() : new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  /** All its processes at once, as a crash of its machine would, short of the disk. */
  async crash(): Promise<void> {
    const children = this.#children()
    for (const pid of children) signalTo(pid, 'SIGKILL')
    await this.end('SIGKILL')
    await until('its processes are gone', () => children.every((pid) => !signalTo(pid, 0)))
  }

  /** All its processes stand still, or go on. */
  pause(isPaused: boolean): void {
    const signal = isPaused ? 'SIGSTOP' : 'SIGCONT'
    if (isPaused) this.#server?.kill(signal)
    for (const pid of this.#children()) signalTo(pid, signal)
    if (!isPaused) this.#server?.kill(signal)
  }

  async remove(): Promise<void> {
    await this.end('SIGINT')
    rmSync(this.#data, { recursive: true, force: true })
  }

  async #isReady(): Promise<boolean> {
    const args = ['-h', '127.0.0.1', '-p', `${this.port}`, '-U', 'centrum']
    try {
      await run(join(this.#bin, 'pg_isready'), args)
      return true
    } catch {
      return false
    }
  }

  #children(): number[] {
    const parent = this.#server?.pid
    if (parent === undefined) return []
    return readdirSync('/proc').flatMap((name) => {
      if (!/^\d+$/.test(name)) return []
      try {
        // Behind the name, which may hold blanks: the state and the parent.
        const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
        return Number(fields[1]) === parent && fields[0] !== 'Z' ? [Number(name)] : []
      } catch {
        return []
      }
    })
  }
}

function owner(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
}

function newFolder(): string {
  const data = mkdtempSync(join(tmpdir(), 'centrum-postgres-'))
  if (process.getuid?.() === 0) chownSync(data, NOBODY, NOBODY)
  return data
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** False where there is no such process. */
function signalTo(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}
