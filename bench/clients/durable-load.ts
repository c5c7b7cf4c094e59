/** The process that plays clients of durable channels, with the library that users have. */
import { connect } from 'centrum/client'
import { answer } from '../processes/answer.js'
import type { DurableLoadFace } from '../processes/durable-faces.js'
import { percentiles } from '../processes/percentiles.js'

/** How many connect at once. */
const AT_ONCE = 50
const TIMEOUT_MS = 120_000

/** What is used of a link, whatever it is to. */
interface ClientLink {
  readonly acknowledged: number
  send(message: string, payload: unknown): number
  request(name: string, payload: unknown, settings: { readonly timeoutMs: number }): Promise<unknown>
  unlink(): Promise<void>
  onReset(listener: () => void): unknown
}

const links: ClientLink[] = []
const visitors = new Map<string, ReturnType<typeof connect>>()
let resets = 0

async function linkOne(url: string, channelId: string): Promise<void> {
  const link = await connect(url).link(channelId)
  link.onReset(() => void resets++)
  links.push(link)
}

const request = (link: ClientLink): Promise<unknown> => link.request('pay', 1, { timeoutMs: TIMEOUT_MS })

async function timed(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await run()
  return performance.now() - begun
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Sends until the time is over, and waits until all is acknowledged. */
async function sendUntil(link: ClientLink, endsAt: number, window: number): Promise<number> {
  const before = link.acknowledged
  let last = before
  while (performance.now() < endsAt) {
    if (last - link.acknowledged < window) last = link.send('add', 1)
    else await new Promise(setImmediate)
  }
  return link.acknowledged - before
}

const face: DurableLoadFace = {
  async connect(url, clients, kind, which) {
    let next = 0
    const some = async (): Promise<void> => {
      for (let i = next++; i < clients; i = next++) await linkOne(url, `${kind}/${which === 'own' ? i : 0}`)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, some))
  },
  async request(count, pauseMs) {
    const [link] = links
    if (link === undefined) throw new Error('nobody is connected')
    const durations: number[] = []
    for (let i = 0; i < count; i++) {
      await pause(pauseMs)
      durations.push(await timed(() => request(link)))
    }
    return percentiles(durations)
  },
  async sendFor(ms, window) {
    const endsAt = performance.now() + ms
    const acknowledged = await Promise.all(links.map((link) => sendUntil(link, endsAt, window)))
    return acknowledged.reduce((sum, each) => sum + each, 0)
  },
  async visit(url, first, count) {
    const connection = visitors.get(url) ?? connect(url)
    visitors.set(url, connection)
    const durations: number[] = []
    for (let i = first; i < first + count; i++) {
      let link: ClientLink | null = null
      durations.push(await timed(async () => (link = await connection.link(`document/${i}`))))
      await (link as ClientLink | null)?.unlink()
    }
    return percentiles(durations)
  },
  async answered() {
    const durations = await Promise.all(links.map((link) => timed(() => request(link))))
    return { firstMs: Math.min(...durations), lastMs: Math.max(...durations) }
  },
  resets: () => resets,
}
answer(face)
