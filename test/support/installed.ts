/** centrum as a user has it: packed, and installed from that file into a folder of its own, which is not below the project. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { cleanUp } from './clean-up.js'
import { projectRoot } from './project-root.js'
import { until } from './until.js'

/** An install from a cold cache, on a busy machine. */
const COMMAND_MS_MAX = 180_000

/** A folder outside of the project, which goes with the test. */
export function emptyFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'centrum-user-'))
  cleanUp(t, () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Packs what `npm run build` made, and returns the path of the file. */
export async function packCentrum(t: TestContext): Promise<string> {
  const folder = emptyFolder(t)
  const pack = `npm pack --json --ignore-scripts --pack-destination '${folder}'`
  const [packed] = JSON.parse((await runShell(t, projectRoot, pack)).replace(/^[^[]*/, '')) as { filename: string }[]
  return join(folder, packed?.filename ?? '')
}

/** A command line of a user, with all that it starts. */
export class ShellProcess {
  /** Null while it runs. */
  code: number | null = null
  readonly #child: ChildProcess
  readonly #command: string
  readonly #ended: Promise<void>
  #printed = ''

  constructor(t: TestContext, folder: string, command: string) {
    this.#command = command
    // A group of its own, since npx and shells do not pass signals on.
    this.#child = spawn('bash', ['-ec', command], {
      cwd: folder,
      env: userEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#printed += text))
    }
    this.#ended = new Promise((resolve) => {
      this.#child.once('close', (code) => {
        this.code = code ?? 1
        resolve()
      })
    })
    cleanUp(t, () => this.kill())
    // Also where the process of the tests ends before they do: a group of its own would outlive it.
    const end = (): void => this.#signal()
    process.once('exit', end)
    void this.#ended.then(() => process.off('exit', end))
  }

  /** What it has printed, without colours: with CI=true tools print them into pipes as well. */
  get output(): string {
    return stripVTControlCharacters(this.#printed)
  }

  /** The first match in what it prints. Fails where it ends without it. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    return until(`${pattern} from ${this.#command}`, () => {
      const match = pattern.exec(this.output)
      if (match === null && this.code !== null)
        throw new Error(`${this.#command} ended without ${pattern}:\n${this.output}`)
      return match
    })
  }

  async end(): Promise<number> {
    await until(`the end of ${this.#command}`, () => this.code !== null, COMMAND_MS_MAX)
    return this.code ?? 1
  }

  async kill(): Promise<void> {
    this.#signal()
    await this.#ended
  }

  #signal(): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
}

/** Runs a command to its end and returns what it printed; fails with that where it fails. */
export async function runShell(t: TestContext, folder: string, command: string): Promise<string> {
  const shell = new ShellProcess(t, folder, command)
  const code = await shell.end()
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${shell.output}`)
  return shell.output
}

/** Without what npm and centrum were told for this project. */
function userEnvironment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(centrum_|npm_|node_test_context$|node_options$|init_cwd$)/i.test(name),
  )
  return { ...Object.fromEntries(own), npm_config_prefer_offline: 'true', npm_config_audit: 'false' }
}
