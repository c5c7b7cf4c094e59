/** A back or a front of the app under attack, as a process of its own. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { answer } from '../../bench/processes/answer.js'
import { type RunningBack, type RunningFront, startBack, startFront, staticCluster } from '../../src/index.js'
import type { RoleFace } from './faces.js'
import app from './hostile-app.js'

/** So that memory is back soon: half a minute by default. */
const GRACE_MS = 3_000
const KEY = 'a key for attacks that has its thirty-two bytes'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
let running: RunningBack<typeof app> | RunningFront<typeof app> | null = null

const LOOK_MS = 2
let longestMs = 0
let lookedAt = cpuMs()
setInterval(() => {
  const now = cpuMs()
  longestMs = Math.max(longestMs, now - lookedAt)
  lookedAt = now
}, LOOK_MS)

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

const face: RoleFace = {
  async start({ role, address }) {
    const cluster = staticCluster({ backs: [{ id: 'back-1', address }], key: KEY })
    if (role === 'back') {
      running = await startBack(app, { id: 'back-1', cluster, graceMs: GRACE_MS })
      const { hostname, port } = new URL(address.replace('tcp:', 'http:'))
      return { host: hostname, port: Number(port) }
    }
    const front = await startFront(app, { id: 'front-1', cluster, port: 0, limits: { ringMs: GRACE_MS } })
    running = front
    const { hostname, port } = new URL(front.url)
    return { host: hostname, port: Number(port) }
  },
  async usage(collect) {
    for (const _ of collect ? [1, 2] : []) {
      collectGarbage()
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    const longest = longestMs
    longestMs = 0
    lookedAt = cpuMs()
    const { heapUsed, external, rss } = process.memoryUsage()
    const { sessions } = running?.inspect() ?? { sessions: 0 }
    return {
      cpuMs: cpuMs(),
      longestMs: longest,
      usedBytes: heapUsed + external,
      rssBytes: rss,
      sessions: Number(sessions),
    }
  },
}
answer(face)
