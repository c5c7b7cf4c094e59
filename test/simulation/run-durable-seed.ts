/**
 * One run with durable channels of a list of backs, each with a store of its own: they die at random moments and at each step of a commit,
 * and their stores are slow, full, or not heard. Then quiet, and a look at whether everything happened once. The same seed gives the same run.
 */
import { MemoryStore } from '../../src/store/memory-store.js'
import type { StoredChannel, StoreMember } from '../../src/store/store.js'
import { createWatchedCluster } from '../../src/testing/create-test-cluster.js'
import { SeededRandom } from '../../src/testing/seeded-random.js'
import { accountApp, type Counts, count } from './account-app.js'
import { HistoryChecker } from './checkers/history-checker.js'
import { type AccountCluster, Payments } from './payments.js'
import { StoreTroubles } from './store-troubles.js'

const BACKS = ['back-1', 'back-2'] as const
const TROUBLE_MS = 20_000
const QUIET_MS = 180_000
const STEP_MS = 5
const ASK_CHANCE = 0.04

/** Soon stored as a whole, and never faulted: backs that are killed at random look like such as their handlers end. */
export const SEED_LIMITS = {
  imageTurnBytesMin: 400,
  imageRatio: 1,
  storeRetryMs: 200,
  commitMsMax: 1_000,
  faultsMax: 1_000,
  poisonMax: 1_000,
}

export interface DurableRunResult {
  readonly findings: readonly string[]
  readonly counts: Readonly<Counts>
}

export function runDurableSeed(seed: string): Promise<DurableRunResult> {
  const run = new DurableRun(seed)
  return run.run().catch((error: unknown) => run.brokeOff(error))
}

class DurableRun {
  readonly #seed: string
  readonly #random: SeededRandom
  readonly #findings: string[] = []
  readonly #counts: Counts = { answered: 0, kills: 0, versions: 0 }
  readonly #stores = new Map<string, MemoryStore>()
  /** How each back joined its store last. */
  readonly #members = new Map<string, StoreMember>()
  readonly #history: HistoryChecker
  readonly #troubles: StoreTroubles
  #cluster: AccountCluster | null = null

  constructor(seed: string) {
    this.#seed = seed
    this.#random = new SeededRandom(`durable ${seed}`)
    this.#history = new HistoryChecker({
      stored: (channelId) => this.#stored(channelId),
      found: (what) => void this.#findings.push(what),
    })
    this.#troubles = new StoreTroubles({
      random: this.#random,
      counts: this.#counts,
      now: () => this.#cluster?.now ?? 0,
      kill: (back) => this.#kill(back),
    })
  }

  async run(): Promise<DurableRunResult> {
    const cluster = await createWatchedCluster(accountApp, {
      backs: BACKS.length,
      fronts: 2,
      seed: this.#seed,
      store: (backId) => this.#storeOf(backId),
      backLimits: SEED_LIMITS,
    })
    this.#cluster = cluster
    const [random, history, counts] = [this.#random, this.#history, this.#counts]
    const payments = new Payments(cluster, { random, history, counts, found: (what) => void this.#findings.push(what) })
    await payments.join()
    this.#troubles.scale = 1
    while (cluster.now < TROUBLE_MS) {
      await cluster.advance(STEP_MS)
      this.#troubles.step()
      payments.step(ASK_CHANCE)
      await this.#trouble(cluster)
    }
    this.#troubles.end()
    cluster.heal()
    for (const back of BACKS) this.#restart(cluster, back)
    await payments.settle(QUIET_MS)
    for (const id of cluster.runningIds) cluster.kill(id)
    this.#counts['versions'] = this.#history.versions
    return { findings: this.#findings, counts: this.#counts }
  }

  /** Nothing that a user does may reject here. */
  brokeOff(error: unknown): DurableRunResult {
    return { findings: [...this.#findings, `it broke off: ${String(error)}`], counts: this.#counts }
  }

  #storeOf(backId: string): MemoryStore {
    const store = new MemoryStore({ fate: (call) => this.#troubles.fate(call) })
    const join = store.join.bind(store)
    store.join = (member) => {
      this.#members.set(backId, member)
      return join(member)
    }
    this.#stores.set(backId, store)
    return store
  }

  #stored(channelId: string): StoredChannel | null {
    for (const { channels } of this.#stores.values()) {
      const stored = channels.read(channelId)
      if (stored !== null) return stored
    }
    return null
  }

  async #trouble(cluster: AccountCluster): Promise<void> {
    const random = this.#random
    for (const back of BACKS) {
      if (random.float() < 0.004) this.#kill(back)
      else if (random.float() < 0.02) this.#restart(cluster, back)
      if (random.float() < 0.002) await this.#intrude(cluster, back)
    }
    if (random.float() < 0.003 && cluster.runningIds.includes('back-1')) cluster.partition(['front-1'], ['back-1'])
    if (random.float() < 0.02) cluster.heal()
  }

  /** Another process is started on the store of a back that runs. */
  async #intrude(cluster: AccountCluster, back: string): Promise<void> {
    if (!cluster.runningIds.includes(back)) return
    count(this.#counts, 'intruders')
    const member = this.#members.get(back)
    if (member === undefined) return
    const joined = await this.#stores
      .get(back)
      ?.join({ ...member, incarnation: 'f'.repeat(16) })
      .then(
        () => true,
        () => false,
      )
    if (joined === true) this.#findings.push(`another process was let into the store of ${back}, which runs`)
  }

  #kill(back: string): void {
    const cluster = this.#cluster
    if (cluster === null || !cluster.runningIds.includes(back)) return
    count(this.#counts, 'kills')
    cluster.kill(back)
  }

  #restart(cluster: AccountCluster, back: string): void {
    if (!cluster.runningIds.includes(back)) cluster.restart(back)
  }
}
