/** The processes of a bench of durable channels, and a folder on a real disk for their stores: all of it ends with the bench. */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Child } from './child.js'
import type { DurableLoadFace, DurableServerFace } from './durable-faces.js'
import { buildWorker, findNode } from './prepare.js'
import { serverFlags } from './session.js'

/** Below the project: the folder for temporary files is a disk of memory on some machines. */
const BUILD = fileURLToPath(new URL('../.build', import.meta.url))

export class DurableSession {
  readonly node = findNode()
  readonly folder: string
  readonly #server = buildWorker('servers/durable', '.build')
  readonly #load = buildWorker('clients/durable-load', '.build')
  readonly #children: { stop(): Promise<void> }[] = []
  #files = 0

  constructor() {
    this.folder = mkdtempSync(join(BUILD, 'durable-'))
  }

  server(): Child<DurableServerFace> {
    return this.#kept(new Child(this.node, serverFlags(), this.#server))
  }

  load(): Child<DurableLoadFace> {
    return this.#kept(new Child(this.node, [], this.#load))
  }

  #kept<Face>(child: Child<Face>): Child<Face> {
    this.#children.push(child)
    return child
  }

  /** For a store that is not there yet. */
  newFile(): string {
    return join(this.folder, `store-${++this.#files}`, 'app.db')
  }

  newAddress(): string {
    return `unix:${join(this.folder, `${++this.#files}.sock`)}`
  }

  /** Ends the processes that were started. */
  async end(): Promise<void> {
    await Promise.all(this.#children.splice(0).map((child) => child.stop()))
  }

  async close(): Promise<void> {
    await this.end()
    rmSync(this.folder, { recursive: true, force: true })
  }
}
