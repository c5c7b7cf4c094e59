/**
 * The app of the seeds with durable channels: accounts that send each other money, by requests, messages and timers, each of which says how
 * often it had its effect; and rooms that live in memory. Knows no cluster.
 */
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { internal, unchecked } from '../../src/channel/schema.js'

export const ACCOUNTS = 4
export const ROOMS = 2
/** What each account has at first. */
export const EACH = 1_000

export interface Transfer {
  readonly id: string
  readonly to: string
  readonly amount: number
}

/** How often something had its effect, by its id. */
export type Counts = Record<string, number>

const credit = internal(unchecked<{ id: string; amount: number }>())

/** What a handler names an account by: its own type is not known within it. */
const receiver = defineChannel({ state: () => ({}), messages: { credit } })

const account = defineChannel({
  state: () => ({ balance: EACH, linked: 0, done: {} as Counts, credited: {} as Counts, rung: {} as Counts }),
  memory: () => ({ count: 0 }),
  requests: { transfer: { input: unchecked<Transfer>() }, check: { input: unchecked<undefined>() } },
  messages: { credit },
  timers: { ring: unchecked<string>() },
  durability: 'log',
  tickMs: 20,
  idleMs: 1_000,
}).implement({
  onLink(ctx) {
    ctx.state.linked++
  },
  onRequest: {
    transfer(ctx, _client, { id, to, amount }) {
      ctx.state.balance -= amount
      count(ctx.state.done, id)
      ctx.memory.count++
      ctx.channel(receiver, to).send('credit', { id, amount })
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

const room = defineChannel({
  state: () => ({ steps: 0 }),
  messages: { step: unchecked<undefined>() },
  tickMs: 50,
}).implement({
  onMessage: { step: (ctx) => void ctx.state.steps++ },
})

export const accountApp = defineApp({ channels: { 'account/:id': account, 'room/:id': room } })

/** One more. */
export function count(counts: Counts, id: string): void {
  counts[id] = (counts[id] ?? 0) + 1
}
