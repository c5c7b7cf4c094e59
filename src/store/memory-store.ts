/**
 * A store in memory: the twin of those on disk, for tests and simulations. What it holds outlives the masters that join it, and a
 * hook decides for each call whether the store is slow, fails, or does its work and is not heard. Knows no process: whoever ends
 * one says so by `abandon`.
 */
import { CentrumError } from '../protocol/errors.js'
import { MemoryAdmin } from './memory-admin.js'
import { MemoryChannels } from './memory-channels.js'
import { MemoryJournal } from './memory-journal.js'
import type { MemoryRun } from './memory-run.js'
import type { StoreCall, StoreFate } from './store-fate.js'
import type { Journal, JournalTail, SharedStore, StoreAdmin, StoreMember } from './store.js'

export interface MemoryStoreOptions {
  /** For sentences. */
  readonly name?: string
  /** Whether several backs may have it at once, as those of a dynamic cluster do. */
  readonly isShared?: boolean
  /** Whether the newest app has such channels; false without it. */
  readonly knows?: (channelId: string) => boolean
  /** Asked at each call; all succeed at once without it. */
  readonly fate?: (call: StoreCall) => StoreFate | undefined
}

export class MemoryStore implements SharedStore {
  readonly name: string
  readonly keyFile = null
  readonly isShared: boolean
  readonly channels = new MemoryChannels()
  /** The newest run of each back. */
  readonly #runs = new Map<string, MemoryRun>()
  readonly #open = new Set<MemoryJournal>()
  readonly knows: (channelId: string) => boolean
  readonly #fate: NonNullable<MemoryStoreOptions['fate']>
  #remembered: { keyIds: readonly string[]; membershipHash: string } | null = null

  constructor(options: MemoryStoreOptions = {}) {
    const { name = 'a store in memory', isShared = false, knows = () => false, fate = () => undefined } = options
    this.name = name
    this.knows = knows
    this.isShared = isShared
    this.#fate = fate
  }

  async join(member: StoreMember): Promise<Journal> {
    const fate = this.fateOf({ backId: member.backId, method: 'join' })
    await fate.before
    if (fate.error) throw fate.error
    this.#refuse(member)
    const before = this.#runs.get(member.backId)
    const seq = before === undefined ? 0 : sealed(before).seq
    const run: MemoryRun = {
      backId: member.backId,
      incarnation: member.incarnation,
      tail: { seq, incarnation: member.incarnation, sealed: false },
    }
    this.#runs.set(member.backId, run)
    this.#remembered = { keyIds: member.keyIds, membershipHash: member.membershipHash }
    const journal = new MemoryJournal(this, run, () => void this.#open.delete(journal))
    this.#open.add(journal)
    await fate.after
    return journal
  }

  async administer(): Promise<StoreAdmin> {
    if (this.#open.size > 0) throw this.#inUse()
    return new MemoryAdmin(this.channels, () => {
      this.#remembered = null
    })
  }

  /** What the end of its process does to a back's run: its calls under way are never answered. */
  abandon(backId: string): void {
    for (const journal of this.#open) if (journal.run.backId === backId) journal.abandon()
  }

  /** What the application's own transaction does: a message waits for a channel, and all who have the store are told. */
  send(channelId: string, message: string, json: string | null): number {
    const id = this.channels.send(channelId, message, json)
    for (const journal of this.#open) journal.tellOfMessages()
    return id
  }

  /** Ends a run of a back, so that others may take its channels: whatever it appends from here on is fenced. */
  async seal(backId: string, incarnation?: string): Promise<boolean> {
    const run = this.#runs.get(backId)
    if (run === undefined || run.tail.sealed || (incarnation !== undefined && run.incarnation !== incarnation))
      return false
    sealed(run)
    return true
  }

  /** Whether a back has a run that is not sealed. */
  isThere(backId: string): boolean {
    return this.#runs.get(backId)?.tail.sealed === false
  }

  /** The newest run of a back, and whether its process has the store open. */
  runOf(backId: string): (Readonly<MemoryRun> & { readonly isOpen: boolean }) | null {
    const run = this.#runs.get(backId)
    return run === undefined ? null : { ...run, isOpen: [...this.#open].some((journal) => journal.run === run) }
  }

  /** Whether a run may still add to its journal. */
  isAlive(run: Pick<MemoryRun, 'backId' | 'incarnation'>): boolean {
    const newest = this.#runs.get(run.backId)
    return newest?.incarnation === run.incarnation && !newest.tail.sealed
  }

  fateOf(call: StoreCall): StoreFate {
    return this.#fate(call) ?? {}
  }

  #refuse({ backId, keyIds, membershipHash, owns }: StoreMember): void {
    const isOpen = [...this.#open].some(({ run }) => !this.isShared || run.backId === backId)
    if (isOpen) throw this.#inUse()
    if (this.#remembered === null) return
    if (this.#remembered.keyIds[0] !== undefined && !keyIds.includes(this.#remembered.keyIds[0])) {
      throw new CentrumError('store-mismatch', `${this.name} was written with a different key.`)
    }
    if (this.isShared || this.#remembered.membershipHash === membershipHash) return
    const lost = this.channels.ids().filter((id) => !owns(id))
    if (lost.length === 0) return
    throw new CentrumError('store-mismatch', `${this.name} contains channels of other backs: ${lost.join(', ')}.`, {
      details: lost,
    })
  }

  #inUse(): CentrumError {
    return new CentrumError('store-in-use', `${this.name} is in use.`)
  }
}

/** The end of a run's journal, sealed if it was not. */
function sealed(run: MemoryRun): JournalTail {
  if (!run.tail.sealed) run.tail = { seq: run.tail.seq + 1, incarnation: run.incarnation, sealed: true }
  return run.tail
}
