/**
 * What the channels' handlers really did, noted beside the system: which message was handled when and by whom, which events were sent.
 * The checkers compare it with what clients were told.
 */
import type { Findings } from './findings.js'

/** A broadcast event as the channel made it. */
export interface Shouted {
  readonly version: number
  /** How many of that version came before it. */
  readonly index: number
  readonly except: string | null
}

export class Ledger {
  readonly #findings: Findings
  readonly #handled = new Map<string, string>()
  readonly #order = new Map<string, number>()
  readonly #directs = new Map<string, number>()
  readonly #shouts = new Map<string, Shouted>()
  #generations = 0

  constructor(findings: Findings) {
    this.#findings = findings
  }

  get handledCount(): number {
    return this.#handled.size
  }

  /** A message or request begins to be handled. `stream`: those of one stream come in order of `counter`. */
  handle(id: string, stream: string, counter: number, owner: string): void {
    const before = this.#handled.get(id)
    if (before !== undefined) this.#findings.add('G3 once', id, `handled by ${before}, and again by ${owner}`)
    this.#handled.set(id, owner)
    const last = this.#order.get(stream) ?? 0
    if (last > 0) this.#findings.saw('a message handled behind another of its stream')
    if (counter <= last) this.#findings.add('G3 order', stream, `${counter} was handled after ${last}`)
    this.#order.set(stream, counter)
  }

  handled(id: string): boolean {
    return this.#handled.has(id)
  }

  /** A link begins: what is sent to it alone is counted from here. */
  newGeneration(): number {
    return ++this.#generations
  }

  nextDirect(generation: number): number {
    const key = `${generation}`
    const k = (this.#directs.get(key) ?? 0) + 1
    this.#directs.set(key, k)
    return k
  }

  directs(generation: number): number {
    return this.#directs.get(`${generation}`) ?? 0
  }

  shout(channelId: string, epoch: number, k: number, { version, except }: Omit<Shouted, 'index'>): void {
    const before = this.shouted(channelId, epoch, k - 1)
    const index = before?.version === version ? before.index + 1 : 0
    this.#shouts.set(`${channelId}@${epoch}/${k}`, { version, except, index })
  }

  shouted(channelId: string, epoch: number, k: number): Shouted | undefined {
    return this.#shouts.get(`${channelId}@${epoch}/${k}`)
  }
}
