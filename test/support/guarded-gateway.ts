/** A front on a manual clock with sockets that a test plays, from whatever address, and a back played by the test. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { defineApp, type Authenticate } from '../../src/index.js'
import { ClientSockets } from '../../src/gateway/client-sockets.js'
import type { GatewayLimits } from '../../src/gateway/gateway-limits.js'
import type { FrontLimits } from '../../src/front/front-limits.js'
import { frontStage, stageApp } from './front-stage.js'
import { ScriptedCarrier } from './scripted-carrier.js'

export interface GuardedGatewayOptions {
  readonly limits?: Partial<GatewayLimits>
  readonly front?: Partial<FrontLimits>
  /** Without it each session is a user of its own. */
  readonly authenticate?: Authenticate
}

export async function guardedGateway(t: TestContext, { limits = {}, front = {}, authenticate }: GuardedGatewayOptions) {
  const plain = stageApp()
  const app = authenticate === undefined ? plain : defineApp({ channels: channelsOf(plain), authenticate })
  const stage = await frontStage(t, { limits: front }, { app })
  const sockets = new ClientSockets(stage.front, limits)
  const carriers: ScriptedCarrier[] = []
  t.after(async () => {
    const closed = sockets.close()
    for (const each of carriers) each.terminate()
    await closed
  })
  const knock = (remoteAddress = '127.0.0.1'): ScriptedCarrier => {
    const one = new ScriptedCarrier(sockets, remoteAddress)
    carriers.push(one)
    return one
  }
  return {
    ...stage,
    sockets,
    knock,
    async welcome(remoteAddress = '127.0.0.1', resume = '', connectionAttempt = 1): Promise<ScriptedCarrier> {
      const one = knock(remoteAddress)
      one.hello(resume, connectionAttempt)
      await stage.clock.run(0)
      assert.equal(one.all('welcome').length, 1)
      return one
    },
  }
}

function channelsOf(app: ReturnType<typeof stageApp>) {
  return Object.fromEntries(app.channels) as never
}
