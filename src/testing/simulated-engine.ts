/**
 * The engine of a simulated cluster whose backs come and go: what a database is to a real one. Each process sees it through a cluster of its
 * own, and reaches it or not. Knows nothing of masters.
 */
import type {
  AnnouncedBack,
  ChannelKind,
  ChannelMove,
  DynamicCluster,
  ListedBack,
  ListedFront,
  PlaceWish,
} from '../cluster/cluster.js'
import type { RejectedMessage } from '../cluster/rejected-message.js'
import { Directory, type Suspicion } from '../cluster/directory.js'
import { CentrumError } from '../protocol/errors.js'
import { compilePatterns } from '../protocol/pattern.js'
import type { MemoryStore } from '../store/memory-store.js'

/** A vote counts for as long as so many looks take. */
const VOTE_POLLS = 3

/** A process as its engine sees it. */
export interface EngineClient {
  readonly clock: ConstructorParameters<typeof Directory>[0]['clock']
  /** Waits for a while in the process. Rejects where the engine cannot be reached. */
  reach(): Promise<void>
  /** Whether nothing listens at an address. */
  refuses(address: string): Promise<boolean>
  /** Whether its process has ended. */
  isDead(): boolean
}

/** A channel as the engine has it. */
export interface SimulatedChannel {
  readonly id: string
  /** The id of the back that has it; null while nobody has. */
  readonly owner: string | null
  readonly epoch: number
  /** As its owner said within the last seconds; null where it has said nothing yet. */
  readonly links: number | null
  /** Its `ctx.summary`; null where there is none. */
  readonly summary: unknown
  /** Why it opens no more; null where nothing is wrong. */
  readonly fault: string | null
}

export interface EngineTimes {
  readonly pollMs: number
  readonly deadMs: number
  readonly leaseMs: number
  readonly moveMs: number
}

/** Those of `postgresCluster`. */
export const ENGINE_TIMES: EngineTimes = { pollMs: 1_000, deadMs: 4_000, leaseMs: 10_000, moveMs: 60_000 }

interface Row {
  readonly back: AnnouncedBack
  readonly incarnation: string
  isCordoned: boolean
  isDraining: boolean
  load: number
}

export class SimulatedEngine {
  readonly store: MemoryStore
  readonly times: EngineTimes
  readonly #rows = new Map<string, Row>()
  readonly #fronts = new Map<string, ListedFront & { readonly client: EngineClient }>()
  /** When masters last said that they do not reach a run, by back and master. */
  readonly #votes = new Map<string, Map<string, { readonly incarnation: string; readonly at: number }>>()
  readonly #now: () => number
  readonly #told = new Set<() => void>()
  /** Of the app of the newest back. */
  #kinds: readonly ChannelKind[] = []

  constructor(store: MemoryStore, times: EngineTimes, now: () => number) {
    this.#now = now
    this.store = store
    this.times = times
  }

  announce(back: AnnouncedBack, kinds: readonly ChannelKind[]): void {
    const run = this.store.runOf(back.id)
    if (run === null) throw noBack(back.id)
    const isCordoned = this.#rows.get(back.id)?.isCordoned === true
    this.#rows.set(back.id, { back, incarnation: run.incarnation, isCordoned, isDraining: false, load: 0 })
    this.#kinds = kinds
    this.changed()
  }

  announceFront(id: string, publicUrl: string | null, client: EngineClient): void {
    if (publicUrl === null) this.#fronts.delete(id)
    else this.#fronts.set(id, { id, publicUrl, client })
    this.changed()
  }

  listFronts(): ListedFront[] {
    const living = [...this.#fronts.values()].filter(({ client }) => !client.isDead())
    return living.map(({ id, publicUrl }) => ({ id, publicUrl }))
  }

  vote(votes: readonly Suspicion[]): void {
    let isNew = false
    for (const { observerId, backId, incarnation } of votes) {
      isNew ||= !this.#isSuspectedBy(backId, observerId, incarnation)
      const ofBack = this.#votes.get(backId) ?? new Map<string, { incarnation: string; at: number }>()
      this.#votes.set(backId, ofBack.set(observerId, { incarnation, at: this.#now() }))
    }
    if (isNew) this.changed()
  }

  #isSuspectedBy(backId: string, observerId: string, incarnation: string): boolean {
    const vote = this.#votes.get(backId)?.get(observerId)
    return vote?.incarnation === incarnation && this.#now() - vote.at < VOTE_POLLS * this.times.pollMs
  }

