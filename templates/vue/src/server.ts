/** Production: the app and its page in one process, on one port. `npm run dev` does not need it. */
import { startApp } from 'centrum'
import { fileURLToPath } from 'node:url'
import sirv from 'sirv'
import app from './app.js'

const page = sirv(fileURLToPath(new URL('../page', import.meta.url)), { single: true })
const server = await startApp(app, {
  host: process.env.HOST ?? '127.0.0.1',
  port: Number(process.env.PORT ?? 8080),
  path: '/play',
  request: (request, response) => page(request, response),
})
console.log(`Listening at ${server.url}`)

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => void server.close().then(() => process.exit(0)))
}
