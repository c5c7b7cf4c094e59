/** One process of a run, with what it printed: a tool of the project, a script, or test files. Knows nothing of the others. */
import { spawn } from 'node:child_process'
import { projectRoot } from '../support/project-root.js'
import { cpuTime } from './cpu-time.js'

export interface JobResult {
  readonly seconds: number
  /** On the processors, with all that it started; null where the system does not tell. Of several that end at one time the first has it all. */
  readonly cpuSeconds: number | null
  /** Why it failed, in a few words; null where it did not. */
  readonly failure: string | null
  /** Both streams, as they came. */
  readonly output: string
}

export interface JobOptions {
  /** Ends the process, which has failed then. */
  readonly signal?: AbortSignal
}

/** What the processes have cost that had ended when it was looked at last. */
let countedSeconds = 0

export async function runProcess(
  command: string,
  args: readonly string[],
  { signal }: JobOptions = {},
): Promise<JobResult> {
  const start = performance.now()
  const child = spawn(command, args, {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal, killSignal: 'SIGKILL' }),
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  let cpuSeconds: number | null = null
  child.once('exit', () => {
    const ended = cpuTime()?.ended
    if (ended === undefined) return
    cpuSeconds = ended - countedSeconds
    countedSeconds = ended
  })
  const failure = await new Promise<string | null>((resolve) => {
    child.once('error', (error) => resolve(signal?.aborted === true ? 'it took too long' : error.message))
    child.once('close', (code, by) => resolve(code === 0 ? null : by === null ? `exit code ${code}` : `ended by ${by}`))
  })
  return { seconds: (performance.now() - start) / 1000, cpuSeconds, failure, output }
}
