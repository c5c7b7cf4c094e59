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

interface Account {
  balance: number
  linked: number
  done: Counts
  credited: Counts
  rung: Counts
}

const accountOf = (stateVersion: number) =>
  defineChannel({
    state: (): Account => ({ balance: EACH, linked: 0, done: {}, credited: {}, rung: {} }),
    memory: () => ({ count: 0 }),
    requests: { transfer: { input: unchecked<Transfer>() }, check: { input: unchecked<undefined>() } },
    messages: { credit },
    timers: { ring: unchecked<string>() },
    durability: 'log',
    stateVersion,
    // What is stored is not changed: who has it next still has to see that.
    migrate: (old) => old as { state: Account; memory: { count: number } },
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

const appOf = (stateVersion: number) =>
  defineApp({ channels: { 'account/:id': accountOf(stateVersion), 'room/:id': room } })

export const accountApp = appOf(1)
/** What backs have that were started during a deploy: older ones cannot read what these store. */
export const newerAccountApp = appOf(2)

/** One more. */
export function count(counts: Counts, id: string): void {
  counts[id] = (counts[id] ?? 0) + 1
}
