/**
 * The clients of the seeds with durable channels: each asks accounts to pay others, and looks on. In the end each payment that was answered
 * has had its effects once, and no money came or went. Knows no faults.
 */
import type { SeededRandom } from '../../src/testing/seeded-random.js'
import type { TestCluster } from '../../src/testing/test-cluster.js'
import { ACCOUNTS, type accountApp, type Counts, count, EACH } from './account-app.js'
import type { HistoryChecker } from './checkers/history-checker.js'

export type AccountCluster = TestCluster<typeof accountApp>
type Client = Awaited<ReturnType<AccountCluster['connect']>>
type AccountLink = Awaited<ReturnType<typeof accountOf>>

const CLIENTS = 4
/** Longer than any run. */
const ANSWER_MS = 3_600_000
/** How often it is looked whether all has come. */
const LOOK_MS = 500

function accountOf(client: Client, a: number) {
  return client.link(`account/${a}`, { timeoutMs: ANSWER_MS })
}

interface Payer {
  readonly name: string
  readonly client: Client
  readonly links: readonly AccountLink[]
  sent: number
}

export interface PaymentsHost {
  readonly random: SeededRandom
  readonly history: HistoryChecker
  readonly counts: Counts
  found(what: string): void
}

export class Payments {
  readonly #cluster: AccountCluster
  readonly #host: PaymentsHost
  readonly #payers: Payer[] = []
  readonly #answered = new Set<string>()
  /** What the database sent. */
  readonly #sent = new Set<string>()
  #asked = 0

  constructor(cluster: AccountCluster, host: PaymentsHost) {
    this.#cluster = cluster
    this.#host = host
  }

  get clients(): readonly Client[] {
    return this.#payers.map(({ client }) => client)
  }

  async join(): Promise<void> {
    await Promise.all(Array.from({ length: CLIENTS }, (_, i) => this.#join(`user-${i}`)))
  }

  async #join(name: string): Promise<void> {
    const client = await this.#cluster.connect({ userId: name })
    const links = await Promise.all(Array.from({ length: ACCOUNTS }, (_, a) => accountOf(client, a)))
    for (const link of links) {
      link.onReset((reason) => this.#host.found(`${link.id} was reset at ${name}: ${reason}`))
      link.onChange(() => this.#host.history.shown(name, link))
    }
    this.#payers.push({ name, client, links, sent: 0 })
  }

  /** Each client may ask for one, with this chance. */
  step(chance: number): void {
    const { random } = this.#host
    for (const payer of this.#payers) {
      if (random.float() >= chance) continue
      const from = Math.floor(random.float() * ACCOUNTS)
      const to = (from + 1 + Math.floor(random.float() * (ACCOUNTS - 1))) % ACCOUNTS
      const transfer = { id: `${payer.name}/${payer.sent++}`, to: `account/${to}`, amount: 1 + (payer.sent % 7) }
      this.#asked++
      const asked = payer.links[from]?.request('transfer', transfer, { timeoutMs: ANSWER_MS })
      if (asked) void this.#follow(asked, transfer.id)
    }
  }

  /** The application's own database sends money to an account, with this chance. */
  send(chance: number): void {
    const { random, counts } = this.#host
    if (random.float() >= chance) return
    const id = `database/${this.#sent.size}`
    this.#sent.add(id)
    this.#cluster.living.send(`account/${random.below(ACCOUNTS)}`, 'credit', { id, amount: 1 })
    count(counts, 'sent')
  }

  async #follow(asked: Promise<unknown>, id: string): Promise<void> {
    try {
      await asked
      this.#answered.add(id)
      count(this.#host.counts, 'answered')
    } catch (error) {
      this.#asked--
      this.#host.found(`transfer ${id} has no answer: ${String(error)}`)
    }
  }

  /** The troubles are over: all that was asked is answered, and has its effects, within so many milliseconds. Then it is counted. */
  async settle(withinMs: number, advance = (ms: number) => this.#cluster.advance(ms)): Promise<void> {
    const end = this.#cluster.now + withinMs
    while (this.#cluster.now < end && !this.#isSettled()) await advance(LOOK_MS)
    const open = this.#asked - this.#answered.size
    if (open > 0) this.#host.found(`${open} transfers were not answered ${withinMs} ms after the last trouble`)
    await this.#check()
  }

  #isSettled(): boolean {
    if (this.#asked > this.#answered.size) return false
    const { credited, rung } = this.#effects(this.#payers[0]?.links ?? [])
    if (![...this.#sent].every((id) => (credited[id] ?? 0) > 0)) return false
    return [...this.#answered].every((id) => (credited[id] ?? 0) > 0 && (rung[id] ?? 0) > 0)
  }

  #effects(links: readonly AccountLink[]): Record<'done' | 'credited' | 'rung', Counts> {
    const all: Record<'done' | 'credited' | 'rung', Counts> = { done: {}, credited: {}, rung: {} }
    for (const { state } of links) {
      for (const what of ['done', 'credited', 'rung'] as const)
        for (const [id, times] of Object.entries(state[what])) all[what][id] = (all[what][id] ?? 0) + times
    }
    return all
  }

  async #check(): Promise<void> {
    const { history } = this.#host
    const found = (what: string): void => this.#host.found(what)
    const eve = await this.#cluster.connect({ userId: 'eve' })
    const links = await Promise.all(Array.from({ length: ACCOUNTS }, (_, a) => accountOf(eve, a)))
    for (const link of links) {
      const [inMemory, inState] = (await link.request('check', undefined)) as [number, number]
      if (inMemory !== inState) found(`${link.id}: memory ${inMemory} and state ${inState} differ`)
      if (link.state.linked !== CLIENTS + 1)
        found(`${link.id}: onLink ran ${link.state.linked} times, not ${CLIENTS + 1}`)
      history.shown('eve', link)
    }
    const sum = links.reduce((all, { state }) => all + state.balance, 0)
    const expected = ACCOUNTS * EACH + this.#sent.size
    if (sum !== expected) found(`the sum is ${sum}, not ${expected}`)
    const effects = this.#effects(links)
    for (const id of this.#sent)
      if (effects.credited[id] !== 1) found(`${id} was credited ${effects.credited[id] ?? 0} times`)
    for (const [what, counts] of Object.entries(effects)) {
      for (const id of this.#answered) if (counts[id] !== 1) found(`${id} was ${what} ${counts[id] ?? 0} times`)
    }
  }
}
