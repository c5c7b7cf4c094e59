/** The process that plays all clients of a server, and counts what comes. */
import { performance } from 'node:perf_hooks'
import { answer } from '../processes/answer.js'
import type { LoadFace } from '../processes/faces.js'
import { centrum } from './centrum.js'
import { colyseus } from './colyseus.js'
import type { BareClient, Dialect } from './dialect.js'
import { socketIo } from './socket-io.js'
import { ws } from './ws.js'

const DIALECTS: Readonly<Record<string, Dialect>> = { centrum, colyseus, 'socket.io': socketIo, ws }
/** How many join at once. */
const JOINING_MAX = 20
const BEAT_MS = 5_000
/** How often it is looked whose turn to send it is. */
const SLICE_MS = 5

const clients: BareClient[] = []
const came = { messages: 0, bytes: 0 }
const sink = {
  came(bytes: number): void {
    came.messages++
    came.bytes += bytes
  },
}
let sending: NodeJS.Timeout | null = null

/** The clients send one after the other, evenly over the time. */
function send(perSecond: number): void {
  if (sending !== null) clearInterval(sending)
  sending = null
  if (perSecond === 0) return
  const begun = performance.now()
  let sent = 0
  sending = setInterval(() => {
    const due = Math.floor(((performance.now() - begun) / 1_000) * perSecond * clients.length)
    for (; sent < due; sent++) clients[sent % clients.length]?.push()
  }, SLICE_MS)
}

async function join(peer: string, url: string, count: number, rooms: { first: number; count: number }): Promise<void> {
  const dialect = DIALECTS[peer]
  if (dialect === undefined) throw new Error(`nothing speaks to ${peer}`)
  let next = 0
  const joinSome = async (): Promise<void> => {
    while (next < count) clients.push(await dialect.join(url, rooms.first + (next++ % rooms.count), sink))
  }
  await Promise.all(Array.from({ length: JOINING_MAX }, joinSome))
}

let droppedAt = 0

/** Each at its own moment, in the order in which they joined. */
async function comeBack(withinMs: number): Promise<number> {
  let awayMs = 0
  await Promise.all(
    clients.map(async (client, index) => {
      await new Promise((resolve) => setTimeout(resolve, (index * withinMs) / clients.length))
      await client.comeBack()
      awayMs += performance.now() - droppedAt
    }),
  )
  return awayMs / clients.length
}

setInterval(() => {
  for (const client of clients) client.beat()
}, BEAT_MS)

const face: LoadFace = {
  join,
  send,
  comeBack,
  traffic() {
    const { user, system } = process.cpuUsage()
    return { ...came, cpuUs: user + system }
  },
  drop() {
    droppedAt = performance.now()
    for (const client of clients) client.drop()
  },
}
answer(face)
