/**
 * The page's HTTP server. There is no build step for the visitor: what the page needs is listed once at start, modules of the
 * demo have their types taken off, those of the library come as they were built. Nothing but what is listed is served, so no
 * path leads elsewhere.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { transform } from 'esbuild'

export interface PageOptions {
  readonly host: string
  readonly port: number
  readonly fronts: readonly { readonly id: string; readonly port: number }[]
}

/** Modules of the demo that the page shares with the servers. */
const SHARED = ['emotes', 'names', 'sight', 'walker', 'world']
/** Folders of the library that a client is made of. */
const LIBRARY = ['client', 'options', 'predict', 'protocol', 'runtime', 'session', 'state', 'value']

const root = import.meta.resolve('centrum/package.json')
const here = new URL('demo/', root)
const dist = new URL('dist/', root)

interface Served {
  readonly type: string
  read(): Promise<string>
  /** What a browser may do with it: nothing, unless said. */
  policy?(body: string): string
}

export interface Page {
  readonly url: string
  close(): Promise<void>
}

/** Serves the page until it is closed. */
export async function servePage(options: PageOptions): Promise<Page> {
  const files = await listFiles(options)
  const server = createServer((request, response) => void answer(files, request, response))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  return {
    url: `http://${options.host === '127.0.0.1' || options.host === '0.0.0.0' ? 'localhost' : options.host}:${options.port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** All that there is, by path. */
async function listFiles({ fronts }: PageOptions): Promise<ReadonlyMap<string, Served>> {
  const files = new Map<string, Served>()
  const script = 'text/javascript; charset=utf-8'
  const page = new URL('page/', here)
  files.set('/', {
    type: 'text/html; charset=utf-8',
    read: () => readFile(new URL('index.html', page), 'utf8'),
    policy: (html) => policyOf(html, fronts),
  })
  files.set('/fronts.json', { type: 'application/json', read: () => Promise.resolve(JSON.stringify(fronts)) })
  files.set('/page/style.css', {
    type: 'text/css; charset=utf-8',
    read: () => readFile(new URL('style.css', page), 'utf8'),
  })
  for (const name of (await readdir(page)).filter((file) => file.endsWith('.ts'))) {
    files.set(`/page/${name.slice(0, -3)}.js`, { type: script, read: () => withoutTypes(new URL(name, page)) })
  }
  for (const name of SHARED) {
    files.set(`/${name}.js`, { type: script, read: () => withoutTypes(new URL(`${name}.ts`, here)) })
  }
  for (const folder of LIBRARY) {
    const from = new URL(`${folder}/`, dist)
    for (const name of (await readdir(from, { recursive: true })).filter((file) => file.endsWith('.js'))) {
      files.set(`/dist/${folder}/${name}`, { type: script, read: () => readFile(new URL(name, from), 'utf8') })
    }
  }
  return files
}

async function withoutTypes(file: URL): Promise<string> {
  const { code } = await transform(await readFile(file, 'utf8'), {
    loader: 'ts',
    target: 'es2022',
    sourcefile: file.pathname,
  })
  return code
}

/** Scripts and styles of our own, connections to the fronts; nothing else, and no `eval`. */
function policyOf(html: string, fronts: PageOptions['fronts']): string {
  // The one script in the page is its import map, which has to be there. It is known by its hash.
  const inline = /<script type="importmap">([^]*?)<\/script>/.exec(html)?.[1] ?? ''
  const hash = createHash('sha256').update(inline).digest('base64')
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    'img-src data:',
    `connect-src 'self' ${fronts.map(({ port }) => `ws://*:${port}`).join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

async function answer(
  files: ReadonlyMap<string, Served>,
  { method, url = '/' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const file = files.get(url.split('?', 1)[0] ?? '/')
  const headers = {
    'content-security-policy': "default-src 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  }
  if (method !== 'GET' && method !== 'HEAD') {
    response.writeHead(405, { ...headers, allow: 'GET, HEAD' }).end()
    return
  }
  if (!file) {
    response.writeHead(404, { ...headers, 'content-type': 'text/plain; charset=utf-8' }).end('There is nothing here.\n')
    return
  }
  try {
    const body = await file.read()
    if (file.policy) headers['content-security-policy'] = file.policy(body)
    response.writeHead(200, { ...headers, 'content-type': file.type }).end(method === 'HEAD' ? undefined : body)
  } catch (error) {
    process.stderr.write(`${url}: ${String(error)}\n`)
    response
      .writeHead(500, { ...headers, 'content-type': 'text/plain; charset=utf-8' })
      .end('This could not be read.\n')
  }
}
