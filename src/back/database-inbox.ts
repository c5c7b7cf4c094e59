/**
 * Takes what the application's own transactions send to the channels of a back, in order for each, and gives it to them. A message counts as
 * handled with the commit of its turn; until then it is in its table, whatever happens here. Knows nothing of what messages mean.
 */
import { CentrumError } from '../protocol/errors.js'
import type { Runtime, Timer } from '../runtime/runtime.js'
import type { InboxMessage, InboxQuery, Journal } from '../store/store.js'

/** An open channel that takes messages. */
export interface MessageTaker {
  readonly epoch: number
  readonly contract: { readonly durability: 'none' | 'snapshot' | 'log' }
  /** Whether what enters it is handled in a turn. */
  readonly takesLinks: boolean
  enter(task: { readonly type: 'sent'; readonly message: InboxMessage }): void
}

export interface InboxHost {
  readonly runtime: Pick<Runtime, 'clock' | 'log'>
  readonly limits: { readonly sentMessagesMax: number; readonly sentBytesMax: number }
  /** Resolves when it is open. */
  open(channelId: string): Promise<void>
  /** Null where it is not open. */
  find(channelId: string): MessageTaker | null
  /** Null where the app of this back has no such channel. */
  contractOf(channelId: string): MessageTaker['contract'] | null
}

/** What a channel has taken up. */
interface Taken {
  /** The id of the last message. */
  last: number
  /** Those without an outcome, with their characters. */
  readonly waiting: Map<number, number>
}

/** The table is looked into this often, whatever is heard of it. */
const LOOK_MS = 1_000
/** Of senders at once one says so: how long the others have until it is looked again. */
const AGAIN_MS = 100
/** How many messages from the database one channel takes at once. */
const CHANNEL_MAX = 64

export class DatabaseInbox {
  readonly #journal: Pick<Journal, 'inbox' | 'refuseInbox' | 'onMessages'>
  readonly #host: InboxHost
  readonly #taken = new Map<string, Taken>()
  readonly #onMessages: () => void
  #count = 0
  #bytes = 0
  #timer: Timer | null = null
  #isLooking = false
  #isStale = false
  #isStopped = false

  /** `onMessages`: messages may have come for channels that nobody has open. */
  constructor(journal: Pick<Journal, 'inbox' | 'refuseInbox' | 'onMessages'>, host: InboxHost, onMessages: () => void) {
    this.#journal = journal
    this.#host = host
    this.#onMessages = onMessages
  }

  /** Looks now, and from then on. */
  start(): void {
    this.#journal.onMessages(() => {
      if (this.#isStopped) return
      this.#onMessages()
      void this.look(AGAIN_MS)
    })
    void this.look()
  }

  stop(): void {
    this.#isStopped = true
    this.#timer?.cancel()
  }

  /** These have their outcome, in a turn that is about to be stored. */
  settled(channelId: string, ids: readonly number[]): void {
    const taken = this.#taken.get(channelId)
    if (taken === undefined) return
    for (const id of ids) this.#forget(taken, id)
    if (taken.waiting.size === 0) void this.look()
  }

  /** What it had taken up and not handled is its next owner's. */
  closed(channelId: string): void {
    const taken = this.#taken.get(channelId)
    if (taken === undefined) return
    for (const id of taken.waiting.keys()) this.#forget(taken, id)
    this.#taken.delete(channelId)
  }

  /** Opens a channel for which something may wait. What waits for one that cannot be is refused. */
  async wake(channelId: string, open: () => Promise<void>): Promise<void> {
    if ((await this.#refuseInMemory(channelId)) > 0) return
    try {
      await open()
    } catch (error) {
      if (!(error instanceof CentrumError && error.code === 'unknown-channel')) throw error
      if ((await this.#refuse(channelId, `unknown-channel: ${error.message}`)) === 0) throw error
    }
    void this.look()
  }

  /** From before it was known to be one: then it is refused at the call. */
  async #refuseInMemory(channelId: string): Promise<number> {
    if (this.#host.contractOf(channelId)?.durability !== 'none') return 0
    return this.#refuse(channelId, 'not-permitted: the channel exists only in memory, and could lose the message')
  }

  /** It is kept with the reason. Gives how many messages that were. */
  async #refuse(channelId: string, reason: string): Promise<number> {
    const isUnknown = this.#host.contractOf(channelId) === null
    const count = await this.#journal.refuseInbox(channelId, { reason, isUnknown })
    if (count > 0) this.#host.runtime.log.warn('message.rejected', { channel: channelId, count, reason })
    return count
  }

  #forget(taken: Taken, id: number): void {
    const bytes = taken.waiting.get(id)
    if (bytes === undefined) return
    taken.waiting.delete(id)
    this.#count--
    this.#bytes -= bytes
  }

  /** Looks into the table; `againMs`: and once more then. */
  async look(againMs = LOOK_MS): Promise<void> {
    this.#isStale = true
    if (this.#isLooking || this.#isStopped) return
    this.#isLooking = true
    this.#timer?.cancel()
    try {
      while (this.#isStale && !this.#isStopped) await this.#lookOnce()
    } catch {
      // The store is in trouble, which is logged where commits are: it is asked again.
    }
    this.#isLooking = false
    if (!this.#isStopped) this.#timer = this.#host.runtime.clock.after(againMs, () => void this.look())
  }

  async #lookOnce(): Promise<void> {
    this.#isStale = false
    const query = this.#query()
    if (query.messagesMax <= 0 || query.bytesMax <= 0) return
    const closed = new Set<string>()
    for (const message of await this.#journal.inbox(query)) {
      const channel = this.#host.find(message.channelId)
      if (channel === null) closed.add(message.channelId)
      if (channel?.contract.durability === 'none') await this.#refuseInMemory(message.channelId)
      else if (channel?.takesLinks === true && channel.epoch === message.epoch && !this.#isStopped)
        this.#enter(channel, message)
    }
    for (const channelId of closed) this.#reopen(channelId)
  }

  /** It is this back's, and closed without giving it up, as one does that loses a turn: nobody else opens it. */
  #reopen(channelId: string): void {
    this.wake(channelId, () => this.#host.open(channelId)).catch(() => {
      // Why is logged by those who open it.
    })
  }

  #query(): InboxQuery {
    const { sentMessagesMax, sentBytesMax } = this.#host.limits
    const taken = [...this.#taken]
    return {
      after: new Map(taken.map(([channelId, { last }]) => [channelId, last])),
      except: taken.flatMap(([channelId, { waiting }]) => (waiting.size > 0 ? [channelId] : [])),
      channelMax: CHANNEL_MAX,
      messagesMax: sentMessagesMax - this.#count,
      bytesMax: sentBytesMax - this.#bytes,
    }
  }

  #enter(channel: MessageTaker, message: InboxMessage): void {
    const { channelId, id, json } = message
    const taken = this.#taken.get(channelId) ?? { last: 0, waiting: new Map<number, number>() }
    if (id <= taken.last) return
    const bytes = json?.length ?? 0
    this.#taken.set(channelId, taken)
    taken.last = id
    taken.waiting.set(id, bytes)
    this.#count++
    this.#bytes += bytes
    channel.enter({ type: 'sent', message })
  }
}
