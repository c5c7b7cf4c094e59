/** centrum beside Fastify on one port: pages and routes are Fastify's, WebSockets of /play are centrum's. */
import { startApp } from 'centrum'
import Fastify from 'fastify'
import app from './app.mjs'

export async function start(port) {
  const web = Fastify()
  web.get('/hello', () => 'hello')
  const realtime = await startApp(app, { server: web.server, path: '/play' })
  // Sockets first: Fastify waits for them as it closes.
  web.addHook('preClose', () => realtime.close())
  await web.listen({ port, host: '127.0.0.1' })
  return { server: web.server, realtime }
}
