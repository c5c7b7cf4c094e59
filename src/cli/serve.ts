/**
 * The life of a process that runs one master: start, say where it listens, wait until asked to stop, stop in order. Knows
 * nothing of what the master is.
 */
import type { Runtime } from '../runtime/runtime.js'
import type { Environment } from './read-command-line.js'
import { untilStopSignal } from './stop-signals.js'
import { supervisorOf } from './supervisor.js'
import type { Terminal } from './terminal.js'
import { EXIT_FAILURE } from './usage-error.js'

/** What `startBack` and `startFront` give, as far as it matters here. */
export interface Served {
  /** Where it listens. */
  readonly where: string
  /** Sends clients elsewhere first. Left out below `dev`, which has nowhere to send them and no time to lose. */
  readonly drain?: () => Promise<void>
  readonly close: () => Promise<void>
  /** Handlers that run, and the one that began last: one of them may have left behind what ends the process. */
  readonly handlers?: () => { readonly running: readonly string[]; readonly last: string | null }
}

export interface ServeOptions {
  readonly runtime: Runtime
  readonly terminal: Terminal
  readonly environment: Environment
}

/** Resolves with the exit code once the master has stopped. Rejects with what kept it from starting or stopping. */
export async function serve(
  start: () => Promise<Served>,
  { runtime, terminal, environment }: ServeOptions,
): Promise<number> {
  const { clock, log } = runtime
  const supervisor = supervisorOf(environment)
  let master: Served | null = null
  endOnFailure(runtime, terminal, () => master?.handlers?.() ?? {})
  const signalled = untilStopSignal({
    clock,
    // Ctrl-C reaches all processes of a terminal; the one that `dev` runs in tells the others when it is their turn.
    ignored: supervisor === null ? [] : ['SIGINT', 'SIGHUP'],
    endNow: (exitCode) => terminal.endNow(exitCode),
  })
  const left = supervisor?.left.then(() => 'supervisor-left' as const)
  const stop = left === undefined ? signalled : Promise.race([signalled, left])

  const served = await Promise.race([start(), stop])
  if (typeof served === 'string') return 0
  master = served
  supervisor?.listening(served.where)
  const reason = await stop
  log.info('process.stopping', { reason })
  if (supervisor === null) await served.drain?.()
  await served.close()
  log.info('process.stopped', {})
  return 0
}

/** What nobody caught leaves the process in a state that nobody knows: it ends, with the reason in the log. */
function endOnFailure({ log }: Runtime, terminal: Terminal, handlers: () => object): void {
  process.on('uncaughtException', (error, origin) => {
    log.error('process.failed', { error, origin, ...handlers() })
    terminal.endNow(EXIT_FAILURE)
  })
}
