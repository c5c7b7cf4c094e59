/**
 * How many frames one process writes to its clients in a second of its CPU: the gateway, which builds a turn's message once and
 * writes all of a tick at once, beside `ws.send` for each client and frame. The clients are sockets of another process that
 * only count. Only the ratio counts. The goal is at least 1.25.
 *
 *     node --import tsx bench/run.ts fan-out [repetitions]
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type WebSocket, WebSocketServer } from 'ws'
import { defineApp } from '../dist/channel/define-app.js'
import { defineChannel } from '../dist/channel/define-channel.js'
import { staticCluster } from '../dist/cluster/static-cluster.js'
import { FrontMaster } from '../dist/front/front-master.js'
import type { SessionSink } from '../dist/relay/front-port.js'
import { Gateway } from '../dist/gateway/gateway.js'
import { makeSharedBlock, type SharedBlock } from '../dist/protocol/blocks.js'
import { encodeClientFrame } from '../dist/protocol/client-frames.js'
import { packFrames } from '../dist/protocol/pack-frames.js'
import { nodeRuntime } from '../dist/runtime/node-runtime.js'

const FRAME_BYTES = 200
const CASES = [
  { clients: 100, framesPerTick: 1, ticks: 2_000 },
  { clients: 1_000, framesPerTick: 1, ticks: 200 },
  { clients: 100, framesPerTick: 4, ticks: 1_000 },
  { clients: 1_000, framesPerTick: 4, ticks: 100 },
]
/** What may wait in this process for all clients together before the next tick. */
const WAITING_BYTES_MAX = 8 * 1024 * 1024

const runtime = nodeRuntime({ logLevel: 'error' })

interface Server {
  readonly port: number
  /** Writes a frame to each client. */
  send(block: SharedBlock): void
  /** Resolves when little enough waits. */
  calm(): Promise<void>
  close(): Promise<void>
}

function blocks(count: number): SharedBlock[] {
  return Array.from({ length: count }, (_, i) => {
    const head = {
      channelId: `room/${i}`,
      view: 0,
      epoch: 1,
      origin: { epoch: 1, nonce: '00000000000000aa' },
      version: 2,
    }
    const patch = new Uint8Array(FRAME_BYTES - 37)
    return makeSharedBlock({ ...head, previous: 1, patch, events: [] })
  })
}

const NO_BACKS = {
  ready: true,
  unreached: [],
  backCount: 0,
  otherUrls: [],
  opens: () => false,
  withdraw: () => undefined,
} as const

async function withGateway(): Promise<Server> {
  const cluster = staticCluster({
    backs: [{ id: 'back-1', address: 'memory:back-1', channels: ['*'] }],
    key: 'a key of the benches, of no use elsewhere',
  })
  const room = defineChannel({ state: () => ({}) }).implement({})
  const front = new FrontMaster(defineApp({ channels: { 'room/:id': room } }), { id: 'front-1', cluster, runtime })
  const sinks: SessionSink[] = []
  const { id, incarnation, admission, broadcastable, limits } = front
  const port: FrontMaster['port'] = {
    attach(identity, connectionAttempt, sink) {
      sinks.push(sink)
      return front.port.attach(identity, connectionAttempt, sink)
    },
  }
  const gateway = new Gateway(
    { ...{ id, incarnation, admission, broadcastable, limits, port, runtime }, ...NO_BACKS },
    { port: 0, limits: { connectionsPerAddressMax: 100_000 } },
  )
  await gateway.listen()
  return {
    port: Number(new URL(gateway.url).port),
    send(block) {
      for (const sink of sinks) sink.shared(block)
    },
    calm: () => calm(() => gateway.inspect().bufferedBytes),
    close: () => gateway.close(),
  }
}

async function withSend(): Promise<Server> {
  const server = createServer()
  const webSockets = new WebSocketServer({ server, perMessageDeflate: false })
  const clients: WebSocket[] = []
  webSockets.on('connection', (client) => clients.push(client))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const packed = new WeakMap<SharedBlock, Uint8Array>()
  return {
    port: (server.address() as AddressInfo).port,
    send(block) {
      const message = packed.get(block) ?? packFrames([block.frame])
      packed.set(block, message)
      for (const client of clients) client.send(message)
    },
    calm: () => calm(() => clients.reduce((sum, client) => sum + client.bufferedAmount, 0)),
    async close() {
      for (const client of clients) client.terminate()
      webSockets.close()
      server.close()
      await once(server, 'close')
    },
  }
}

