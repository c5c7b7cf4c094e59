/**
 * A front without the gateway: one's own way to browsers, here Server-Sent Events down and POST up. A `FrontMaster` carries the channels
 * as encoded bytes; a `StateMirror` opens them for those who want JSON.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { FrontMaster } from 'centrum'
import { StateMirror } from 'centrum/state'
import type app from './app.js'

const BODY_BYTES_MAX = 1_000

/** Serves the page, `GET /events?name=…` and `POST /add?id=…` with a number. Resolves with the server when it listens. */
export async function serveEvents(front: FrontMaster<typeof app>, port: number): Promise<Server> {
  const page = await readFile(new URL('page.html', import.meta.url))
  const users = new Map<string, ReturnType<typeof front.client>>()
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/') response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page)
    else if (pathname === '/events') void follow(searchParams.get('name') ?? 'nobody', response)
    else if (pathname === '/add' && request.method === 'POST') void add(searchParams.get('id') ?? '', request, response)
    else response.writeHead(404).end()
  })

  /** One client of the front for each stream of events: it leaves with it. */
  async function follow(name: string, response: ServerResponse): Promise<void> {
    const client = front.client({ userId: name, data: undefined })
    users.set(client.id, client)
    response.on('close', () => {
      users.delete(client.id)
      void client.disconnect()
    })
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
    const mirror = new StateMirror()
    const show = (): void => void response.write(`data: ${JSON.stringify(mirror.state)}\n\n`)
    client.onKeyframe((_channel, encodedState) => {
      mirror.load(encodedState)
      show()
    })
    client.onPatch((_channel, patch) => {
      mirror.patch(patch)
      show()
    })
    const { encodedState } = await client.link('counter')
    mirror.load(encodedState)
    response.write(`event: id\ndata: ${client.id}\n\n`)
    show()
  }

  async function add(id: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const client = users.get(id)
    const length = Number(request.headers['content-length'])
    if (client === undefined || !(length <= BODY_BYTES_MAX)) return void response.writeHead(400).end()
    const number = Number(await text(request))
    await client.setProcessor('counter')
    client.send('add', number)
    response.writeHead(204).end()
  }

  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}
