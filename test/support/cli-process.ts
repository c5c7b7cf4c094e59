/** Runs the built `centrum` command as a process, listens to what it says, and gives it files to work on. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { inProject } from './project-root.js'
import { until } from './until.js'

const COMMAND = inProject('dist/cli/main.js')

export interface CliOptions {
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
}

export interface CliEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export class CliProcess {
  stdout = ''
  stderr = ''
  /** Null while it runs. */
  end: CliEnd | null = null
  readonly ended: Promise<CliEnd>
  readonly #child: ChildProcess

  constructor(t: TestContext, args: readonly string[], { cwd, environment = {} }: CliOptions = {}) {
    const own = Object.entries(process.env).filter(([name]) => !name.startsWith('CENTRUM_'))
    this.#child = spawn(process.execPath, [COMMAND, ...args], {
      cwd,
      env: { ...Object.fromEntries(own), ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.end = { code, signal }
        resolve(this.end)
      })
    })
    t.after(async () => {
      this.#child.kill('SIGKILL')
      await this.ended
    })
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** The first match in what it said, on either stream. Fails when the process ends without it. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const look = (): RegExpExecArray | null => pattern.exec(this.stdout) ?? pattern.exec(this.stderr)
    return until(`${pattern} from centrum`, () => {
      const match = look()
      if (match === null && this.end !== null)
        throw new Error(`it ended without ${pattern}:\n${this.stdout}${this.stderr}`)
      return match
    })
  }

  /** What its log says, line by line. */
  get log(): readonly Readonly<Record<string, unknown>>[] {
    const lines = this.stderr.split('\n').filter((line) => line.startsWith('{'))
    return lines.map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
  }
}

/** Runs it to its end. */
export async function runCli(t: TestContext, args: readonly string[], options?: CliOptions): Promise<CliProcess> {
  const cli = new CliProcess(t, args, options)
  await cli.ended
  return cli
}

/** A folder with files, within the project: apps in it find centrum and tsx. It goes with the test. */
export function projectFolder(t: TestContext, files: Readonly<Record<string, string>>): string {
  mkdirSync(inProject('.tmp'), { recursive: true })
  const folder = mkdtempSync(inProject('.tmp', 'cli-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}
