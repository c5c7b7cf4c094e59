/** How long clients are waited for, beside how long they take to notice that they are to come back. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { BACK_LIMITS } from '../../src/back/back-limits.js'
import { CONNECT_OPTIONS } from '../../src/client/connect-options.js'
import { CLIENT_LOST_MS } from '../../src/front/grace-check.js'
import { GATEWAY_LIMITS } from '../../src/gateway/gateway-limits.js'
import { type AppOptions, defineApp, defineChannel, nodeRuntime, startApp } from '../../src/index.js'
import { silentLog } from '../../src/runtime/silent-log.js'

/** What an app whose channels wait so long logs about it at start. */
async function warnedOf(t: TestContext, graceMs: { readonly graceMs?: number }, options: AppOptions = {}) {
  const channels = { lobby: defineChannel({ state: () => ({}), ...graceMs }).implement({}) }
  const warned: unknown[] = []
  const log = {
    ...silentLog,
    warn: (event: string, fields: object = {}) => event === 'grace.short' && warned.push(fields),
    with: () => log,
  }
  const server = await startApp(defineApp({ channels }), { port: 0, runtime: nodeRuntime({ log }), ...options })
  t.after(() => server.close())
  return warned
}

test('by default a client is waited for longer than it takes to notice a lost front and to dial two dead ones', () => {
  assert.equal(CONNECT_OPTIONS.lostMs.default, CLIENT_LOST_MS)
  const noticedMs = GATEWAY_LIMITS.heartbeatMs.default + CLIENT_LOST_MS
  const dialledMs = 2 * (CONNECT_OPTIONS.overlapMs.default + CONNECT_OPTIONS.backoffMsMin.default)
  assert.ok(noticedMs + dialledMs < BACK_LIMITS.graceMs.default, `${noticedMs} + ${dialledMs}`)
})

test('G5 a grace that is over before a client notices is logged at start with both numbers, whoever sets it', async (t) => {
  const noticed =
    'A client without traffic may take 14000 ms to notice that its front is lost (heartbeatMs of gatewayLimits, 10000, and lostMs of the client, 4000), and'
  const remedy =
    'wait only 14000 ms for it (graceMs), so that its session has ended by then. Raise graceMs, or lower heartbeatMs.'
  const numbers = { graceMs: 14_000, noticedMs: 14_000 }
  assert.deepEqual(await warnedOf(t, { graceMs: 14_000 }), [
    { ...numbers, message: `${noticed} the channels 'lobby' ${remedy}` },
  ])
  assert.deepEqual(await warnedOf(t, {}, { graceMs: 14_000 }), [
    { ...numbers, message: `${noticed} the channels of back 'back-1' ${remedy}` },
  ])
})

test('a grace that fits, none at all, and one of a back that no channel uses are not logged', async (t) => {
  assert.deepEqual(await warnedOf(t, {}), [])
  assert.deepEqual(await warnedOf(t, { graceMs: 14_001 }, { graceMs: 10 }), [])
  assert.deepEqual(await warnedOf(t, { graceMs: 0 }), [])
  assert.deepEqual(await warnedOf(t, { graceMs: 5_000 }, { gatewayLimits: { heartbeatMs: 900 } }), [])
})
