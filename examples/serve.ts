/**
 * Runs an example with its page: `node --import tsx examples/serve.ts chat`, then http://localhost:8080. The page is bundled in
 * memory, and served by the same port that takes the page's WebSockets.
 */
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type App, type RunningApp, startApp } from 'centrum'
import { build } from 'esbuild'

const here = new URL('./', import.meta.url)

/** Resolves when the example listens. */
export async function serveExample(name: string, port: number): Promise<RunningApp> {
  const { default: app } = (await import(new URL(`${name}/app.ts`, here).href)) as { default: App }
  return startApp(app, { port, request: await servePage(name) })
}

/** What answers the requests for an example's page. */
export async function servePage(name: string): Promise<(request: IncomingMessage, response: ServerResponse) => void> {
  const { outputFiles } = await build({
    entryPoints: [new URL(`${name}/page.ts`, here).pathname],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  })
  const files: Record<string, readonly [type: string, body: string]> = {
    '/': ['text/html; charset=utf-8', await readFile(new URL(`${name}/page.html`, here), 'utf8')],
    '/page.css': ['text/css; charset=utf-8', await readFile(new URL('page.css', here), 'utf8')],
    '/page.js': ['text/javascript; charset=utf-8', outputFiles[0]?.text ?? ''],
  }
  return ({ url = '/' }, response) => {
    const [type, body] = files[url.split('?', 1)[0] ?? '/'] ?? []
    if (type === undefined) response.writeHead(404).end()
    else response.writeHead(200, { 'content-type': type }).end(body)
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { url } = await serveExample(process.argv[2] ?? 'chat', Number(process.argv[3] ?? 8080))
  console.log(`Open ${url}`)
}
