/** Channels that speak to channels in a cluster whose backs come and go: they are found wherever they are. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { internal, unchecked } from '../../src/channel/schema.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'
import { cleanUp } from '../support/clean-up.js'

const hearer = defineChannel({
  state: () => ({ sum: 0 }),
  messages: { add: internal(unchecked<number>()) },
  durability: 'log',
}).implement({
  onMessage: {
    add({ state }, _sender, amount) {
      state.sum += amount
    },
  },
})
const address = defineChannel({ state: () => ({}), messages: { add: internal(unchecked<number>()) } })
const teller = defineChannel({
  state: () => ({ told: 0 }),
  requests: { tell: { input: unchecked<{ to: string; amount: number }>() } },
  durability: 'log',
}).implement({
  onRequest: {
    tell(ctx, _client, { to, amount }) {
      ctx.state.told++
      ctx.channel(address, to).send('add', amount)
      return true
    },
  },
})
const app = defineApp({ channels: { 'hearer/:id': hearer, 'teller/:id': teller } })

test('[G3] [G8] a message to a channel that was moved reaches it from every back, once', async (t) => {
  const cluster = await createTestCluster(app, { backs: 3, cluster: 'dynamic' })
  cleanUp(t, () => cluster.close())
  const ada = await cluster.connect({ userId: 'ada' })
  const heard = await ada.link('hearer/1')
  const tellers = await Promise.all(['1', '2', '3', '4', '5'].map((id) => ada.link(`teller/${id}`)))
  let sum = 0
  for (const back of ['back-1', 'back-2', 'back-3', 'back-1']) {
    await cluster.living.move('hearer/1', back)
    for (const [i, link] of tellers.entries()) {
      // One by one, so that whoever looked for the channel has forgotten it since.
      await link.request('tell', { to: 'hearer/1', amount: 10 ** i })
      sum += 10 ** i
      await cluster.advance(20_000)
      assert.equal(heard.state.sum, sum, `from teller ${i + 1} while ${back} has it`)
    }
  }
})
