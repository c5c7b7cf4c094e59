/**
 * Each line of docs/beside.md, tried: centrum on a server that another library uses as well, with a path and without one. The libraries are
 * installed on demand, below .tmp/. A line without a try here fails, and so does a try without a line. Run by `npm run test:full -- beside`.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { connect } from '../../src/client/node.js'
import { defineApp, defineChannel, startApp } from '../../src/index.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const project = join(here, '../..')
const folder = join(project, '.tmp/beside')
mkdirSync(folder, { recursive: true })
cpSync(join(here, 'package.json'), join(folder, 'package.json'))
execFileSync('npm', ['install', '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'], {
  cwd: folder,
  stdio: ['ignore', 'ignore', 'inherit'],
})
const resolver = createRequire(join(folder, 'package.json'))
/** Of modules of CommonJS the names are not always found. */
const load = async (name) => {
  const loaded = await import(pathToFileURL(resolver.resolve(name)).href)
  return { ...loaded.default, ...loaded }
}
const { default: WebSocket, WebSocketServer } = await load('ws')

const listening = async (server) => {
  if (!server.listening) await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
const within = (what, promise) =>
  Promise.race([
    promise,
    new Promise((_, reject) => setTimeout(() => reject(new Error(`${what} did not come`)), 20_000).unref()),
  ])
/** The first message of a WebSocket. */
const firstOf = (url, protocols = []) =>
  within(
    'a message of the other library',
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url.replace('http', 'ws'), protocols)
      socket.on('error', reject)
      socket.on('message', (data) => {
        resolve(String(data))
        socket.terminate()
      })
    }),
  )
const greet = (socket) => socket.send('hello of the other')

/** By the first column of the table: sets the other library up; `begin` runs once centrum is there as well. */
const NEIGHBOURS = {
  'ws, `{ server }`': async () => {
    const server = createServer()
    new WebSocketServer({ server }).on('connection', greet)
    return { server, works: async (url) => assert.equal(await firstOf(`${url}/other`), 'hello of the other') }
  },
  'ws, `{ server, path }`': async () => {
    const server = createServer()
    new WebSocketServer({ server, path: '/other' }).on('connection', greet)
    return { server, works: async (url) => assert.equal(await firstOf(`${url}/other`), 'hello of the other') }
  },
  'ws, `{ noServer: true }`': async () => {
    const server = createServer()
    const sockets = new WebSocketServer({ noServer: true })
    server.on('upgrade', (request, socket, head) => sockets.handleUpgrade(request, socket, head, greet))
    return { server, works: async (url) => assert.equal(await firstOf(`${url}/other`), 'hello of the other') }
  },
  'socket.io 4': async () => {
    const server = createServer()
    const { Server } = await load('socket.io')
    const { io } = await load('socket.io-client')
    const sockets = new Server(server)
    sockets.on('connection', (socket) => socket.emit('greeting', 'hello of the other'))
    return {
      server,
      close: () => sockets.close(),
      async works(url) {
        for (const transports of [['websocket'], ['polling', 'websocket']]) {
          const client = io(url, { transports, forceNew: true })
          const greeting = await within('a greeting', new Promise((resolve) => client.on('greeting', resolve)))
          client.close()
          assert.equal(greeting, 'hello of the other')
        }
      },
    }
  },
  'Express 5': async () => {
    const { default: express } = await load('express')
    const web = express()
    web.get('/other', (_request, response) => response.send('hello of the other'))
    return {
      server: createServer(web),
      async works(url) {
        assert.equal(await (await fetch(`${url}/other`)).text(), 'hello of the other')
        assert.equal((await fetch(`${url}/play`)).status, 404, 'what is no upgrade is for Express')
      },
    }
  },
  '@fastify/websocket 11': async () => {
    const { default: fastify } = await load('fastify')
    const { default: websocket } = await load('@fastify/websocket')
    const app = fastify()
    await app.register(websocket)
    app.register(async (scope) => scope.get('/other', { websocket: true }, greet))
    return {
      server: app.server,
      begin: () => app.listen({ port: 0, host: '127.0.0.1' }),
      close: () => app.close(),
      works: async (url) => assert.equal(await firstOf(`${url}/other`), 'hello of the other'),
    }
  },
  '@hono/node-ws 1': async () => {
    const { Hono } = await load('hono')
    const { serve } = await load('@hono/node-server')
    const { createNodeWebSocket } = await load('@hono/node-ws')
    const app = new Hono()
    const { injectWebSocket, upgradeWebSocket } = createNodeWebSocket({ app })
    const onOpen = (_event, socket) => socket.send('hello of the other')
    app.get(
      '/other',
      upgradeWebSocket(() => ({ onOpen })),
    )
    const server = await new Promise((resolve) => {
      const made = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(made))
    })
    injectWebSocket(server)
    return { server, works: async (url) => assert.equal(await firstOf(`${url}/other`), 'hello of the other') }
  },
  'Vite 8, its own server': async () => {
    const { createServer: createVite } = await load('vite')
    const root = join(folder, 'page')
    mkdirSync(root, { recursive: true })
    writeFileSync(join(root, 'index.html'), '<!doctype html><title>page</title>')
    const vite = await createVite({
      root,
      configFile: false,
      logLevel: 'silent',
      server: { port: 0, host: '127.0.0.1', watch: null },
    })
    return {
      server: vite.httpServer,
      begin: () => vite.listen(),
      close: () => vite.close(),
      async works(url) {
        assert.match(await (await fetch(url)).text(), /page/)
        const message = await firstOf(`${url}/?token=${vite.config.webSocketToken}`, 'vite-hmr')
        assert.equal(JSON.parse(message).type, 'connected')
      },
    }
  },
}

const lobby = defineChannel({ state: () => ({ here: 1 }) }).implement({})
const app = defineApp({ channels: { lobby } })
const table = readFileSync(join(project, 'docs/beside.md'), 'utf8')
const lines = [...table.matchAll(/^\| ([^|]+) \| works \| works \|/gm)].map(([, name]) => name.trim())
assert.deepEqual(lines.toSorted(), Object.keys(NEIGHBOURS).toSorted(), 'each line of docs/beside.md is tried')

let failed = 0
for (const [name, setUp] of Object.entries(NEIGHBOURS)) {
  for (const path of ['/play', undefined]) {
    const neighbour = await setUp()
    const { server } = neighbour
    const options = { server, runtime: nodeRuntime({ logLevel: 'silent' }), ...(path === undefined ? {} : { path }) }
    const running = await startApp(app, options)
    try {
      await neighbour.begin?.()
      await listening(server)
      const url = `http://127.0.0.1:${server.address().port}`
      for (let round = 0; round < 2; round++) {
        const connection = connect(`${url}${path ?? ''}`)
        const link = await connection.link('lobby', { timeoutMs: 20_000 })
        assert.deepEqual(link.state, { here: 1 })
        await neighbour.works(url)
        assert.equal(link.status, 'live')
        await connection.close()
      }
      console.log(`ok      ${name}, ${path ?? 'no path'}`)
    } catch (error) {
      failed++
      console.log(`failed  ${name}, ${path ?? 'no path'}: ${error.stack}`)
    }
    await running.close()
    await neighbour.close?.()
    server.close()
    server.closeAllConnections()
  }
}
process.exit(failed === 0 ? 0 : 1)
