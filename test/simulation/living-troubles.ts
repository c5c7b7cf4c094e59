/**
 * What happens to masters and engine of a cluster whose backs come and go, at random: one trouble after the other, some while others last.
 * Knows nothing of channels but their names.
 */
import type { LogSink } from '../../src/testing/simulated-process.js'
import type { SeededRandom } from '../../src/testing/seeded-random.js'
import { ACCOUNTS, type Counts, count, ROOMS } from './account-app.js'
import type { AccountCluster } from './payments.js'

const BACKS = ['back-1', 'back-2', 'back-3']
const FRONTS = ['front-1', 'front-2']
const ENGINE = 'engine'
/** From one trouble to the next. */
const PAUSE_MS_MAX = 4_000
/** What others do not take for a death: the shortest of the times that they wait. */
const SHORT_MS = 2_000
/** The lease of a back, less what looks and beats take. */
const LEASE_MS = 8_500
/** As soon behind another a trouble counts as the same. */
const SOON_MS = 4_000

/** Each with how often it comes, of all. */
const KINDS = {
  'kill back': 4,
  'kill front': 2,
  'stop back': 3,
  'drain back': 3,
  'cordon back': 1,
  move: 5,
  'stall back': 5,
  'stall front': 2,
  'cut back off engine': 5,
  'cut front off engine': 1,
  'cut front off back': 3,
  'cut back off back': 1,
  'engine away': 2,
} as const
export type LivingTrouble = keyof typeof KINDS
const LIVING_TROUBLES = Object.keys(KINDS) as readonly LivingTrouble[]
const WEIGHTS = LIVING_TROUBLES.flatMap((kind) => Array.from({ length: KINDS[kind] }, () => kind))

export interface LivingTroublesHost {
  readonly random: SeededRandom
  readonly counts: Counts
  readonly log: LogSink | undefined
}

export class LivingTroubles {
  readonly #host: LivingTroublesHost
  readonly #touched = new Map<string, number>()
  /** Troubles that each master was in last, one behind the other. */
  readonly #lasting = new Map<string, { readonly since: number; readonly until: number }>()
  /** What is to happen yet. */
  #plans: { readonly atMs: number; readonly run: () => void }[] = []
  /** Masters that end in good order. */
  readonly #stopping = new Set<string>()
  #nextAt = 0
  #cluster: AccountCluster | null = null

  constructor(host: LivingTroublesHost) {
    this.#host = host
  }

  begin(cluster: AccountCluster): void {
    this.#cluster = cluster
  }

  /** When others may have begun to take a back for dead; long ago where they never did. */
  touchedAt(backId: string): number {
    return this.#touched.get(backId) ?? -Infinity
  }

  step(): void {
    const now = this.#now
    const due = this.#plans.filter(({ atMs }) => atMs <= now)
    this.#plans = this.#plans.filter(({ atMs }) => atMs > now)
    for (const { run } of due) run()
    if (now < this.#nextAt) return
    this.#nextAt = now + this.#host.random.between(50, PAUSE_MS_MAX)
    const kind = this.#host.random.pick(WEIGHTS)
    if (kind === undefined || !this.#happen(kind)) return
    count(this.#host.counts, kind)
  }

  /** Everything that was cut, stopped or stalled goes on. */
  end(): void {
    const cluster = this.#here
    for (const { run } of this.#plans.splice(0)) run()
    cluster.heal()
    for (const id of [...BACKS, ...FRONTS]) this.#restart(id)
    for (const id of BACKS) void cluster.living.uncordon(id).catch(() => undefined)
  }

  /** The process of a back ends. */
  kill(backId: string): void {
    if (!this.#isUp(backId)) return
    this.#touch(backId, 0)
    this.#tell('kill', backId)
    this.#here.kill(backId)
    this.#later(6_000, () => this.#restart(backId))
  }

  get #here(): AccountCluster {
    if (this.#cluster === null) throw new Error('The troubles have not begun.')
    return this.#cluster
  }

  get #now(): number {
    return this.#here.now
  }

  #isUp(id: string): boolean {
    return this.#here.runningIds.includes(id) && !this.#stopping.has(id)
  }

  /** Its trouble lasts so long, and where that is more than `shortMs` others may take it for dead. One that soon follows another lasts on. */
  #touch(id: string, ms: number, shortMs = -1): void {
    const [now, known] = [this.#now, this.#lasting.get(id)]
    const since = known !== undefined && now - known.until < SOON_MS ? known.since : now
    const until = Math.max(known?.until ?? 0, now + ms)
    this.#lasting.set(id, { since, until })
    if (until - since > shortMs) this.#touched.set(id, Math.max(this.touchedAt(id), until))
  }

  #tell(event: string, ...fields: unknown[]): void {
    this.#host.log?.({ atMs: this.#now, process: 'trouble', level: 'info', event, fields: { fields } })
  }

  /** At random, until then. */
  #later(msMax: number, run: () => void): void {
    this.#plans.push({ atMs: this.#now + this.#host.random.float() * msMax, run })
  }

  /** One that runs. */
  #pick(of: readonly string[]): string | undefined {
    return this.#host.random.pick(of.filter((id) => this.#isUp(id)))
  }

