/** The clients of the soak: each pays from the accounts that it is linked to, one payment at a time, and keeps what was answered. */
import { connect } from '../../src/client/node.js'
import type { Dice } from '../support/dice.js'
import { ACCOUNTS, type soakApp } from './soak-app.js'

const LINKS = 2
const TIMEOUT_MS = 600_000

type App = typeof soakApp
type Connection = ReturnType<typeof connect<App>>
export type AccountLink = Awaited<ReturnType<typeof accountOf>>

export function accountOf(connection: Connection, account: number) {
  return connection.link(`account/${account}`, { timeoutMs: TIMEOUT_MS })
}

export interface SoakClientHost {
  readonly dice: Dice
  readonly urls: readonly string[]
  /** Whether a socket may close now: fronts are killed, stopped or drained. */
  closesAreFair(): boolean
  readonly findings: string[]
  readonly counts: {
    answered: number
    missed: number
    closes: number
    stalls: number
    stalledMsMax: number
    waitedMsMax: number
  }
}

export class SoakClient {
  readonly name: string
  readonly #host: SoakClientHost
  readonly #connection: Connection
  readonly #links = new Map<number, AccountLink>()
  /** What was answered last, by account. */
  readonly answered = new Map<number, number>()
  #isStopping = false
  #running: Promise<void> = Promise.resolve()

  constructor(name: string, host: SoakClientHost) {
    this.name = name
    this.#host = host
    this.#connection = connect<App>([...host.urls], { token: () => name })
    this.#connection.onStatus((status, reason) => {
      if (status !== 'reconnecting') return
      host.counts.closes++
      if (!host.closesAreFair()) host.findings.push(`the socket of ${name} closed, and no front was touched: ${reason}`)
    })
  }

  async start(): Promise<void> {
    for (let i = 0; i < LINKS; i++) {
      const account = this.#host.dice.below(ACCOUNTS)
      if (!this.#links.has(account)) this.#links.set(account, await this.#link(account))
    }
    this.#running = this.#pay()
  }

  async #link(account: number): Promise<AccountLink> {
    const { findings, counts } = this.#host
    const link = await accountOf(this.#connection, account)
    let stalledAt: number | null = null
    link.onReset((reason) => findings.push(`${link.id} was reset at ${this.name}: ${reason}`))
    // Fair where an owner was killed between a commit with an image and the word of it: nobody has the turns before that image.
    link.onMissed(() => counts.missed++)
    link.onStatus((status, reason) => {
      if (status === 'closed' && !this.#isStopping) findings.push(`${link.id} was closed at ${this.name}: ${reason}`)
      if (status === 'stalled') {
        counts.stalls++
        stalledAt ??= performance.now()
      } else if (stalledAt !== null) {
        counts.stalledMsMax = Math.max(counts.stalledMsMax, performance.now() - stalledAt)
        stalledAt = null
      }
    })
    return link
  }

  async #pay(): Promise<void> {
    const { dice, findings, counts } = this.#host
    while (!this.#isStopping) {
      await new Promise((resolve) => setTimeout(resolve, 200 + dice.below(600)))
      const from = dice.pick([...this.#links.keys()])
      const to = (from + 1 + dice.below(ACCOUNTS - 1)) % ACCOUNTS
      const number = (this.answered.get(from) ?? 0) + 1
      const began = performance.now()
      try {
        const link = this.#links.get(from) as AccountLink
        const answer = await link.request('pay', { number, to, amount: 1 + dice.below(9) }, { timeoutMs: TIMEOUT_MS })
        if (answer !== number) findings.push(`payment ${number} of ${this.name} was answered by ${String(answer)}`)
        this.answered.set(from, number)
        counts.answered++
        counts.waitedMsMax = Math.max(counts.waitedMsMax, performance.now() - began)
      } catch (error) {
        findings.push(`payment ${number} of ${this.name} from account/${from} has no answer: ${String(error)}`)
        return
      }
    }
  }

  /** Pays no more; resolves when the last payment was answered. */
  async finish(): Promise<void> {
    this.#isStopping = true
    await this.#running
  }

  async close(): Promise<void> {
    await this.#connection.close()
  }
}
