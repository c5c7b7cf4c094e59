/** A state that cannot be encoded: the log names what ran, the clients are told, and all goes on once it is mended. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { createTestCluster } from '../../src/testing/create-test-cluster.js'

const room = defineChannel({
  state: (): { count: number; when?: unknown } => ({ count: 0 }),
  messages: { stamp: unchecked<void>(), slowStamp: unchecked<void>(), add: unchecked<void>(), mend: unchecked<void>() },
  tickMs: 50,
}).implement({
  onMessage: {
    stamp: (ctx) => void (ctx.state.when = new Date(0)),
    slowStamp: async (ctx) => {
      await Promise.resolve()
      ctx.state.when = new Date(0)
    },
    add: (ctx) => void ctx.state.count++,
    mend: (ctx) => void delete ctx.state.when,
  },
})

for (const message of ['stamp', 'slowStamp'] as const) {
  test(`G5 a state that ${message} makes impossible to encode: the handler is named, links are stalled until it is mended`, async () => {
    const logged: { readonly event: string; readonly fields: Readonly<Record<string, unknown>> }[] = []
    const log = ({ event, fields = {} }: { readonly event: string; readonly fields?: object }): void =>
      void logged.push({ event, fields: { ...fields } })
    const cluster = await createTestCluster(defineApp({ channels: { room } }), { log })
    const ada = await (await cluster.connect({ userId: 'ada' })).link('room')
    const told: unknown[] = []
    ada.onStatus((status, reason) => void told.push([status, reason]))
    ada.send(message)
    await cluster.advance(200)
    ada.send('add')
    await cluster.advance(200)
    assert.deepEqual(told, [['stalled', 'not-encodable']])
    const failures = logged.filter(({ event }) => event === 'state.encode-failed')
    assert.deepEqual(
      failures.map(({ fields }) => fields['handlers']),
      [[`onMessage.${message}`]],
      'said once',
    )
    assert.match(String(failures[0]?.fields['error']), /\$\.when is a Date/)

    const bob = await (await cluster.connect({ userId: 'bob' })).link('room')
    await cluster.advance(200)
    assert.equal(bob.status, 'stalled', 'who comes later is told as well')
    ada.send('mend')
    await cluster.advance(200)
    assert.deepEqual([ada.status, bob.status, ada.state.count, bob.state.count], ['live', 'live', 1, 1])
    await cluster.close()
  })
}
