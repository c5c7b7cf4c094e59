/** Starts roles as real processes, asks them, and ends them: gently, or as a crash would. */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { cleanUp } from './clean-up.js'
import { ownExecArgv, ownFile } from './own-file.js'
import type { BackDescriptor, BackInspection, RunningFront } from '../../src/index.js'
import type { Question, RoleSettings } from './role-process.js'

const ROLE = ownFile('test/support/role-process.ts')
export const KEY = 'a key for tests that has its thirty-two bytes'

interface Answer {
  readonly answer?: unknown
  readonly failed?: string
}

export class RoleProcess {
  readonly settings: RoleSettings
  url = ''
  readonly #child: ChildProcess
  readonly #waiting: { resolve: (value: unknown) => void; reject: (error: Error) => void }[] = []

  private constructor(settings: RoleSettings) {
    this.settings = settings
    const stdio: ('ignore' | 'ipc' | 'inherit')[] = [
      'ignore',
      'ignore',
      process.env['TEST_LOG'] ? 'inherit' : 'ignore',
      'ipc',
    ]
    const env = { ...process.env, CENTRUM_TEST_ID: settings.id }
    this.#child = fork(ROLE, [JSON.stringify(settings)], { execArgv: [...ownExecArgv], stdio, env })
    this.#child.on('message', ({ answer, failed }: Answer) => {
      const waiting = this.#waiting.shift()
      if (failed === undefined) waiting?.resolve(answer)
      else waiting?.reject(new Error(failed))
    })
    this.#child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`${settings.id} ended: ${code ?? signal}`))
    })
  }

  /** Resolves when it listens; rejects with what it said where it could not. */
  static async start(settings: RoleSettings): Promise<RoleProcess> {
    const role = new RoleProcess(settings)
    try {
      const { url } = (await role.#next()) as { url: string }
      role.url = url
      return role
    } catch (error) {
      role.kill()
      throw error
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  #next(): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }))
  }

  #ask(question: Question): Promise<unknown> {
    const answer = this.#next()
    this.#child.send(question)
    return answer
  }

  async inspectBack(): Promise<BackInspection> {
    return (await this.#ask({ ask: 'inspect' })) as BackInspection
  }

  async inspectFront(): Promise<ReturnType<RunningFront['inspect']>> {
    return (await this.#ask({ ask: 'inspect' })) as ReturnType<RunningFront['inspect']>
  }

  async sockets(): Promise<number> {
    return (await this.#ask({ ask: 'sockets' })) as number
  }

  /** As a crash would. */
  kill(): void {
    this.#child.kill('SIGKILL')
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  ended(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return Promise.resolve()
    return new Promise((resolve) => this.#child.once('exit', () => resolve()))
  }
}

export interface ProcessCluster {
  readonly backs: readonly BackDescriptor[]
  start(role: 'back' | 'front', id: string, more?: Partial<RoleSettings>): Promise<RoleProcess>
}

/** A cluster of processes on unix sockets of a folder of its own; all of it ends with the test. */
export function processCluster(
  t: TestContext,
  backIds: readonly string[],
  channels: readonly string[] = ['room/*', 'area/*', 'ticker/*', 'pulse/*'],
): ProcessCluster {
  const folder = mkdtempSync(join(tmpdir(), 'centrum-'))
  const backs = backIds.map((id) => ({ id, address: `unix:${folder}/${id}.sock`, channels }))
  const started: RoleProcess[] = []
  cleanUp(t, async () => {
    for (const role of started) role.kill()
    await Promise.all(started.map((role) => role.ended()))
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    backs,
    async start(role, id, more = {}) {
      const running = await RoleProcess.start({ role, id, backs, key: KEY, ...more })
      started.push(running)
      return running
    },
  }
}
