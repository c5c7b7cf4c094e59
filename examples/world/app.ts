/**
 * A world of areas: each a channel, so that the world spreads over backs. A client is linked to the areas around it, and the one
 * that it stands in is its processor: only that moves it. Walking over a border moves the processor.
 */
import { defineApp, defineChannel } from 'centrum'
import { z } from 'zod'
import { AREA, type Walker } from './areas.js'

const part = z
  .string()
  .regex(/^-?[0-9]{1,3}$/)
  .transform(Number)

export const area = defineChannel({
  state: () => ({ walkers: {} as Record<string, Walker> }),
  params: z.object({ column: part, row: part }),
  messages: {
    enter: z.object({ x: z.number(), y: z.number() }),
    walk: z.object({ dx: z.number().min(-1).max(1), dy: z.number().min(-1).max(1) }),
  },
  writers: 'processor',
  tickMs: 50,
}).implement({
  onProcessorLeft: (ctx, client) => void delete ctx.state.walkers[client.id],
  onUnlink: (ctx, client) => void delete ctx.state.walkers[client.id],
  onMessage: {
    enter(ctx, client, { x, y }) {
      const { column, row } = ctx.params
      const held = (value: number, from: number): number =>
        Math.min(Math.max(value, from * AREA), (from + 1) * AREA - 1)
      ctx.state.walkers[client.id] = { x: held(x, column), y: held(y, row) }
    },
    walk(ctx, client, { dx, dy }) {
      const walker = ctx.state.walkers[client.id]
      if (!walker) return
      walker.x += dx * 10
      walker.y += dy * 10
    },
  },
})

export default defineApp({
  channels: { 'area/:column/:row': area },
  authenticate: () => ({ userId: crypto.randomUUID(), data: undefined }),
})
