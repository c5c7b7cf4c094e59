/** A field to walk on, for a page that shows it with and without prediction over a bad network. */
import { defineApp, defineChannel } from 'centrum'
import { z } from 'zod'
import { HEIGHT, step, TICK_MS, type Walker, WIDTH } from './step.js'

const part = z.number().min(-1).max(1)

const field = defineChannel({
  state: () => ({ walkers: {} as Record<string, Walker>, now: 0 }),
  messages: { move: z.object({ dx: part, dy: part }) },
  tickMs: TICK_MS,
}).implement({
  onLink(ctx, client) {
    ctx.state.walkers[client.id] = { x: WIDTH / 2, y: HEIGHT / 2 }
  },
  onUnlink(ctx, client) {
    delete ctx.state.walkers[client.id]
  },
  onTick(ctx) {
    ctx.state.now = ctx.now
  },
  onMessage: {
    move(ctx, client, move) {
      const walker = ctx.state.walkers[client.id]
      if (walker) step(walker, move, TICK_MS)
    },
  },
})

export default defineApp({ channels: { 'field/:id': field } })
