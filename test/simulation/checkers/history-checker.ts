/**
 * What is shown of durable channels, compared with what is stored of them: nothing that the store does not have (G4), each version one state
 * whoever shows it (G1), and at each observer neither version nor epoch going back. And who owns channels, as the engine says: each epoch has
 * one owner. Knows no cluster.
 */
import { decodeImage, decodeRecord } from '../../../src/durable/stored-format.js'
import type { StoredChannel } from '../../../src/store/store.js'

/** A link as its observer has it. */
export interface Shown {
  readonly id: string
  readonly epoch: number
  readonly version: number
  readonly state: object
}

export interface HistoryHost {
  /** What is stored of a channel at this moment; null for nothing. */
  stored(channelId: string): StoredChannel | null
  found(what: string): void
}

export class HistoryChecker {
  readonly #host: HistoryHost
  /** What each version of a channel is, whoever saw it first. */
  readonly #versions = new Map<string, string>()
  /** Where each observer of a channel is. */
  readonly #observed = new Map<string, { epoch: number; version: number }>()
  readonly #owners = new Map<string, string>()
  readonly #epochs = new Map<string, number>()
  readonly #said = new Set<string>()

  constructor(host: HistoryHost) {
    this.#host = host
  }

  /** How many versions were seen. */
  get versions(): number {
    return this.#versions.size
  }

  /** How many owners channels had. */
  get owners(): number {
    return this.#owners.size
  }

  shown(observer: string, { id, epoch, version, state }: Shown): void {
    const text = JSON.stringify(state)
    const key = `${id} ${version}`
    const known = this.#versions.get(key)
    if (known === undefined) this.#versions.set(key, text)
    else if (known !== text) this.#found(`${key} is two states`, `${known} and ${text}`)
    const stored = versionOf(this.#host.stored(id))
    if (version > stored)
      this.#found(`${id} is shown before it is stored`, `version ${version}, and ${stored} is stored`)
    const place = `${id} at ${observer}`
    const before = this.#observed.get(place) ?? { epoch: 0, version: 0 }
    if (version < before.version) this.#found(`${place} goes back`, `from version ${before.version} to ${version}`)
    if (epoch < before.epoch) this.#found(`${place} is shown an older owner`, `${epoch} behind ${before.epoch}`)
    this.#observed.set(place, { epoch, version })
  }

  /** As the engine says. `backId`: null while nobody has it. */
  owned(channelId: string, epoch: number, backId: string | null): void {
    const before = this.#epochs.get(channelId) ?? 0
    if (epoch < before) this.#found(`the epoch of ${channelId} goes back`, `from ${before} to ${epoch}`)
    this.#epochs.set(channelId, epoch)
    if (backId === null) return
    const key = `${channelId} in epoch ${epoch}`
    const known = this.#owners.get(key)
    if (known === undefined) this.#owners.set(key, backId)
    else if (known !== backId) this.#found(`${key} has two owners`, `${known} and ${backId}`)
  }

  /** The same thing once. */
  #found(what: string, how: string): void {
    if (this.#said.has(what)) return
    this.#said.add(what)
    this.#host.found(`${what}: ${how}`)
  }
}

/** The last version that is stored; 0 for none. */
function versionOf(stored: StoredChannel | null): number {
  const last = stored?.turns.at(-1)
  if (last !== undefined) return decodeRecord(last.bytes).version
  return stored?.image ? decodeImage(stored.image.bytes).version : 0
}
