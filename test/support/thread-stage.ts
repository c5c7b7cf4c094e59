/** A small app in which much is written down, on real sockets and within one process: what the tests of threads run. */
import type { TestContext } from 'node:test'
import { z } from 'zod'
import type { ConnectOptions } from '../../src/client/connect-options.js'
import { connect, type Connection } from '../../src/client/node.js'
import {
  defineApp,
  defineChannel,
  startApp,
  startBack,
  startFront,
  staticCluster,
  unchecked,
  type AppOptions,
  type BackDescriptor,
} from '../../src/index.js'
import { InProcessNetwork } from '../../src/link/in-process-transport.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { cleanUp } from './clean-up.js'
import { KEY } from './processes.js'
import { until } from './until.js'

export const runtime = nodeRuntime({ log: silentLog })
/** Redials at once, so that tests are quick. */
export const QUICK: ConnectOptions = { backoffMsMin: 10, backoffMsMax: 50 }

/** What the journal waits for before it has pondered something. */
export const pondering = { over: Promise.resolve() }

/** Writes down all that happens to it, and answers. */
const journal = defineChannel({
  state: () => ({ lines: [] as string[], size: 0, bulk: '' }),
  messages: { write: z.string(), ponder: z.string(), grow: z.number() },
  requests: { count: { input: unchecked<undefined>() } },
  events: { told: unchecked<string>() },
  tickMs: 5,
}).implement({
  onLink: (ctx, client) => void ctx.state.lines.push(`link ${client.userId}`),
  onUnlink: (ctx, client) => void ctx.state.lines.push(`unlink ${client.userId}`),
  onDrop: (ctx, client) => void ctx.state.lines.push(`drop ${client.userId}`),
  onResume(ctx, client) {
    ctx.state.lines.push(`resume ${client.userId}`)
  },
  onMessage: {
    write(ctx, client, text) {
      ctx.state.lines.push(text)
      client.send('told', text)
    },
    async ponder(ctx, _client, text) {
      await pondering.over
      ctx.state.lines.push(text)
    },
    grow(ctx, _client, size) {
      ctx.state.size++
      ctx.state.bulk = String.fromCharCode(97 + (ctx.state.size % 26)).repeat(size)
    },
  },
  onRequest: { count: (ctx) => ctx.state.lines.length },
})

/** A place in a world: who it is the processor of may step in it. */
const place = defineChannel({
  state: () => ({ steps: [] as string[] }),
  messages: { step: z.string() },
  writers: 'processor',
  tickMs: 5,
}).implement({ onMessage: { step: (ctx, _client, text) => void ctx.state.steps.push(text) } })

/** How often the user database was asked. */
export const asked = { count: 0 }
export const app = defineApp({
  channels: { 'journal/:id': journal, 'place/:id': place },
  authenticate({ token }) {
    asked.count++
    return { userId: token ?? 'nobody' }
  },
})

type Client = Connection<typeof app>

export function client(
  t: TestContext,
  url: string | readonly string[],
  token: string,
  options: ConnectOptions = QUICK,
): Client {
  const connection = connect<typeof app>(url, { token, ...options })
  cleanUp(t, () => connection.close())
  return connection
}

export async function running(t: TestContext, options: AppOptions = {}) {
  const started = await startApp(app, { port: 0, runtime, ...options })
  cleanUp(t, () => started.close())
  return started
}

/** What clients wrote, without what the journal notes by itself. */
export function written(lines: readonly string[]): string[] {
  return lines.filter((line) => !/^(link|unlink|drop|resume) /.test(line))
}

/** Backs and fronts apart from each other, within this process. */
export function apart(t: TestContext, backIds: readonly string[] = ['back-1']) {
  const network = new InProcessNetwork()
  const backs: BackDescriptor[] = backIds.map((id) => ({
    id,
    address: `memory:${id}`,
    channels: ['journal/*', 'place/*'],
  }))
  const cluster = staticCluster({ backs, key: KEY })
  const shared = { cluster, network, runtime, linkLimits: { backoffMsMax: 50 } }
  return {
    cluster,
    async back(id = 'back-1') {
      const back = await startBack(app, { ...shared, id })
      cleanUp(t, () => back.close())
      return back
    },
    async front(id = 'front-1', more: { port?: number } = {}) {
      const front = await startFront(app, { ...shared, id, port: 0, flushMs: 2, ...more })
      cleanUp(t, () => front.close())
      await until('the front is ready', () => front.ready)
      return front
    },
  }
}
