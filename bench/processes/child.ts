/** The parent's side: a process that runs one worker file and is asked, question by question. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Answer, Question } from './answer.js'

type Asked<Face, Name extends keyof Face> = Face[Name] extends (...args: infer Args) => infer Result
  ? { readonly args: Args; readonly result: Awaited<Result> }
  : never

export class Child<Face> {
  readonly #process: ChildProcess
  readonly #pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  #asked = 0

  /** `stderr`: where its log goes, a descriptor; to this process's own without it. */
  constructor(node: string, flags: readonly string[], file: string, stderr: number | 'inherit' = 'inherit') {
    this.#process = spawn(node, [...flags, file], {
      stdio: ['ignore', 'inherit', stderr, 'ipc'],
      env: { ...process.env, CENTRUM_LOG: 'warn' },
    })
    this.#process.on('message', (answer: Answer) => {
      const pending = this.#pending.get(answer.id)
      this.#pending.delete(answer.id)
      if ('error' in answer) pending?.reject(new Error(answer.error))
      else pending?.resolve(answer.value)
    })
    this.#process.on('exit', (code, signal) => {
      for (const { reject } of this.#pending.values()) reject(new Error(`${file} ended: ${code ?? signal}`))
      this.#pending.clear()
    })
  }

  ask<Name extends keyof Face & string>(
    name: Name,
    ...args: Asked<Face, Name>['args']
  ): Promise<Asked<Face, Name>['result']> {
    const id = ++this.#asked
    const question: Question = { id, name, args }
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      this.#process.send(question)
    })
  }

  /** As a crash would. Resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await ended
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    const ended = once(this.#process, 'exit')
    this.#process.disconnect()
    await ended
  }
}
