/** A real front and gateway on a free port, with real time, and one back played by the test. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import type { App } from '../../src/channel/app.js'
import { staticCluster } from '../../src/cluster/static-cluster.js'
import { FrontMaster } from '../../src/front/front-master.js'
import type { FrontMasterOptions } from '../../src/front/front-master-options.js'
import { Gateway } from '../../src/gateway/gateway.js'
import type { GatewayOptions } from '../../src/gateway/gateway-options.js'
import { InProcessNetwork } from '../../src/link/in-process-transport.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { KEY, KeptLog, stageApp } from './front-stage.js'
import { RawClient } from './raw-client.js'
import { ScriptedBack } from './scripted-back.js'
import { until } from './until.js'

export interface GatewayStageOptions extends GatewayOptions {
  readonly front?: Partial<FrontMasterOptions>
  readonly app?: App
  /** The back does not listen. */
  readonly away?: boolean
  readonly key?: string
}

export async function gatewayStage(t: TestContext, options: GatewayStageOptions = {}) {
  const { front: frontOptions, app = stageApp(), away = false, key = KEY, ...gatewayOptions } = options
  const log = new KeptLog()
  const runtime = nodeRuntime({ log })
  const network = new InProcessNetwork()
  const entry = { id: 'back-1', address: 'memory:back-1', channels: ['room/*'] }
  const cluster = staticCluster({ backs: [entry], key })
  assert.ok(cluster.key)
  const back = new ScriptedBack()
  const arrive = (): Promise<void> =>
    back.listen(runtime, network, { ...entry, hash: cluster.hash, key: cluster.key ?? new Uint8Array() })
  if (!away) await arrive()
  const front = new FrontMaster(app, { id: 'front-1', cluster, runtime, network, flushMs: 0, ...frontOptions })
  const own = gatewayOptions.server === undefined ? { port: 0 } : {}
  const gateway = new Gateway(front, { ...own, ...gatewayOptions })
  await gateway.listen()
  if (away) front.dial()
  else await front.connect()
  const clients: RawClient[] = []
  t.after(async () => {
    for (const each of clients) each.leave()
    await gateway.close()
    await front.stop()
    await back.stop()
  })
  return {
    log,
    back,
    front,
    gateway,
    cluster,
    arrive,
    client(headers: Record<string, string> = {}): RawClient {
      const client = new RawClient(gateway.url, headers)
      clients.push(client)
      return client
    },
    /** What the back heard of a type, as soon as there are so many. */
    async heard<T extends Parameters<ScriptedBack['all']>[0]>(type: T, count = 1) {
      await until(`${count} × ${type} at the back`, () => back.all<T>(type).length >= count)
      return back.all<T>(type)
    },
    /** The log's lines about sockets that closed. */
    closings: () => log.lines.filter(({ event }) => event === 'client.closed'),
  }
}
