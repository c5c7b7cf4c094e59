/**
 * One master below `dev`: a process that is started again when it crashes, later each time, and that waits for a change where
 * what it was given is wrong. Knows nothing of its siblings.
 */
import { type ChildProcess, fork } from 'node:child_process'
import type { Clock, Timer } from '../runtime/runtime.js'
import { whereListening } from './supervisor.js'
import { EXIT_USAGE } from './usage-error.js'

/** The wait before the first start after a crash; it doubles with each crash. */
const BACKOFF_MS_MIN = 250
/** The longest wait before a start after a crash, in milliseconds. */
const BACKOFF_MS_MAX = 10_000
/** Whoever ran that long has not crashed "again". */
const STEADY_MS = 10_000
/** How long a process may take to stop before it is killed. */
const STOP_MS_MAX = 5_000

type State =
  | { readonly state: 'stopped' }
  | { readonly state: 'starting' | 'listening'; readonly child: ChildProcess; readonly since: number }
  | { readonly state: 'waiting'; readonly timer: Timer }
  /** Only a change of a file helps. */
  | { readonly state: 'broken' }
  | { readonly state: 'stopping'; readonly child: ChildProcess; readonly gone: Promise<void> }

export interface DevProcessOptions {
  readonly id: string
  /** The file that runs, and its arguments. */
  readonly file: string
  readonly args: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  readonly clock: Clock
  readonly say: (line: string) => void
  /** It listens, after each start. */
  readonly onListening: (where: string) => void
}

export class DevProcess {
  readonly id: string
  readonly #options: DevProcessOptions
  #state: State = { state: 'stopped' }
  #crashes = 0

  constructor(options: DevProcessOptions) {
    this.id = options.id
    this.#options = options
  }

  get state(): State['state'] {
    return this.#state.state
  }

  /** Starts it unless it runs. A wait after a crash is cut short. */
  start(): void {
    if (this.#state.state === 'waiting') this.#state.timer.cancel()
    else if (this.#state.state !== 'stopped' && this.#state.state !== 'broken') return
    const { file, args, environment, clock } = this.#options
    const child = fork(file, args, {
      env: environment,
      // A debugger listens on one port: it is for one process.
      execArgv: process.execArgv.filter((arg) => !arg.startsWith('--inspect')),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#state = { state: 'starting', child, since: clock.now() }
    child.on('message', (message) => this.#heard(child, message))
    child.once('exit', (code, signal) => this.#exited(child, code, signal))
    child.once('error', (error) => {
      // Only of a process that never came to be: there is no exit then.
      if (child.pid === undefined) this.#crashed(`could not be started (${error.message})`)
    })
  }

  /** Stops it, at last by force. Resolves when it is gone. */
  async stop(): Promise<void> {
    const { state } = this
    if (this.#state.state === 'waiting') this.#state.timer.cancel()
    if (this.#state.state === 'stopping') return this.#state.gone
    if (state === 'starting' || state === 'listening') return this.#askToStop()
    this.#state = { state: 'stopped' }
  }

  /** What it ended of before no longer counts. */
  forgive(): void {
    this.#crashes = 0
  }

  /** Ends it at once and starts nothing again. */
  kill(): void {
    if (this.#state.state === 'waiting') this.#state.timer.cancel()
    if ('child' in this.#state) this.#state.child.kill('SIGKILL')
    this.#state = { state: 'stopped' }
  }

  async #askToStop(): Promise<void> {
    if (!('child' in this.#state)) return
    const { child } = this.#state
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    this.#state = { state: 'stopping', child, gone }
    if (child.connected) child.disconnect()
    const force = this.#options.clock.after(STOP_MS_MAX, () => {
      this.#options.say(`${this.id} did not stop within ${STOP_MS_MAX / 1000} s. Killing it.`)
      child.kill('SIGKILL')
    })
    await gone
    force.cancel()
  }

  #heard(child: ChildProcess, message: unknown): void {
    const where = whereListening(message)
    if (where === null || this.#state.state !== 'starting' || this.#state.child !== child) return
    this.#state = { state: 'listening', child, since: this.#state.since }
    this.#options.onListening(where)
  }

  #exited(child: ChildProcess, code: number | null, signal: NodeJS.Signals | null): void {
    if (!('child' in this.#state) || this.#state.child !== child) return
    const { state } = this.#state
    if (state === 'stopping') {
      this.#state = { state: 'stopped' }
    } else if (code === EXIT_USAGE && state === 'starting') {
      this.#state = { state: 'broken' }
      this.#options.say(`${this.id} can't start, for the reason above. Waiting for a file to change.`)
    } else {
      if (this.#options.clock.now() - this.#state.since > STEADY_MS) this.#crashes = 0
      this.#crashed(`ended with ${signal ?? `exit code ${code}`}`)
    }
  }

  #crashed(how: string): void {
    const delayMs = Math.min(BACKOFF_MS_MIN * 2 ** this.#crashes, BACKOFF_MS_MAX)
    this.#crashes++
    this.#options.say(`${this.id} ${how}. It starts again in ${delayMs / 1000} s, or when a file changes.`)
    this.#state = { state: 'waiting', timer: this.#options.clock.after(delayMs, () => this.start()) }
  }
}
