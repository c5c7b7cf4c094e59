/** centrum beside Hono on one port of Node: pages and routes are Hono's, WebSockets of /play are centrum's. */
import { serve } from '@hono/node-server'
import { startApp } from 'centrum'
import { Hono } from 'hono'
import app from './app.mjs'

export async function start(port) {
  const web = new Hono().get('/hello', (context) => context.text('hello'))
  const server = await new Promise((resolve) => {
    const listening = serve({ fetch: web.fetch, port, hostname: '127.0.0.1' }, () => resolve(listening))
  })
  const realtime = await startApp(app, { server, path: '/play' })
  return { server, realtime }
}
