/**
 * What the bytes of a session count towards beside its link: the session in all channels of the back, and its user, or the address where
 * nobody says who it is. Knows nothing of what the bytes are.
 */
import type { BackLimits } from './back-limits.js'

/** What is waiting to be done (`inbox`), and what was sent and not seen (`unseen`). */
export type Held = 'inbox' | 'unseen'

interface Account {
  readonly key: string
  inbox: number
  unseen: number
  /** Payers that use it. */
  payers: number
}

export class Payers {
  readonly limits: BackLimits
  readonly #accounts = new Map<string, Account>()

  constructor(limits: BackLimits) {
    this.limits = limits
  }

  /** Sessions and users of which something may be held. */
  get size(): number {
    return this.#accounts.size
  }

  /** For one session in one channel; `close` when it is gone. `group`: its user or address. */
  open(sessionId: string, group: string): Payer {
    return new Payer(this, this.#use(`session ${sessionId}`), this.#use(group))
  }

  leave(account: Account): void {
    if (--account.payers === 0) this.#accounts.delete(account.key)
  }

  #use(key: string): Account {
    const account = this.#accounts.get(key) ?? { key, inbox: 0, unseen: 0, payers: 0 }
    this.#accounts.set(key, account)
    account.payers++
    return account
  }
}

export class Payer {
  readonly #payers: Payers
  readonly #session: Account
  readonly #group: Account
  readonly #own = { inbox: 0, unseen: 0 }
  #reserved = 0
  #isOpen = true

  constructor(payers: Payers, session: Account, group: Account) {
    this.#payers = payers
    this.#session = session
    this.#group = group
  }

  /** The name of the limit that so many bytes more would exceed; null where there is room. */
  excess(what: Held, bytes: number): keyof BackLimits | null {
    const { limits } = this.#payers
    const isInbox = what === 'inbox'
    if (this.#own[what] + bytes > (isInbox ? limits.inboxBytesMax : limits.unseenBytesMax))
      return isInbox ? 'inboxBytesMax' : 'unseenBytesMax'
    if (this.#session[what] + bytes > (isInbox ? limits.inboxBytesPerSessionMax : limits.unseenBytesPerSessionMax))
      return isInbox ? 'inboxBytesPerSessionMax' : 'unseenBytesPerSessionMax'
    if (this.#group[what] + bytes > (isInbox ? limits.inboxBytesPerUserMax : limits.unseenBytesPerUserMax))
      return isInbox ? 'inboxBytesPerUserMax' : 'unseenBytesPerUserMax'
    return null
  }

  /** Bytes come (or go, below 0). Nothing once it is closed. */
  add(what: Held, bytes: number): void {
    if (!this.#isOpen) return
    this.#own[what] += bytes
    this.#session[what] += bytes
    this.#group[what] += bytes
  }

  /** Room in the inbox for what its link waits with; 0 lets go of it. False where there is none. */
  reserve(bytes: number): boolean {
    if (this.excess('inbox', bytes - this.#reserved) !== null) return false
    this.add('inbox', bytes - this.#reserved)
    this.#reserved = bytes
    return true
  }

  /** The session is gone: so is all that it held. */
  close(): void {
    if (!this.#isOpen) return
    this.add('inbox', -this.#own.inbox)
    this.add('unseen', -this.#own.unseen)
    this.#isOpen = false
    this.#payers.leave(this.#session)
    this.#payers.leave(this.#group)
  }
}
