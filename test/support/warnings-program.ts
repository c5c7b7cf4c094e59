/** A test as a user writes it, whose handlers fail and wait for something real. Prints how its request ends; `silent`: takes no lines. */
import { defineApp, defineChannel, unchecked } from '../../src/index.js'
import { createTestCluster } from '../../src/testing/index.js'

const room = defineChannel({
  state: () => ({ count: 0 }),
  messages: { fail: unchecked<null>() },
  requests: { real: { input: unchecked<null>() } },
}).implement({
  onMessage: {
    fail() {
      throw new Error('the handler broke')
    },
  },
  onRequest: { real: () => new Promise<null>(() => {}) },
})

const isSilent = process.argv[2] === 'silent'
const cluster = await createTestCluster(defineApp({ channels: { room } }), isSilent ? { log: false } : {})
const link = await (await cluster.connect({ userId: 'ada' })).link('room')
link.send('fail', null)
await link.request('real', null).catch((error: unknown) => process.stdout.write(String(error)))
await cluster.close()
