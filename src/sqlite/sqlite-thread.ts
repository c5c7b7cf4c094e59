/** The near end of a store's thread: calls of it as promises. It keeps the process alive only while a call is under way. */
import { Worker } from 'node:worker_threads'
import { CentrumError } from '../protocol/errors.js'
import { errorOf } from './sqlite-failure.js'
import type { SqliteAnswer, SqliteRequest, SqliteWorker } from './sqlite-worker.js'

type Method = keyof SqliteWorker

interface Waiting {
  readonly resolve: (value: never) => void
  readonly reject: (error: CentrumError) => void
}

export class SqliteThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  readonly #name: string
  #lastId = 0
  #ended: CentrumError | null = null

  /** `name`: of the store, in sentences. */
  constructor(name: string) {
    this.#name = name
    this.#worker = new Worker(new URL('./sqlite-worker.js', import.meta.url))
    this.#worker.on('message', (answer: SqliteAnswer) => this.#settle(answer))
    this.#worker.on('error', (error) => this.#end(error.message))
    this.#worker.on('exit', (code) => this.#end(`its thread ended with code ${code}`))
    this.#worker.unref()
  }

  /** Rejects with a `CentrumError`. `transfer`: buffers that go to the thread for good. */
  call<M extends Method>(
    method: M,
    args: Parameters<SqliteWorker[M]>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Awaited<ReturnType<SqliteWorker[M]>>> {
    if (this.#ended !== null) return Promise.reject(this.#ended)
    const id = ++this.#lastId
    if (this.#waiting.size === 0) this.#worker.ref()
    const answered = new Promise<Awaited<ReturnType<SqliteWorker[M]>>>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
    })
    this.#worker.postMessage({ id, method, args } satisfies SqliteRequest, [...transfer])
    return answered
  }

  /** Ends the thread where it stands. What it had under way is rejected. */
  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  #settle(answer: SqliteAnswer): void {
    const waiting = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (this.#waiting.size === 0) this.#worker.unref()
    if ('failure' in answer) waiting?.reject(errorOf(answer.failure))
    else waiting?.resolve(answer.value as never)
  }

  #end(why: string): void {
    this.#ended ??= new CentrumError('store-unavailable', `${this.#name} failed: ${why}.`)
    for (const { reject } of this.#waiting.values()) reject(this.#ended)
    this.#waiting.clear()
  }
}
