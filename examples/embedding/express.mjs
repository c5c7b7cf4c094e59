/** centrum beside Express on one port: pages and routes are Express's, WebSockets of /play are centrum's. */
import { createServer } from 'node:http'
import { startApp } from 'centrum'
import express from 'express'
import app from './app.mjs'

export async function start(port) {
  const web = express()
  web.get('/hello', (_request, response) => response.send('hello'))
  const server = createServer(web)
  const realtime = await startApp(app, { server, path: '/play' })
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { server, realtime }
}
