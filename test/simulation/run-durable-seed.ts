/**
 * One run with durable channels: accounts that send each other money, while their backs die at random moments and at each step of a commit,
 * and their stores are slow, full, or not heard. Then quiet, and a look at whether everything happened once. The same seed gives the same run.
 */
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { internal, unchecked } from '../../src/channel/schema.js'
import { CentrumError } from '../../src/protocol/errors.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import type { StoreCall, StoreFate } from '../../src/store/store-fate.js'
import { createWatchedCluster } from '../../src/testing/create-test-cluster.js'
import { SeededRandom } from '../../src/testing/seeded-random.js'

const ACCOUNTS = 4
const EACH = 1_000
const CLIENTS = 4
const BACKS = ['back-1', 'back-2'] as const
const TROUBLE_MS = 20_000
const QUIET_MS = 180_000
const STEP_MS = 5

interface Transfer {
  readonly id: string
  readonly to: string
  readonly amount: number
}

const account = defineChannel({
  state: () => ({ balance: EACH, done: {} as Counts, credited: {} as Counts, rung: {} as Counts }),
  memory: () => ({ count: 0 }),
  requests: { transfer: { input: unchecked<Transfer>() }, check: { input: unchecked<undefined>() } },
  messages: { credit: internal(unchecked<{ id: string; amount: number }>()) },
  timers: { ring: unchecked<string>() },
  durability: 'log',
  tickMs: 20,
  idleMs: 1_000,
}).implement({
  onRequest: {
    transfer(ctx, _client, { id, to, amount }) {
      ctx.state.balance -= amount
      count(ctx.state.done, id)
      ctx.memory.count++
      ctx.channel(account0, to).send('credit', { id, amount })
      ctx.after(100, 'ring', id)
      return id
    },
    check: (ctx) => [ctx.memory.count, Object.keys(ctx.state.done).length],
  },
  onMessage: {
    credit(ctx, _sender, { id, amount }) {
      ctx.state.balance += amount
      count(ctx.state.credited, id)
    },
  },
  onTimer: { ring: (ctx, id) => count(ctx.state.rung, id) },
})
/** What a handler names it by: its own type is not known within it. */
const account0 = defineChannel({
  state: () => ({}),
  messages: { credit: internal(unchecked<{ id: string; amount: number }>()) },
})

type Counts = Record<string, number>

function count(counts: Counts, id: string): void {
  counts[id] = (counts[id] ?? 0) + 1
}

export interface DurableRunResult {
  readonly findings: readonly string[]
  readonly counts: Readonly<Record<string, number>>
}

export function runDurableSeed(seed: string): Promise<DurableRunResult> {
  const run = new DurableRun(seed)
  return run.run().catch((error: unknown) => run.brokeOff(error))
}

type Cluster = Awaited<ReturnType<typeof makeCluster>>

function makeCluster(seed: string, storeOf: (backId: string) => MemoryStore) {
  return createWatchedCluster(defineApp({ channels: { 'account/:id': account } }), {
    backs: BACKS.length,
    fronts: 2,
    seed,
    store: storeOf,
    backLimits: {
      imageTurnBytesMin: 400,
      imageRatio: 1,
      storeRetryMs: 200,
      commitMsMax: 1_000,
      faultsMax: 1_000,
      poisonMax: 1_000,
    },
  })
}

/** A client with a link to each account. */
interface Payer {
  readonly name: string
  readonly links: readonly AccountLink[]
  sent: number
}

type Client = Awaited<ReturnType<Cluster['connect']>>
type AccountLink = Awaited<ReturnType<typeof accountOf>>

function accountOf(client: Client, a: number) {
  return client.link(`account/${a}`)
}

class DurableRun {
  readonly #seed: string
  readonly #random: SeededRandom
  readonly #findings: string[] = []
  readonly #counts: Record<string, number> = { answered: 0, kills: 0, versions: 0 }
  /** What each version of a channel is, whoever saw it. */
  readonly #versions = new Map<string, string>()
  readonly #answered = new Map<string, string>()
  readonly #asked: Promise<unknown>[] = []
  #held: { readonly atMs: number; readonly resolve: () => void }[] = []
  #cluster: Cluster | null = null
  #isTroubled = false

  constructor(seed: string) {
    this.#seed = seed
    this.#random = new SeededRandom(`durable ${seed}`)
  }

