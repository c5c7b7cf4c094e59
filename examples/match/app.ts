/**
 * Turn-based matches, and a lobby that brings players together: who asks for a match waits in the lobby's memory, two make a match of
 * their own channel, and only they are let in.
 */
import { defineApp, defineChannel, internal, LinkRefused, unchecked } from 'centrum'
import { z } from 'zod'

const LINES = [
  [0, 1, 2],
  [3, 4, 5],
  [6, 7, 8],
  [0, 3, 6],
  [1, 4, 7],
  [2, 5, 8],
  [0, 4, 8],
  [2, 4, 6],
] as const

export interface MatchState {
  /** Users, X first. */
  players: readonly string[]
  cells: ('' | 'X' | 'O')[]
  turn: 'X' | 'O'
  /** X, O, a draw, or not yet. */
  outcome: 'X' | 'O' | 'draw' | null
}

export const match = defineChannel({
  state: (): MatchState => ({ players: [], cells: Array.from({ length: 9 }, () => ''), turn: 'X', outcome: null }),
  messages: { place: z.int().min(0).max(8) },
  requests: { seat: internal({ input: z.array(z.string()).length(2) }) },
  idleMs: 60_000,
}).implement({
  onLink({ state }, client) {
    if (!state.players.includes(client.userId)) throw new LinkRefused('this match is between others')
  },
  onMessage: {
    place({ state }, client, cell) {
      const side = state.turn
      const isTurn = state.players[side === 'X' ? 0 : 1] === client.userId
      if (!isTurn || state.outcome !== null || state.cells[cell] !== '') return
      state.cells[cell] = side
      state.turn = side === 'X' ? 'O' : 'X'
      if (LINES.some((line) => line.every((each) => state.cells[each] === side))) state.outcome = side
      else if (!state.cells.includes('')) state.outcome = 'draw'
    },
  },
  onRequest: { seat: ({ state }, _sender, players) => void (state.players = players) },
})

const lobby = defineChannel({
  state: () => ({ waiting: 0, matches: 0 }),
  memory: () => ({ queue: [] as { id: string; userId: string }[] }),
  messages: { find: z.undefined() },
  events: { matched: unchecked<{ id: string }>() },
}).implement({
  onUnlink(ctx, client) {
    ctx.memory.queue = ctx.memory.queue.filter(({ id }) => id !== client.id)
    ctx.state.waiting = ctx.memory.queue.length
  },
  onMessage: {
    async find(ctx, client) {
      const { queue } = ctx.memory
      if (queue.some(({ userId }) => userId === client.userId)) return
      const other = queue.shift()
      if (other === undefined) queue.push({ id: client.id, userId: client.userId })
      ctx.state.waiting = queue.length
      if (other === undefined) return
      const id = `match/${++ctx.state.matches}`
      await ctx.channel(match, id).request('seat', [other.userId, client.userId])
      ctx.clients.get(other.id)?.send('matched', { id })
      client.send('matched', { id })
    },
  },
})

export default defineApp({
  channels: { lobby, 'match/:id': match },
  authenticate: ({ token }) => ({ userId: token ?? crypto.randomUUID(), data: undefined }),
})
