/** Next's custom server: pages are Next's, WebSockets of /play are centrum's, on one port. */
import { createServer } from 'node:http'
import { startApp } from 'centrum'
import next from 'next'
import channels from './channels.js'

const dev = process.env.NODE_ENV !== 'production'
const port = Number(process.env.PORT ?? 3000)
const web = next({ dev, port })
await web.prepare()
const handle = web.getRequestHandler()

const server = createServer((request, response) => void handle(request, response))
const realtime = await startApp(channels, { server, path: '/play' })
server.listen(port, () => console.log(`Open http://localhost:${port}`))

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void realtime.close().then(() => process.exit(0)))
}