async function calm(waiting: () => number): Promise<void> {
  do await new Promise<void>((resolve) => runtime.clock.soon(resolve))
  while (waiting() > WAITING_BYTES_MAX)
}

/** Frames a second of CPU, from the first one written to the last one that came. */
async function measure(
  child: ChildProcess,
  start: () => Promise<Server>,
  { clients, framesPerTick, ticks }: (typeof CASES)[number],
): Promise<number> {
  const server = await start()
  child.send({ port: server.port, clients })
  await once(child, 'message')
  const turns = blocks(framesPerTick)
  for (const block of turns) server.send(block)
  await server.calm()
  const messageBytes = turns.reduce((sum, { frame }) => sum + packFrames([frame]).length + 4, 0)
  const done = once(child, 'message')
  child.send({ bytes: messageBytes * clients * (ticks + 1) })
  const before = process.cpuUsage()
  for (let tick = 0; tick < ticks; tick++) {
    for (const block of turns) server.send(block)
    await server.calm()
  }
  await done
  const { user, system } = process.cpuUsage(before)
  const rate = (clients * framesPerTick * ticks) / ((user + system) / 1_000_000)
  child.send({ leave: true })
  await once(child, 'message')
  await server.close()
  return rate
}

/** Clients that only count bytes: the process that measures is to be the one that is busy. */
async function beClients(): Promise<void> {
  const hello = packFrames([
    encodeClientFrame({
      type: 'hello',
      versionMin: 1,
      versionMax: 1,
      features: 0,
      frameBytesMax: 1 << 26,
      incarnation: '0123456789abcdef',
      token: '',
      resume: '',
      connectionAttempt: 1,
    }),
  ])
  // Masked with zeros, which leaves the bytes as they are.
  const greeting = Buffer.concat([Buffer.from([0x82, 0x80 | hello.length, 0, 0, 0, 0]), hello])
  let sockets: ReturnType<typeof connect>[] = []
  let bytes = 0
  let wanted = Infinity
  const check = (): void => {
    if (bytes < wanted) return
    wanted = Infinity
    process.send?.('all')
  }
  process.on('message', (asked: { port: number; clients: number } | { bytes: number } | { leave: true }) => {
    if ('leave' in asked) {
      for (const socket of sockets) socket.destroy()
      sockets = []
      process.send?.('left')
    } else if ('bytes' in asked) {
      wanted = asked.bytes
      check()
    } else {
      bytes = 0
      let open = 0
      for (let i = 0; i < asked.clients; i++) {
        const socket = connect(asked.port, '127.0.0.1')
        sockets.push(socket)
        let greeted = 0
        socket.on('error', () => {})
        socket.write(
          'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
        )
        socket.on('data', (data: Buffer) => {
          if (greeted++ > 1) {
            bytes += data.length
            check()
          } else if (greeted === 1) {
            socket.write(greeting)
            // `ws` alone says nothing to HELLO: a moment is given to the gateway's WELCOME.
            setTimeout(() => {
              greeted = 2
              if (++open === asked.clients) process.send?.('open')
            }, 1_500)
          }
        })
      }
    }
  })
  process.send?.('ready')
}

export default async function fanOut(args: readonly string[]): Promise<void> {
  const repetitions = Number(args[0] ?? 5)
  const child = fork(fileURLToPath(import.meta.url), ['clients'], { execArgv: ['--import', 'tsx'] })
  await once(child, 'message')
  process.stdout.write(`${FRAME_BYTES} B frames, thousand a second of CPU, medians of ${repetitions}\n`)
  for (const each of CASES) {
    const rates: { gateway: number[]; send: number[]; ratio: number[] } = { gateway: [], send: [], ratio: [] }
    for (let i = 0; i < repetitions; i++) {
      const send = await measure(child, withSend, each)
      const gateway = await measure(child, withGateway, each)
      rates.send.push(send)
      rates.gateway.push(gateway)
      rates.ratio.push(gateway / send)
    }
    const { clients, framesPerTick } = each
    process.stdout.write(
      `${String(clients).padStart(5)} clients, ${framesPerTick} a tick: gateway ${thousands(rates.gateway)}, ws.send ${thousands(rates.send)}, ratio ${median(rates.ratio).toFixed(2)}\n`,
    )
  }
  child.kill()
}

function thousands(rates: readonly number[]): string {
  return (median(rates) / 1_000).toFixed(0)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

if (process.argv[2] === 'clients' && process.send !== undefined) await beClients()
