/** A real front master on a manual clock, with backs played by the test. */
import type { App } from '../../src/channel/app.js'
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { broadcastable, internal, unchecked } from '../../src/channel/schema.js'
import { staticCluster } from '../../src/cluster/static-cluster.js'
import { FrontMaster } from '../../src/front/front-master.js'
import type { FrontMasterOptions } from '../../src/front/front-master-options.js'
import { InProcessNetwork, inProcessTransport } from '../../src/link/in-process-transport.js'
import type { Transport } from '../../src/link/transport.js'
import type { Log, LogFields, Runtime } from '../../src/runtime/runtime.js'
import { ManualClock } from './manual-clock.js'
import { ScriptedBack } from './scripted-back.js'
import { ScriptedSession } from './scripted-session.js'

export const KEY = 'a key of the tests, thirty-two bytes long'

export function stageApp() {
  const room = defineChannel({
    state: () => ({ n: 0 }),
    messages: {
      say: unchecked<unknown>(),
      shout: broadcastable(unchecked<string>()),
      credit: internal(unchecked<number>()),
    },
    requests: { echo: { input: unchecked<string>() }, tally: internal({ input: unchecked<number>() }) },
    events: { boom: unchecked<string>() },
  }).implement({
    onMessage: { say() {}, shout() {}, credit() {} },
    onRequest: { echo: (_ctx, _client, text) => text, tally: (_ctx, _peer, n) => String(n) },
  })
  return defineApp({ channels: { 'room/:id': room, 'hall/:id': room, nowhere: room } })
}

/** Keeps what was logged, with the fields of its parents. */
export class KeptLog implements Log {
  readonly lines: { readonly level: string; readonly event: string; readonly fields: LogFields }[]
  readonly #own: LogFields

  constructor(lines: KeptLog['lines'] = [], own: LogFields = {}) {
    this.lines = lines
    this.#own = own
  }

  #keep(level: string, event: string, fields: LogFields = {}): void {
    this.lines.push({ level, event, fields: { ...this.#own, ...fields } })
  }

  debug(event: string, fields?: LogFields): void {
    this.#keep('debug', event, fields)
  }
  info(event: string, fields?: LogFields): void {
    this.#keep('info', event, fields)
  }
  warn(event: string, fields?: LogFields): void {
    this.#keep('warn', event, fields)
  }
  error(event: string, fields?: LogFields): void {
    this.#keep('error', event, fields)
  }
  with(fields: LogFields): Log {
    return new KeptLog(this.lines, { ...this.#own, ...fields })
  }
}

export interface FrontStageSettings {
  readonly away?: boolean
  readonly app?: App
  /** What the front dials its backs by, made of what it dials by otherwise. */
  readonly dialBy?: (transport: Transport) => Transport
}

/** Backs `back-1` (room/*, nowhere excepted) and `back-2` (hall/*). Back 1 listens unless `away`. */
export async function frontStage(
  t: TestContext,
  options: Partial<FrontMasterOptions> = {},
  { away = false, app = stageApp(), dialBy }: FrontStageSettings = {},
) {
  const clock = new ManualClock()
  const log = new KeptLog()
  let seed = 1
  const random = { float: () => 0.5, bytes: (count: number) => new Uint8Array(count).fill(seed++) }
  const runtime: Runtime = { clock, random, log }
  const network = new InProcessNetwork()
  const cluster = staticCluster({
    backs: [
      { id: 'back-1', address: 'memory:back-1', channels: ['room/*'] },
      { id: 'back-2', address: 'memory:back-2', channels: ['hall/*'] },
    ],
    key: KEY,
  })
  const key = cluster.key
  assert.ok(key)
  const backs = [new ScriptedBack(), new ScriptedBack()] as const
  const listen = async (i: 0 | 1): Promise<void> => {
    const entry = cluster.backs[i]
    assert.ok(entry)
    await backs[i].listen(runtime, network, { ...entry, hash: cluster.hash, key })
  }
  await listen(1)
  if (!away) await listen(0)
  const front = new FrontMaster(app as ReturnType<typeof stageApp>, {
    id: 'front-1',
    cluster,
    runtime,
    network,
    transport: dialBy?.(inProcessTransport(network, clock)),
    ...options,
  })
  front.dial()
  await clock.run(100)
  t.after(async () => {
    const stopped = Promise.all([front.stop(), ...backs.map((back) => back.stop())])
    await clock.run(1_000)
    await stopped
  })
  return {
    clock,
    log,
    runtime,
    network,
    cluster,
    front,
    back: backs[0],
    back2: backs[1],
    /** Back 1 begins to listen, and the front finds it. */
    async arrive(): Promise<void> {
      await listen(0)
      await clock.run(5_000)
    },
    /** Breaks the link to back 1; the front dials again after a while. */
    async breakLink(): Promise<void> {
      backs[0].breakLink()
      await clock.run(5)
    },
    session: (sessionId: string, connectionAttempt = 1) =>
      new ScriptedSession(front.port, sessionId, connectionAttempt),
  }
}