  async run(): Promise<DurableRunResult> {
    const cluster = await makeCluster(this.#seed, () => new MemoryStore({ fate: (call) => this.#fate(call) }))
    this.#cluster = cluster
    const clients = await Promise.all(Array.from({ length: CLIENTS }, (_, i) => this.#join(cluster, i)))
    this.#isTroubled = true
    while (cluster.now < TROUBLE_MS) await this.#trouble(cluster, clients)
    this.#isTroubled = false
    for (const { resolve } of this.#held.splice(0)) resolve()
    cluster.heal()
    for (const back of BACKS) this.#restart(cluster, back)
    await cluster.advance(QUIET_MS)
    await Promise.all(this.#asked)
    await this.#check(cluster)
    for (const id of cluster.runningIds) cluster.kill(id)
    this.#counts['versions'] = this.#versions.size
    return { findings: this.#findings, counts: this.#counts }
  }

  /** Nothing that a user does may reject here. */
  brokeOff(error: unknown): DurableRunResult {
    return { findings: [...this.#findings, `it broke off: ${String(error)}`], counts: this.#counts }
  }

  /** A client with a link to each account. */
  async #join(cluster: Cluster, i: number): Promise<Payer> {
    const connection = await cluster.connect({ userId: `user-${i}` })
    const links = await Promise.all(Array.from({ length: ACCOUNTS }, (_, a) => accountOf(connection, a)))
    for (const link of links) {
      link.onReset((reason) => this.#findings.push(`${link.id} was reset: ${reason}`))
      link.onChange((state, version) => this.#saw(`${link.id} ${version}`, JSON.stringify(state)))
    }
    return { name: `c${i}`, links, sent: 0 }
  }

  #saw(version: string, state: string): void {
    const known = this.#versions.get(version)
    if (known === undefined) this.#versions.set(version, state)
    else if (known !== state) this.#findings.push(`${version} is two states: ${known} and ${state}`)
  }

  async #trouble(cluster: Cluster, clients: readonly Payer[]): Promise<void> {
    const random = this.#random
    await cluster.advance(STEP_MS)
    const due = this.#held.filter(({ atMs }) => atMs <= cluster.now)
    this.#held = this.#held.filter(({ atMs }) => atMs > cluster.now)
    for (const { resolve } of due) resolve()
    for (const client of clients) {
      if (random.float() > 0.04) continue
      const from = Math.floor(random.float() * ACCOUNTS)
      const to = (from + 1 + Math.floor(random.float() * (ACCOUNTS - 1))) % ACCOUNTS
      const transfer = { id: `${client.name}/${client.sent++}`, to: `account/${to}`, amount: 1 + (client.sent % 7) }
      const asked = client.links[from]?.request('transfer', transfer, { timeoutMs: 10 * QUIET_MS })
      if (asked) this.#asked.push(this.#follow(asked, transfer.id, `account/${from}`))
    }
    for (const back of BACKS) {
      if (random.float() < 0.004) this.#kill(back)
      else if (random.float() < 0.02) this.#restart(cluster, back)
    }
    if (random.float() < 0.003 && cluster.runningIds.includes('back-1')) cluster.partition(['front-1'], ['back-1'])
    if (random.float() < 0.02) cluster.heal()
  }

  async #follow(asked: Promise<unknown>, id: string, from: string): Promise<void> {
    try {
      await asked
      this.#counts['answered'] = (this.#counts['answered'] ?? 0) + 1
      this.#answered.set(id, from)
    } catch (error) {
      this.#findings.push(`transfer ${id} has no answer: ${String(error)}`)
    }
  }

  #kill(back: string): void {
    const cluster = this.#cluster
    if (cluster === null || !cluster.runningIds.includes(back)) return
    this.#counts['kills'] = (this.#counts['kills'] ?? 0) + 1
    cluster.kill(back)
  }

  #restart(cluster: Cluster, back: string): void {
    if (!cluster.runningIds.includes(back)) cluster.restart(back)
  }

  /** What becomes of a call of a store. */
  #fate({ backId, method }: StoreCall): StoreFate {
    if (!this.#isTroubled || method === 'join') return {}
    const random = this.#random
    const chance = random.float()
    const kind = FATES.find(({ below }) => chance < below)?.kind ?? 'fine'
    count(this.#counts, `store ${kind}`)
    const later = (): Promise<void> =>
      new Promise((resolve) => {
        const atMs = (this.#cluster?.now ?? 0) + random.float() * 300
        this.#held.push({ atMs, resolve })
      })
    switch (kind) {
      case 'full':
        return { error: new CentrumError('store-full', 'the disk is full') }
      case 'unheard-before':
        return { cut: 'before' }
      case 'unheard-after':
        return { cut: 'after', after: later() }
      case 'slow-before':
        return { before: later() }
      case 'slow-after':
        return { after: later() }
      case 'crash-before':
        this.#kill(backId)
        return {}
      case 'crash-after':
        return { after: whenAwaited(() => this.#kill(backId)) }
      case 'fine':
        return {}
    }
  }

  async #check(cluster: Cluster): Promise<void> {
    const eve = await cluster.connect({ userId: 'eve' })
    const done: Counts = {}
    const credited: Counts = {}
    const rung: Counts = {}
    let sum = 0
    for (let a = 0; a < ACCOUNTS; a++) {
      const link = await accountOf(eve, a)
      const [inMemory, inState] = (await link.request('check', undefined)) as [number, number]
      if (inMemory !== inState) this.#findings.push(`${link.id}: memory ${inMemory} and state ${inState} differ`)
      const { state, version } = link
      this.#saw(`${link.id} ${version}`, JSON.stringify(state))
      sum += state.balance
      for (const [all, own] of [
        [done, state.done],
        [credited, state.credited],
        [rung, state.rung],
      ] as const) {
        for (const [id, times] of Object.entries(own)) all[id] = (all[id] ?? 0) + times
      }
    }
    if (sum !== ACCOUNTS * EACH) this.#findings.push(`the sum is ${sum}, not ${ACCOUNTS * EACH}`)
    for (const [what, counts] of Object.entries({ done, credited, rung })) {
      for (const id of this.#answered.keys())
        if (counts[id] !== 1) this.#findings.push(`${id} was ${what} ${counts[id] ?? 0} times`)
    }
  }
}

const FATES = [
  { below: 0.01, kind: 'full' },
  { below: 0.02, kind: 'unheard-before' },
  { below: 0.03, kind: 'unheard-after' },
  { below: 0.06, kind: 'slow-before' },
  { below: 0.09, kind: 'slow-after' },
  { below: 0.095, kind: 'crash-before' },
  { below: 0.1, kind: 'crash-after' },
] as const

/** Does something where it is awaited, and never resolves. */
function whenAwaited(run: () => void): Promise<void> {
  // oxlint-disable-next-line unicorn/no-thenable
  return { then: run } as unknown as Promise<void>
}
