/** The processes of the soak: started again whenever they end, as a supervisor does it; killed, stopped and drained by name. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { inProject, projectRoot } from '../support/project-root.js'

export type Role = 'back' | 'front'

export interface ProcessSpec {
  readonly role: Role
  readonly id: string
  readonly port: number
}

interface Running {
  readonly spec: ProcessSpec
  child: ChildProcess | null
  /** It is ended on purpose. */
  isEnding: boolean
  isPaused: boolean
  /** When it is started again, at the earliest. */
  downUntil: number
}

const RESTART_MS = 500
/** How long a drain may take, with a database that is away meanwhile. */
export const DRAIN_MS_MAX = 45_000

/** The program as one file, which starts in a moment. */
export async function builtProcess(): Promise<string> {
  const outfile = inProject('.tmp/soak/soak-process.js')
  await build({
    absWorkingDir: projectRoot,
    entryPoints: ['test/soak/soak-process.ts'],
    outfile,
    bundle: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    sourcemap: 'inline',
    logLevel: 'silent',
  })
  return outfile
}

export class SoakProcesses {
  readonly findings: string[] = []
  readonly counts: Record<string, number> = {}
  readonly #running = new Map<string, Running>()
  readonly #program: string
  readonly #url: string
  readonly #logs: string
  #isStopped = false

  constructor(specs: readonly ProcessSpec[], program: string, url: string, logs: string) {
    this.#program = program
    this.#url = url
    this.#logs = logs
    mkdirSync(logs, { recursive: true })
    for (const spec of specs)
      this.#running.set(spec.id, { spec, child: null, isEnding: false, isPaused: false, downUntil: 0 })
  }

  startAll(): void {
    for (const running of this.#running.values()) this.#start(running)
  }

  /** Those that run and were not stopped. */
  up(role: Role): string[] {
    return [...this.#running.values()]
      .filter(({ spec, child, isEnding, isPaused }) => spec.role === role && child !== null && !isEnding && !isPaused)
      .map(({ spec }) => spec.id)
  }

  kill(id: string, downMs: number): void {
    const running = this.#of(id)
    running.isEnding = true
    running.downUntil = performance.now() + downMs
    running.child?.kill('SIGKILL')
  }

  /** Ends in good order. What takes too long is a finding. */
  drain(id: string, downMs: number): void {
    const running = this.#of(id)
    const { child } = running
    if (child === null) return
    running.isEnding = true
    running.downUntil = performance.now() + downMs
    child.kill('SIGTERM')
    const timer = setTimeout(() => {
      if (running.child !== child) return
      this.findings.push(`${id} was asked to drain, and still ran ${DRAIN_MS_MAX} ms later`)
      child.kill('SIGKILL')
    }, DRAIN_MS_MAX)
    child.once('exit', () => clearTimeout(timer))
  }

  pause(id: string, ms: number): void {
    const running = this.#of(id)
    running.isPaused = true
    running.child?.kill('SIGSTOP')
    setTimeout(() => {
      running.isPaused = false
      running.child?.kill('SIGCONT')
    }, ms)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    for (const running of this.#running.values()) {
      const { child } = running
      running.isEnding = true
      if (child === null) continue
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    }
  }

  #of(id: string): Running {
    const running = this.#running.get(id)
    if (running === undefined) throw new Error(`there is no ${id}`)
    return running
  }

  #start(running: Running): void {
    const { role, id, port } = running.spec
    const args = ['--enable-source-maps', this.#program, role, id, this.#url, `${port}`]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    running.child = child
    running.isEnding = false
    let tail = ''
    const log = createWriteStream(join(this.#logs, `${id}.log`), { flags: 'a' })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      log.write(text)
      tail = (tail + text).slice(-2_000)
    })
    child.once('exit', (code, signal) => {
      log.end()
      running.child = null
      if (!running.isEnding) this.#unexpected(id, code, signal, tail)
      else if (code !== 0 && signal === null) this.findings.push(`${id} ended with ${code}: ${tail}`)
      const waitMs = Math.max(RESTART_MS, running.downUntil - performance.now())
      setTimeout(() => {
        if (!this.#isStopped) this.#start(running)
      }, waitMs)
    })
  }

  /** One that cannot start while the database is away ends, and is started again. Nothing else may end a process. */
  #unexpected(id: string, code: number | null, signal: string | null, tail: string): void {
    const codes = ['store-unavailable', 'store-in-use', 'store-read-only'].filter((each) => tail.includes(each))
    const [why] = codes
    if (why === undefined) this.findings.push(`${id} ended by itself with ${code ?? signal}: ${tail}`)
    else this.counts[`start refused: ${why}`] = (this.counts[`start refused: ${why}`] ?? 0) + 1
  }
}
