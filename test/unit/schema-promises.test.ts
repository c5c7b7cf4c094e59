import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { defineApp, defineChannel, unchecked } from '../../src/index.js'
import { createTestCluster, type LogSink } from '../../src/testing/index.js'

/** zod tries a schema that threw once more, asynchronously, and so gives a promise for it. */
const account = defineChannel({
  state: () => ({}),
  params: z.object({ id: z.string().transform((id) => BigInt(id)) }),
  requests: { tell: { input: unchecked<null>() } },
  events: { told: z.string().transform((text) => JSON.stringify(JSON.parse(text))) },
}).implement({
  onRequest: {
    tell(ctx) {
      ctx.broadcast('told', 'no JSON')
    },
  },
})

test('where a schema that has to answer at once gives a promise, the error also names a function that threw', async (t) => {
  const lines: string[] = []
  const log: LogSink = (line) => void lines.push(JSON.stringify(line))
  const cluster = await createTestCluster(defineApp({ channels: { 'account/:id': account } }), { log })
  t.after(() => cluster.close())
  const client = await cluster.connect({ userId: 'ada' })
  const message = /gave a promise: it is asynchronous, or a function in it threw/
  await assert.rejects(client.link('account/x'), { code: 'faulted' })
  assert.ok(lines.some((line) => line.includes('schema of params') && message.test(line)))

  const link = await client.link('account/5')
  await assert.rejects(link.request('tell', null))
  assert.ok(lines.some((line) => line.includes("event 'told'") && message.test(line)))
})