  #suspectedBy(backId: string, incarnation: string): number {
    const observers = [...(this.#votes.get(backId)?.keys() ?? [])]
    return observers.filter((observerId) => this.#isSuspectedBy(backId, observerId, incarnation)).length
  }

  reportLoad(backId: string, load: number): void {
    this.#rowOf(backId).load = load
  }

  /** Throws a `CentrumError` `invalid-option` where there is no such back. */
  change(backId: string, changes: Partial<Pick<Row, 'isCordoned' | 'isDraining'>>): void {
    Object.assign(this.#rowOf(backId), changes)
    this.changed()
  }

  #rowOf(backId: string): Row {
    const row = this.#rows.get(backId)
    if (row === undefined || !this.store.isThere(backId)) throw noBack(backId)
    return row
  }

  list(): ListedBack[] {
    const { channels } = this.store
    return [...this.#rows.values()].flatMap(({ back, incarnation, isCordoned, isDraining, load }) => {
      const run = this.store.runOf(back.id)
      if (run?.incarnation !== incarnation || run.tail.sealed) return []
      const [moves, suspectedBy] = [channels.movesOf(run).length, this.#suspectedBy(back.id, incarnation)]
      const more = {
        isCordoned,
        isDraining,
        isHeld: run.isOpen,
        channelCount: load,
        moves,
        tail: run.tail.seq,
        suspectedBy,
      }
      return [{ ...back, incarnation, ...more }]
    })
  }

  /** How many channels a back owns. */
  countOf(backId: string): number {
    const run = this.store.runOf(backId)
    return run === null || run.tail.sealed ? 0 : this.store.channels.countOf(run)
  }

  /** As a move begins: its owner is told, or the next owner is chosen where there is none. */
  move(channelId: string, backId: string): void {
    this.#rowOf(backId)
    this.store.channels.move(channelId, backId, this.store)
    this.changed()
  }

  hasMoved(channelId: string, backId: string): boolean {
    return this.store.channels.isFor(channelId, backId, this.store)
  }

  movesOf(backId: string): ChannelMove[] {
    const run = this.store.runOf(backId)
    return run === null ? [] : this.store.channels.movesOf(run)
  }

  /** What `centrum.send` does within a transaction. Throws where it refuses. */
  send(channelId: string, message: string, payload: unknown): void {
    if (this.#kindOf(channelId)?.durability === 'none') {
      throw new CentrumError(
        'not-permitted',
        `send: the channel '${channelId}' exists only in memory, and could lose the message. Give its definition a durability, 'log' or 'snapshot'.`,
      )
    }
    this.store.send(channelId, message, payload === undefined ? null : JSON.stringify(payload))
  }

  channels(): SimulatedChannel[] {
    return this.store.channels.reported(this.store).map(({ id, owner, epoch, report, fault }) => ({
      id,
      owner,
      epoch,
      links: owner === null ? 0 : (report?.links ?? null),
      summary: report?.summary == null ? null : (JSON.parse(report.summary) as unknown),
      fault: fault?.reason ?? null,
    }))
  }

  rejected(): RejectedMessage[] {
    return this.store.channels.refused().map(({ channelId, id, message, json, reason }) => {
      const payload: unknown = json === null ? undefined : JSON.parse(json)
      return { id, channel: channelId, message, payload, reason }
    })
  }

  knows(channelId: string): boolean {
    return this.#kindOf(channelId) !== null
  }

  #kindOf(channelId: string): ChannelKind | null {
    const match = compilePatterns(this.#kinds.map(({ pattern }) => pattern)).match(channelId)
    return this.#kinds.find(({ pattern }) => pattern === match?.pattern) ?? null
  }

  /** Tells those who listen that something has changed. */
  changed(): void {
    for (const tell of this.#told) tell()
  }

  /** The cluster as one process has it. */
  clusterOf(client: EngineClient, keys: readonly Uint8Array[]): SimulatedCluster {
    const cluster = new SimulatedCluster(this, client, keys)
    this.#told.add(
      () =>
        void client.reach().then(
          () => cluster.prod(),
          () => undefined,
        ),
    )
    return cluster
  }
}

/** The engine's cluster as one process sees it. */
export class SimulatedCluster implements DynamicCluster {
  readonly hash = '0'.repeat(16)
  readonly keys: readonly Uint8Array[]
  readonly store: MemoryStore
  readonly leaseMs: number
  readonly #engine: SimulatedEngine
  readonly #client: EngineClient
  readonly #directory: Directory
  #fronts: readonly ListedFront[] = []
  #frontId: string | null = null

  constructor(engine: SimulatedEngine, client: EngineClient, keys: readonly Uint8Array[]) {
    const { store, times } = engine
    this.keys = keys
    this.store = store
    this.leaseMs = times.leaseMs
    this.#engine = engine
    this.#client = client
    this.#directory = new Directory({
      ...times,
      clock: client.clock,
      read: () =>
        this.#ask(() => {
          this.#fronts = engine.listFronts()
          return engine.list()
        }),
      vote: (votes) => this.#ask(() => engine.vote(votes)),
      refuses: (address) => client.refuses(address),
      seal: ({ id, incarnation }) => this.#ask(() => store.seal(id, incarnation)),
      onError: () => undefined,
    })
  }

  get key(): Uint8Array | undefined {
    return this.keys[0]
  }

  get members(): readonly ListedBack[] {
    return this.#directory.backs
  }

  ownerOf(channelId: string, wish?: PlaceWish): string | null {
    return this.#directory.ownerOf(channelId, wish)
  }

  suspect(observerId: string, backId: string, isMissed: boolean): void {
    this.#directory.suspect(observerId, backId, isMissed)
  }

  get fronts(): readonly ListedFront[] {
    return this.#frontId === null ? [] : this.#fronts.filter(({ id }) => id !== this.#frontId)
  }

  announceFront(frontId: string, publicUrl: string | null): Promise<void> {
    this.#frontId = frontId
    return this.#ask(() => this.#engine.announceFront(frontId, publicUrl, this.#client))
  }

  reportLoad(backId: string, channels: number): Promise<void> {
    return this.#ask(() => this.#engine.reportLoad(backId, channels))
  }

  async announce(back: AnnouncedBack, kinds: readonly ChannelKind[]): Promise<void> {
    this.#directory.self = back.id
    await this.#ask(() => this.#engine.announce(back, kinds))
    await this.#directory.refresh()
  }

  follow(onChange: () => void): Promise<{ end(): void }> {
    return this.#directory.follow(onChange)
  }

  isGone(backId: string): Promise<boolean> {
    return this.#directory.isGone(backId)
  }

  cordon(backId: string): Promise<void> {
    return this.#ask(() => this.#engine.change(backId, { isCordoned: true }))
  }

  uncordon(backId: string): Promise<void> {
    return this.#ask(() => this.#engine.change(backId, { isCordoned: false, isDraining: false }))
  }

  beginDrain(backId: string): Promise<void> {
    return this.#ask(() => this.#engine.change(backId, { isDraining: true }))
  }

  async drain(backId: string): Promise<void> {
    await this.beginDrain(backId)
    await this.#until(`'${backId}' has handed over its channels`, () => this.#engine.countOf(backId) === 0)
  }

  async move(channelId: string, backId: string): Promise<void> {
    await this.#ask(() => this.#engine.move(channelId, backId))
    await this.#until(`'${channelId}' has moved to '${backId}'`, () => this.#engine.hasMoved(channelId, backId))
  }

  movesOf(backId: string): Promise<readonly ChannelMove[]> {
    return this.#ask(() => this.#engine.movesOf(backId))
  }

  prod(): void {
    this.#directory.prod()
  }

  close(): void {
    this.#directory.stop()
  }

  async #until(what: string, look: () => boolean): Promise<void> {
    const { clock } = this.#client
    const { moveMs, pollMs } = this.#engine.times
    const end = clock.now() + moveMs
    while (!(await this.#ask(look))) {
      if (clock.now() > end) throw new CentrumError('timeout', `It took more than ${moveMs} ms until ${what}.`)
      await new Promise<void>((resolve) => void clock.after(pollMs / 10, resolve))
    }
  }

  async #ask<T>(work: () => T | Promise<T>): Promise<T> {
    await this.#client.reach()
    const result = await work()
    await this.#client.reach()
    return result
  }
}

function noBack(backId: string): CentrumError {
  return new CentrumError('invalid-option', `There is no back '${backId}' in the cluster.`)
}
