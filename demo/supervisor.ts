/**
 * Keeps child processes alive: starts them, starts one again that has died, and ends them all. It knows nothing of what
 * they do; a child ends by itself when its parent is gone.
 */
import { type ChildProcess, fork } from 'node:child_process'

export interface ChildSpec {
  readonly id: string
  /** A module of the demo. */
  readonly module: URL
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** A child that has never been ready is given up after so many deaths. */
const TRIES_MAX = 3
/** A child that dies again and again is given more time each time, up to this. */
const RESTART_MS_MAX = 8_000
const RESTART_MS_MIN = 300
/** A child that has lived this long is forgiven its earlier deaths. */
const STEADY_MS = 20_000
/** How long children have to end cleanly. */
const END_MS = 4_000

interface Life {
  ready(): void
  /** Whether a child is not started again. */
  givesUp(deaths: number): boolean
}

export class Supervisor {
  readonly #say: (line: string) => void
  readonly #children = new Map<string, ChildProcess>()
  #stopping = false

  constructor(say: (line: string) => void) {
    this.#say = say
  }

  /** Starts a child and resolves when it says that it is ready. Rejects where it dies each time before. */
  async start(spec: ChildSpec): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      let wasReady = false
      this.#run(spec, 0, {
        ready() {
          wasReady = true
          resolve()
        },
        givesUp(deaths) {
          if (wasReady || deaths < TRIES_MAX) return false
          reject(new Error(`${spec.id} does not start; what it said is above.`))
          return true
        },
      })
    })
  }

  /** The process ids of the children by their ids. */
  get pids(): Record<string, number> {
    return Object.fromEntries([...this.#children].map(([id, { pid }]) => [id, pid ?? 0]))
  }

  async stop(): Promise<void> {
    this.#stopping = true
    const children = [...this.#children.values()]
    const ended = Promise.all(children.map((child) => new Promise((resolve) => child.once('exit', resolve))))
    for (const child of children) child.kill('SIGTERM')
    const late = setTimeout(() => {
      for (const child of children) child.kill('SIGKILL')
    }, END_MS)
    await ended
    clearTimeout(late)
  }

  #run(spec: ChildSpec, deaths: number, life: Life): void {
    if (this.#stopping) return
    const startedAt = performance.now()
    // With the arguments of Node that this process has: among them the loader of TypeScript, where it is run by one.
    const child = fork(spec.module, spec.args, {
      env: { ...process.env, ...spec.env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#children.set(spec.id, child)
    child.on('message', () => {
      if (deaths > 0) this.#say(`${spec.id} is back (process ${child.pid}).`)
      life.ready()
    })
    child.once('exit', (code, signal) => {
      this.#children.delete(spec.id)
      if (this.#stopping || life.givesUp(deaths + 1)) return
      const steady = performance.now() - startedAt > STEADY_MS
      const delayMs = Math.min(RESTART_MS_MAX, RESTART_MS_MIN * 2 ** (steady ? 0 : deaths))
      this.#say(`${spec.id} has died (${signal ?? `exit code ${code}`}); it starts again in ${delayMs} ms.`)
      setTimeout(() => this.#run(spec, steady ? 1 : deaths + 1, life), delayMs)
    })
  }
}
