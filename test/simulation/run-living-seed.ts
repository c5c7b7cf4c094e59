/**
 * One run with durable channels of backs that come and go: they die, stop, drain, stand still and are cut off, channels are moved, and their
 * engine is away, slow, or not heard. Then quiet, and a look at whether everything happened once. The same seed gives the same run.
 */
import type { LogSink } from '../../src/testing/simulated-process.js'
import type { SimulatedEngine } from '../../src/testing/simulated-engine.js'
import { createWatchedCluster } from '../../src/testing/create-test-cluster.js'
import { SeededRandom } from '../../src/testing/seeded-random.js'
import { accountApp, type Counts, count, newerAccountApp } from './account-app.js'
import { HistoryChecker } from './checkers/history-checker.js'
import { LivingTroubles } from './living-troubles.js'
import { type AccountCluster, Payments } from './payments.js'
import { Rooms } from './rooms.js'
import { type DurableRunResult, SEED_LIMITS } from './run-durable-seed.js'
import { StoreTroubles } from './store-troubles.js'

const TROUBLE_MS = 60_000
/** From here on backs start with a later version of the app, beside those that are there. */
const DEPLOY_MS = 20_000
/** Those that stand still or are cut off for long, and what waits for them, and for their successors. */
const QUIET_MS = 180_000
const STEP_MS = 20
/** Longer than a fenced back takes to join anew. */
const REJOIN_MS = 15_000
const ASK_CHANCE = 0.03
const SEND_CHANCE = 0.03

export function runLivingSeed(seed: string, log?: LogSink): Promise<DurableRunResult> {
  const run = new LivingRun(seed, log)
  return run.run().catch((error: unknown) => run.brokeOff(error))
}

class LivingRun {
  readonly #seed: string
  readonly #log: LogSink | undefined
  readonly #random: SeededRandom
  readonly #findings: string[] = []
  readonly #counts: Counts = { answered: 0, versions: 0, owners: 0 }
  readonly #history: HistoryChecker
  readonly #store: StoreTroubles
  readonly #troubles: LivingTroubles
  #engine: SimulatedEngine | null = null
  #cluster: AccountCluster | null = null

  constructor(seed: string, log: LogSink | undefined) {
    this.#seed = seed
    this.#log = log
    this.#random = new SeededRandom(`living ${seed}`)
    this.#history = new HistoryChecker({
      stored: (channelId) => this.#engine?.store.channels.read(channelId) ?? null,
      found: (what) => this.#found(what),
    })
    const [random, counts] = [this.#random, this.#counts]
    this.#troubles = new LivingTroubles({ random, counts, log })
    this.#store = new StoreTroubles({
      random: this.#random.fork('store'),
      counts,
      now: () => this.#cluster?.now ?? 0,
      kill: (back) => this.#troubles.kill(back),
    })
  }

  async run(): Promise<DurableRunResult> {
    const cluster = await createWatchedCluster(accountApp, {
      backs: 3,
      fronts: 2,
      cluster: 'dynamic',
      seed: this.#seed,
      backLimits: SEED_LIMITS,
      log: (line) => {
        this.#log?.(line)
        if (line.event === 'back.joined-anew') count(this.#counts, 'owners fenced')
        if (line.event === 'image.left-to-newer') count(this.#counts, 'left to newer')
      },
      watch: {
        engine: (engine) => (this.#engine = engine),
        // A rolling deploy: who starts from here on has the newer app.
        app: (app) => ((this.#cluster?.now ?? 0) < DEPLOY_MS ? app : (newerAccountApp as unknown as typeof app)),
        call: (call) => this.#store.fate(call),
      },
    })
    this.#cluster = cluster
    this.#troubles.begin(cluster)
    const [random, history, counts] = [this.#random.fork('payments'), this.#history, this.#counts]
    const found = (what: string): void => this.#found(what)
    const payments = new Payments(cluster, { random, history, counts, found })
    const rooms = new Rooms(cluster, { counts, found, touchedAt: (backId) => this.#troubles.touchedAt(backId) })
    await payments.join()
    await rooms.join()
    const step = async (ms: number): Promise<void> => {
      await cluster.advance(ms)
      this.#store.step()
      rooms.step()
      for (const { id, epoch, owner } of cluster.living.channels()) this.#history.owned(id, epoch, owner)
    }
    this.#store.scale = 0.1
    while (cluster.now < TROUBLE_MS) {
      await step(STEP_MS)
      payments.step(ASK_CHANCE)
      payments.send(SEND_CHANCE)
      this.#troubles.step()
    }
    this.#store.end()
    this.#troubles.end()
    await payments.settle(QUIET_MS, step)
    await step(REJOIN_MS)
    this.#checkMembers(cluster)
    for (const id of cluster.runningIds) cluster.kill(id)
    this.#counts['versions'] = this.#history.versions
    this.#counts['owners'] = this.#history.owners
    return { findings: this.#findings, counts: this.#counts }
  }

  /** Who was taken for dead has noticed it, and takes part again. */
  #checkMembers(cluster: AccountCluster): void {
    const members = new Set(this.#engine?.list().map(({ id }) => id))
    for (const id of cluster.runningIds)
      if (id.startsWith('back-') && !members.has(id)) this.#found(`${id} runs, and is no member of its cluster`)
  }

  /** Nothing that a user does may reject here. */
  brokeOff(error: unknown): DurableRunResult {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { findings: [...this.#findings, `it broke off: ${text}`], counts: this.#counts }
  }

  #found(what: string): void {
    count(this.#counts, 'findings')
    this.#findings.push(`${((this.#cluster?.now ?? 0) / 1_000).toFixed(3)} s  ${what}`)
  }
}