  #restart(id: string): void {
    if (this.#here.runningIds.includes(id) || this.#stopping.has(id)) return
    this.#tell('restart', id)
    this.#here.restart(id)
  }

  /** False where there is nobody to whom it could. */
  #happen(kind: LivingTrouble): boolean {
    const { random } = this.#host
    const cluster = this.#here
    const of = kind.includes('front') ? FRONTS : BACKS
    const id = this.#pick(kind === 'cut front off back' ? BACKS : of)
    if (id === undefined) return false
    switch (kind) {
      case 'kill back':
        this.kill(id)
        return true
      case 'kill front':
        cluster.kill(id, { dark: random.chance(0.3) })
        this.#later(4_000, () => this.#restart(id))
        return true
      case 'stop back':
        return this.#stop(id)
      case 'drain back':
        void cluster.living.drain(id).catch(() => undefined)
        this.#later(6_000, () => void cluster.living.uncordon(id).catch(() => undefined))
        return true
      case 'cordon back':
        void cluster.living.cordon(id).catch(() => undefined)
        this.#later(6_000, () => void cluster.living.uncordon(id).catch(() => undefined))
        return true
      case 'move':
        void cluster.living.move(this.#anyChannel(), id).catch(() => undefined)
        return true
      case 'stall back':
      case 'stall front': {
        const ms = random.chance(0.3) ? random.between(5_000, 20_000) : random.between(100, 3_000)
        this.#tell(kind, id, ms)
        this.#touch(id, ms, SHORT_MS)
        cluster.stall(id, ms)
        return true
      }
      case 'cut back off engine':
        return this.#cut([id], [ENGINE], LEASE_MS, random.chance(0.3) ? 30_000 : LEASE_MS)
      case 'cut front off engine':
        return this.#cut([id], [ENGINE], Infinity, 10_000)
      case 'cut front off back':
        return this.#cut([id], [random.pick(FRONTS) ?? 'front-1'], SHORT_MS, 6_000)
      case 'cut back off back':
        return this.#cut(
          [id],
          BACKS.filter((other) => other !== id),
          SHORT_MS,
          6_000,
        )
      case 'engine away':
        return this.#cut([...BACKS, ...FRONTS], [ENGINE], LEASE_MS, 6_000)
    }
  }

  /** Nothing passes for a while. Longer than `shortMs`, and others may take those for dead. */
  #cut(some: readonly string[], others: readonly string[], shortMs: number, msMax: number): boolean {
    const cluster = this.#here
    const [near, far] = [some, others].map((ids) =>
      ids.filter((id) => id === ENGINE || cluster.runningIds.includes(id)),
    )
    if (near === undefined || far === undefined || near.length === 0 || far.length === 0) return false
    const ms = this.#host.random.between(100, msMax)
    this.#tell('cut', near, far, ms)
    for (const id of near) this.#touch(id, ms, shortMs)
    const end = cluster.partition(near, far)
    this.#plans.push({ atMs: this.#now + ms, run: end })
    return true
  }

  #stop(id: string): boolean {
    const cluster = this.#here
    const { random } = this.#host
    this.#touch(id, 0)
    this.#stopping.add(id)
    this.#tell('stop', id)
    const drained = random.chance(0.5) ? cluster.drain(id).catch(() => undefined) : Promise.resolve()
    void drained
      .then(() => cluster.stop(id))
      .catch(() => undefined)
      .then(() => {
        this.#stopping.delete(id)
        this.#later(3_000, () => this.#restart(id))
        return undefined
      })
    return true
  }

  #anyChannel(): string {
    const { random } = this.#host
    return random.chance(0.7) ? `account/${random.below(ACCOUNTS)}` : `room/${random.below(ROOMS)}`
  }
}
