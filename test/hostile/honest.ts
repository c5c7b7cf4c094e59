/** Honest clients: each is in a room, and asks at the desk twice a second. */
import { answer } from '../../bench/processes/answer.js'
import { connect } from '../../src/client/node.js'
import type { HonestFace } from './faces.js'
import type app from './hostile-app.js'

const PER_ROOM = 20
const ASKS_MS = 500

let latencies: number[] = []
let noticed: string[] = []

async function enter(url: string, i: number): Promise<void> {
  const connection = connect<typeof app>(url, { token: `honest-${i}` })
  const room = `${Math.floor(i / PER_ROOM)}`
  const arena = await connection.link(`arena/${room}`)
  const desk = await connection.link(`desk/${room}`)
  connection.onStatus((status, reason) => noticed.push(`connection ${status} ${reason ?? ''}`))
  for (const link of [arena, desk]) {
    link.onStatus((status, reason) => noticed.push(`link ${status} ${reason ?? ''}`))
    link.onReset((reason) => noticed.push(`reset ${reason}`))
  }
  const ask = async (): Promise<void> => {
    const start = performance.now()
    try {
      await desk.request('ask', i)
      latencies.push(performance.now() - start)
    } catch (error) {
      noticed.push(`request ${String(error)}`)
    }
  }
  setTimeout(() => setInterval(() => void ask(), ASKS_MS), Math.random() * ASKS_MS)
}

const face: HonestFace = {
  async begin(url, clients) {
    for (let i = 0; i < clients; i++) await enter(url, i)
  },
  take() {
    const report = { latencies, noticed }
    latencies = []
    noticed = []
    return report
  },
}
answer(face)
