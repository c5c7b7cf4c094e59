/**
 * The app of the soak: accounts that pay each other. Each payment of a client to an account has a number of its own, and each credit between
 * two accounts as well, so that what came twice, or not at all, shows where it happens. Knows no process.
 */
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { internal, unchecked } from '../../src/channel/schema.js'

export const ACCOUNTS = 24
export const EACH = 1_000_000

export interface Payment {
  /** Of the client to this account: 1, 2, 3 … */
  readonly number: number
  readonly to: number
  readonly amount: number
}

interface Credit {
  readonly from: string
  /** Of this account to that one: 1, 2, 3 … */
  readonly number: number
  readonly amount: number
}

interface Account {
  balance: number
  /** The last number of each client. */
  paid: Map<string, number>
  /** The last number to and from each other account. */
  sent: Map<string, number>
  received: Map<string, number>
  /** Alarms that were set and that rang. */
  set: number
  rung: number
  /** What came out of turn. */
  wrong: string[]
}

const receiver = defineChannel({ state: () => ({}), messages: { credit: internal(unchecked<Credit>()) } })

const account = defineChannel({
  state: (): Account => ({
    balance: EACH,
    paid: new Map(),
    sent: new Map(),
    received: new Map(),
    set: 0,
    rung: 0,
    wrong: [],
  }),
  memory: () => ({ payments: 0 }),
  data: unchecked<{ name: string }>(),
  requests: { pay: { input: unchecked<Payment>() } },
  messages: { credit: internal(unchecked<Credit>()) },
  timers: { ring: unchecked<number>() },
  durability: 'log',
  tickMs: 20,
}).implement({
  onRequest: {
    pay(ctx, client, { number, to, amount }) {
      const { state } = ctx
      const { name } = client.data
      const before = state.paid.get(name) ?? 0
      if (number !== before + 1) state.wrong.push(`payment ${number} of ${name} behind ${before}`)
      state.paid.set(name, number)
      state.balance -= amount
      const other = `account/${to}`
      const sent = (state.sent.get(other) ?? 0) + 1
      state.sent.set(other, sent)
      ctx.channel(receiver, other).send('credit', { from: ctx.id, number: sent, amount })
      ctx.memory.payments++
      if (ctx.memory.payments % 20 === 0) {
        state.set++
        ctx.after(500, 'ring', state.set)
      }
      return number
    },
  },
  onMessage: {
    credit({ state }, _sender, { from, number, amount }) {
      const before = state.received.get(from) ?? 0
      if (number !== before + 1) state.wrong.push(`credit ${number} from ${from} behind ${before}`)
      state.received.set(from, number)
      state.balance += amount
    },
  },
  onTimer: {
    ring({ state }, alarm) {
      if (alarm !== state.rung + 1) state.wrong.push(`alarm ${alarm} behind ${state.rung}`)
      state.rung = alarm
    },
  },
})

export const soakApp = defineApp({
  channels: { 'account/:id': account },
  authenticate: ({ token }) => ({ userId: token ?? '', data: { name: token ?? '' } }),
})
