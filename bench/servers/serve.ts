/** Makes a server process of one peer's implementation: what is the same for all is what is measured of the process. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { answer } from '../processes/answer.js'
import type { Role, ServerFace, Usage } from '../processes/faces.js'
import { counts, type World } from './world.js'

export interface Served {
  start(world: World, role: Role): Promise<string>
  open(count: number, ticks: boolean): Promise<void>
  /** Keyframes made so far, where they are counted. */
  keyframes?(): number
}

const COLLECTIONS = 4
const SETTLE_MS = 250

export function serve(served: Served): void {
  const face: ServerFace = {
    start: (world, role) => served.start(world, role),
    open: (count, ticks) => served.open(count, ticks),
    async usage(collect) {
      if (collect) await collectGarbage()
      const { user, system } = process.cpuUsage()
      const { heapUsed, arrayBuffers, rss } = process.memoryUsage()
      const usage: Usage = {
        cpuUs: user + system,
        turns: counts.turns,
        moves: counts.moves,
        keyframes: served.keyframes?.() ?? 0,
        heapBytes: heapUsed,
        bufferBytes: arrayBuffers,
        rssBytes: rss,
      }
      return usage
    },
  }
  answer(face)
}

async function collectGarbage(): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  for (let i = 0; i < COLLECTIONS; i++) {
    collect()
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  }
}
