/**
 * An auction that survives its server: every turn is stored before anyone sees it. One bids the most that one would pay, which
 * nobody else is ever shown; a timer brings the hammer down, and each late bid puts it off.
 */
import { AuthenticationRefused, type ContextOf, defineApp, defineChannel } from 'centrum'
import { z } from 'zod'

export const STEP = 5
const OPEN_MS = 45_000
/** A bid in the last moments puts the hammer off, so that others can answer. */
const LATE_MS = 10_000
const LOTS_OPEN = 3
const SOLD_SHOWN_MAX = 8

const CATALOG = [
  'A violin, three strings',
  'An amphora, almost whole',
  'A map of somewhere',
  'A clock that is right twice a day',
  'The chair of a chairman',
  'A landscape with cow',
  'A wireless set',
  'A telescope, for near things',
  'A bicycle without a bell',
  'A hat with a false bottom',
] as const

export interface Lot {
  readonly title: string
  /** What the leader would pay now. */
  price: number
  leader: string | null
  bids: number
  /** By the channel's clock. */
  endsAt: number
}

export interface AuctionState {
  lots: Map<string, Lot>
  sold: { lot: string; title: string; price: number; to: string }[]
  /** How many bids of each user are in the books. */
  books: Record<string, number>
  /** The process that owns the auction, and how many did before. */
  owner: { pid: number; before: number }
}

/** The server's own. */
export interface AuctionMemory {
  /** The most that each lot's leader would pay. */
  maximums: Map<string, number>
  hammers: Map<string, number>
  lotsSoFar: number
}

export type BidResult = { leads: boolean; price: number } | { refused: string }

const definition = defineChannel({
  state: (): AuctionState => ({ lots: new Map(), sold: [], books: {}, owner: { pid: process.pid, before: 0 } }),
  memory: (): AuctionMemory => ({ maximums: new Map(), hammers: new Map(), lotsSoFar: 0 }),
  requests: { bid: { input: z.object({ lot: z.string(), max: z.int().min(1).max(1_000_000) }) } },
  timers: { hammer: z.object({ lot: z.string() }) },
  // Where there is no store, `npm run demo:auction` says so, and shows what is lost then.
  durability: (process.env['AUCTION_DURABILITY'] ?? 'log') as 'log',
})

type Auction = ContextOf<typeof definition>

const auction = definition.implement({
  onOpen(ctx) {
    while (ctx.state.lots.size < LOTS_OPEN) putUp(ctx)
  },
  onRestore(ctx) {
    ctx.state.owner = { pid: process.pid, before: ctx.state.owner.before + 1 }
  },
  onRequest: {
    bid(ctx, { userId }, { lot: id, max }): BidResult {
      const lot = ctx.state.lots.get(id)
      if (!lot) return { refused: 'it is sold' }
      const leads = lot.leader === userId
      const least = lot.leader === null ? lot.price : lot.price + STEP
      if (max < least) return { refused: `the least is ${least}` }
      ctx.state.books[userId] = (ctx.state.books[userId] ?? 0) + 1
      lot.bids++
      if (leads) ctx.memory.maximums.set(id, Math.max(max, ctx.memory.maximums.get(id) ?? 0))
      else outbid(ctx, id, lot, userId, max)
      if (lot.endsAt - ctx.now < LATE_MS) setHammer(ctx, id, lot, LATE_MS)
      return { leads: lot.leader === userId, price: lot.price }
    },
  },
  onTimer: {
    hammer(ctx, { lot: id }) {
      const lot = ctx.state.lots.get(id)
      if (!lot) return
      const { title, price, leader } = lot
      if (leader !== null) ctx.state.sold.unshift({ lot: id, title, price, to: leader })
      ctx.state.sold.splice(SOLD_SHOWN_MAX)
      ctx.state.lots.delete(id)
      ctx.memory.maximums.delete(id)
      ctx.memory.hammers.delete(id)
      putUp(ctx)
    },
  },
})

/** The second highest maximum, and a step, is the price; between equals the first leads. */
function outbid({ memory }: Auction, id: string, lot: Lot, userId: string, max: number): void {
  const before = memory.maximums.get(id)
  if (before !== undefined && max <= before) {
    lot.price = Math.min(before, max + STEP)
    return
  }
  if (before !== undefined) lot.price = Math.min(max, before + STEP)
  lot.leader = userId
  memory.maximums.set(id, max)
}

function putUp(ctx: Auction): void {
  const { lots } = ctx.state
  const title = CATALOG[ctx.memory.lotsSoFar % CATALOG.length] ?? CATALOG[0]
  const id = String(++ctx.memory.lotsSoFar)
  const lot: Lot = { title, price: 10 + 5 * Math.floor(ctx.random() * 8), leader: null, bids: 0, endsAt: 0 }
  lots.set(id, lot)
  // Not all at once.
  setHammer(ctx, id, lot, OPEN_MS + lots.size * LATE_MS)
}

function setHammer(ctx: Auction, id: string, lot: Lot, ms: number): void {
  const earlier = ctx.memory.hammers.get(id)
  if (earlier !== undefined) ctx.cancelTimer(earlier)
  lot.endsAt = ctx.now + ms
  ctx.memory.hammers.set(id, ctx.after(ms, 'hammer', { lot: id }))
}

export default defineApp({
  channels: { 'auction/:id': auction },
  // A name is enough here.
  authenticate({ token }) {
    if (!token || token.length > 40) throw new AuthenticationRefused('Say who you are, in at most 40 letters.')
    return { userId: token, data: undefined }
  },
})
