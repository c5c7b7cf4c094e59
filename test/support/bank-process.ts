/**
 * A process that a test kills: an app with accounts in a store, and its own gateway. Says where it listens on its standard output. Its
 * arguments: the store's file, the port.
 */
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { startApp } from '../../src/run/start-app.js'
import { sqliteStore } from '../../src/sqlite/sqlite-store.js'

export const ACCOUNTS = 10
export const EACH = 1_000

export interface Transfer {
  readonly id: string
  readonly from: number
  readonly to: number
  readonly amount: number
}

const bank = defineChannel({
  state: () => ({
    balances: Array.from({ length: ACCOUNTS }, () => EACH),
    done: new Map<string, number>(),
  }),
  memory: () => ({ count: 0 }),
  requests: { transfer: { input: unchecked<Transfer>() }, count: { input: unchecked<undefined>() } },
  durability: 'log',
  tickMs: 5,
}).implement({
  onRequest: {
    transfer(ctx, _client, { id, from, to, amount }) {
      const { balances, done } = ctx.state
      balances[from] = (balances[from] ?? 0) - amount
      balances[to] = (balances[to] ?? 0) + amount
      done.set(id, (done.get(id) ?? 0) + 1)
      ctx.memory.count++
      return ctx.memory.count
    },
    count: (ctx) => ctx.memory.count,
  },
})

export const bankApp = defineApp({ channels: { bank } })

const [, file = '', path = '', port = '0'] = process.argv
if (/bank-process\.[jt]s$/.test(file)) {
  const server = await startApp(bankApp, { port: Number(port), store: sqliteStore({ path }) })
  process.stdout.write(`${server.url}\n`)
}
