/**
 * A back of a cluster in PostgreSQL whose channels are credited by the database, as a process of its own, for tests that kill it. Says where it
 * listens on its standard output. Its arguments: its id, the URL of the database.
 */
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { internal, unchecked } from '../../src/channel/schema.js'
import { postgresCluster } from '../../src/postgres/postgres-cluster.js'
import { startBack } from '../../src/run/start-back.js'
import { LIVING_KEY } from './living-process.js'

export interface Credit {
  readonly id: number
  readonly amount: number
}

/** Counts how often each credit has come, and in which order. */
const account = defineChannel({
  state: () => ({ sum: 0, times: new Map<number, number>(), disorders: 0, last: 0 }),
  messages: { credited: internal(unchecked<Credit>()) },
  durability: 'log',
  tickMs: 10,
}).implement({
  onMessage: {
    credited({ state }, _sender, { id, amount }) {
      state.times.set(id, (state.times.get(id) ?? 0) + 1)
      state.sum += amount
      if (id < state.last) state.disorders++
      state.last = id
    },
  },
})

export const inboxApp = defineApp({ channels: { 'account/:id': account } })

const [, file = '', id = '', url = ''] = process.argv
if (/inbox-process\.[jt]s$/.test(file)) {
  const back = await startBack(inboxApp, { id, cluster: postgresCluster({ url, key: LIVING_KEY }) })
  process.stdout.write(`${back.address}\n`)
}
