/** The app: its channels, and who may use them. Servers run it; pages import only its type. */
import { type ChannelStateOf, type ClientOf, type ContextOf, defineApp, defineChannel, unchecked } from 'centrum'
import { z } from 'zod'
import { Budget } from './budget.js'
import { DELAY_MS, HEIGHT, type Player, RADIUS, step, TICK_MS, WIDTH } from './step.js'

const direction = z.number().min(-1).max(1)

const definition = defineChannel({
  // By client id.
  state: () => ({ players: {} as Record<string, Player> }),
  // What a client may send; checked on the server.
  messages: {
    move: z.object({ dx: direction, dy: direction }),
    shoot: z.object({ x: z.number(), y: z.number() }),
  },
  events: { shot: unchecked<{ from: string; x: number; y: number; hit: boolean }>() },
  tickMs: TICK_MS,
  // The round trip that shots compensate for, plus the delay with which others are shown.
  rewindMsMax: 400,
  linksMax: 16,
})

const arena = definition.implement({
  onLink(ctx, client) {
    // The golden angle, so that successive players get different colors.
    const hue = (Object.keys(ctx.state.players).length * 137.5) % 360
    ctx.state.players[client.id] = { ...somewhere(ctx), hue, hits: 0 }
  },
  onUnlink(ctx, client) {
    delete ctx.state.players[client.id]
  },
  onMessage: {
    move(ctx, client, move) {
      const player = ctx.state.players[client.id]
      // One message is one step. Messages beyond the budget have no effect.
      if (player && budgetOf(client).step(ctx.now)) step(player, move, TICK_MS)
    },
    shoot(ctx, client, { x, y }) {
      const shooter = ctx.state.players[client.id]
      if (!shooter || !budgetOf(client).shoot(ctx.now)) return
      const hit = hitBy(ctx, client, x, y)
      if (hit) {
        shooter.hits++
        Object.assign(hit, somewhere(ctx))
      }
      ctx.broadcast('shot', { from: client.id, x, y, hit: hit !== undefined })
    },
  },
})

/** Which players were there on the shooter's own page when it fired. */
function hitBy(
  ctx: ContextOf<typeof definition>,
  client: ClientOf<typeof definition>,
  x: number,
  y: number,
): Player | undefined {
  const { state, next, part } = ctx.rewind(client, { delayMs: DELAY_MS })
  for (const [id, was] of Object.entries(state.players)) {
    const then = next.players[id] ?? was
    const distance = Math.hypot(was.x + (then.x - was.x) * part - x, was.y + (then.y - was.y) * part - y)
    if (id !== client.id && distance <= RADIUS) return ctx.state.players[id]
  }
  return undefined
}

function somewhere(ctx: ContextOf<typeof definition>): { x: number; y: number } {
  const within = (size: number): number => Math.round(RADIUS + ctx.random() * (size - 2 * RADIUS))
  return { x: within(WIDTH), y: within(HEIGHT) }
}

/** By client: the object stays the same while its session is in the channel. */
const budgets = new WeakMap<object, Budget>()

function budgetOf(client: object): Budget {
  const budget = budgets.get(client) ?? new Budget()
  budgets.set(client, budget)
  return budget
}

export type ArenaState = ChannelStateOf<typeof definition>

// Without `authenticate` every client is accepted, as a user of its own.
export default defineApp({ channels: { 'arena/:id': arena } })
