import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type } from 'arktype'
import { z } from 'zod'
import { defineApp, defineChannel, type StandardSchema, unchecked } from '../../src/index.js'
import { createTestCluster, type LogSink } from '../../src/testing/index.js'

/** zod tries a schema that threw once more, asynchronously, and so gives a promise for it. */
/** A library that does not catch what a function in it throws. */
const thrower: StandardSchema<{ id: string }> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate() {
      throw new RangeError('nothing fits')
    },
  },
}
const rejecter: StandardSchema<string> = {
  '~standard': { version: 1, vendor: 'test', validate: () => Promise.reject(new RangeError('later it does not fit')) },
}
const closed = defineChannel({ state: () => ({}), params: thrower }).implement({})
const picky = defineChannel({
  state: () => ({}),
  messages: { say: rejecter },
  requests: { ask: { input: rejecter } },
}).implement({ onMessage: { say() {} }, onRequest: { ask: () => 1 } })

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
  const message = /returned a promise: it is asynchronous, or a function in it threw/
  await assert.rejects(client.link('account/x'), { code: 'unknown-channel', retryable: false })
  assert.ok(lines.some((line) => line.includes('schema of params') && message.test(line)))
  assert.ok(lines.some((line) => line.includes('schema.failed') && line.includes('Cannot convert x to a BigInt')))

  const link = await client.link('account/5')
  await assert.rejects(link.request('tell', null))
  assert.ok(lines.some((line) => line.includes("event 'told'") && message.test(line)))
})

test('G6 what a schema fails to check is refused as what does not fit, finally, and the log has what was thrown', async (t) => {
  const lines: string[] = []
  const log: LogSink = (line) => void lines.push(JSON.stringify(line))
  const failures = (text: string): number =>
    lines.filter((line) => line.includes('schema.failed') && line.includes(text)).length
  const cluster = await createTestCluster(defineApp({ channels: { 'closed/:id': closed, 'picky/:id': picky } }), {
    log,
  })
  t.after(() => cluster.close())
  const client = await cluster.connect({ userId: 'ada' })
  await assert.rejects(client.link('closed/1'), { code: 'unknown-channel', retryable: false })
  assert.ok(failures('nothing fits') > 0)

  const link = await client.link('picky/1')
  const refused: string[] = []
  link.onRefused((_n, error) => refused.push(error.code))
  await assert.rejects(link.request('ask', 'x'), { code: 'invalid', retryable: false })
  link.send('say', 'x')
  await cluster.advance(200)
  assert.deepEqual(refused, ['invalid'])
  assert.equal(failures('later it does not fit'), 2)
})

test('G6 an asynchronous morph of arktype that rejects is refused like a schema that throws; one that resolves is its value', async (t) => {
  const fails = async (): Promise<number> => {
    throw new Error('the morph failed')
  }
  const got: number[] = []
  const room = defineChannel({
    state: () => ({}),
    messages: {
      fails: type('number').pipe(fails),
      doubles: type('number').pipe((value) => Promise.resolve(value * 2)),
    },
  }).implement({
    onMessage: {
      fails: () => assert.fail('it has no value'),
      doubles: (_ctx, _client, value) => void got.push(value as unknown as number),
    },
  })
  const lines: string[] = []
  const log: LogSink = (line) => void lines.push(JSON.stringify(line))
  const cluster = await createTestCluster(defineApp({ channels: { room } }), { log })
  t.after(() => cluster.close())
  const link = await (await cluster.connect({ userId: 'ada' })).link('room')
  const refused: string[] = []
  link.onRefused((_n, error) => refused.push(error.code))
  link.send('fails', 1)
  link.send('doubles', 2)
  await cluster.advance(200)
  assert.deepEqual([refused, got], [['invalid'], [4]])
  assert.ok(lines.some((line) => line.includes('schema.failed') && line.includes('the morph failed')))
})
