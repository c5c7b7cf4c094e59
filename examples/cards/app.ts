/**
 * A card game with hidden hands. What all may see is state; hands and the deck are memory, which never leaves the server, and each
 * player is sent its own hand. The highest card of a round takes it.
 */
import { defineApp, defineChannel, LinkRefused, unchecked } from 'centrum'
import { z } from 'zod'

const SEATS = 2
const HAND = 5

export interface TableState {
  /** In the order of play, by user: who comes back after a reload has the same hand. */
  players: { userId: string; cards: number; won: number }[]
  table: { userId: string; card: number }[]
  /** Whose turn it is; null before there are enough players, and at the end. */
  turn: string | null
}

export interface TableMemory {
  deck: number[]
  hands: Map<string, number[]>
}

const table = defineChannel({
  state: (): TableState => ({ players: [], table: [], turn: null }),
  memory: (): TableMemory => ({ deck: Array.from({ length: 52 }, (_, card) => card), hands: new Map() }),
  messages: { play: z.int() },
  events: { hand: unchecked<number[]>() },
}).implement({
  onLink(ctx, client) {
    const { state, memory } = ctx
    if (!memory.hands.has(client.userId)) {
      if (state.players.length === SEATS) throw new LinkRefused('the table is full')
      const hand = Array.from({ length: HAND }, () => {
        const [card = 0] = memory.deck.splice(Math.floor(ctx.random() * memory.deck.length), 1)
        return card
      })
      memory.hands.set(client.userId, hand)
      state.players.push({ userId: client.userId, cards: HAND, won: 0 })
      if (state.players.length === SEATS) state.turn = state.players[0]?.userId ?? null
    }
    client.send('hand', memory.hands.get(client.userId) ?? [])
  },
  onMessage: {
    play({ state, memory }, client, card) {
      const hand = memory.hands.get(client.userId) ?? []
      if (state.turn !== client.userId || !hand.includes(card)) return
      hand.splice(hand.indexOf(card), 1)
      client.send('hand', hand)
      if (state.table.length === SEATS) state.table = []
      state.table.push({ userId: client.userId, card })
      const player = state.players.findIndex(({ userId }) => userId === client.userId)
      ;(state.players[player] as { cards: number }).cards = hand.length
      if (state.table.length < SEATS) {
        state.turn = state.players[(player + 1) % SEATS]?.userId ?? null
        return
      }
      const best = state.table.reduce((one, other) => (other.card > one.card ? other : one))
      const winner = state.players.find(({ userId }) => userId === best.userId)
      if (winner) winner.won++
      state.turn = hand.length === 0 && memory.hands.get(best.userId)?.length === 0 ? null : best.userId
    },
  },
})

export default defineApp({
  channels: { 'table/:id': table },
  authenticate: ({ token }) => ({ userId: token ?? crypto.randomUUID(), data: undefined }),
})
