/**
 * Runs the inspector: a front master that only watches, an app that shows what it sees, and a page for that, on one port of this
 * machine. For development: whoever reaches the port sees all state.
 */
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from '../channel/app.js'
import type { Cluster } from '../cluster/cluster.js'
import { FrontMaster } from '../front/front-master.js'
import { startApp } from '../run/start-app.js'
import type { Log, Runtime } from '../runtime/runtime.js'
import { inspectorApp } from './inspector-app.js'
import { INSPECTOR_HTML, INSPECTOR_POLICY } from './inspector-html.js'

export interface InspectorOptions {
  readonly id: string
  readonly cluster: Cluster
  readonly port: number
  /** Where clients of the app connect. */
  readonly fronts: readonly string[]
  readonly runtime: Runtime
}

export interface RunningInspector {
  readonly url: string
  close(): Promise<void>
}

/** Modules that the page is made of: its own, and those of the client. */
const MODULES = ['inspector/page', 'client', 'options', 'protocol', 'runtime', 'session', 'state', 'value']

/** Resolves when it listens. */
export async function startInspector(app: App, options: InspectorOptions): Promise<RunningInspector> {
  const { id, cluster, port, fronts, runtime } = options
  const front = new FrontMaster(app, { id, cluster, runtime })
  front.dial()
  const modules = await modulesOf(new URL('../', import.meta.url))
  const request = (incoming: IncomingMessage, response: ServerResponse): void =>
    void answer(modules, incoming, response)
  const running = await startApp(inspectorApp(front, fronts), {
    port,
    request,
    runtime: { ...runtime, log: quiet(runtime.log) },
  })
  return {
    url: running.url,
    async close() {
      await running.close()
      await front.stop()
    },
  }
}

/** Its own back and front are of no interest as long as nothing is wrong with them. */
function quiet(loud: Log): Log {
  return {
    debug() {},
    info() {},
    warn: (event, fields) => loud.warn(event, fields),
    error: (event, fields) => loud.error(event, fields),
    with: (fields) => quiet(loud.with(fields)),
  }
}

/** By path. Nothing else is served, so no path leads elsewhere. */
async function modulesOf(root: URL): Promise<ReadonlyMap<string, URL>> {
  const modules = new Map<string, URL>()
  for (const folder of MODULES) {
    const from = new URL(`${folder}/`, root)
    for (const name of await readdir(from, { recursive: true })) {
      if (name.endsWith('.js')) modules.set(`/${folder}/${name}`, new URL(name, from))
    }
  }
  return modules
}

async function answer(
  modules: ReadonlyMap<string, URL>,
  { url = '/' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = url.split('?', 1)[0] ?? '/'
  const module = modules.get(path)
  if (module !== undefined) {
    response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-store' })
    // As a browser finds it: there is no bundler and no import map between.
    response.end((await readFile(module, 'utf8')).replace("'centrum/client'", "'/client/index.js'"))
  } else if (path === '/') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': INSPECTOR_POLICY })
    response.end(INSPECTOR_HTML)
  } else response.writeHead(404).end()
}
