/** A whiteboard: strokes that grow while they are drawn. Each point costs a few bytes to each who looks on. */
import { defineApp, defineChannel } from 'centrum'
import { z } from 'zod'

const STROKES_MAX = 500
const POINTS_MAX = 2_000

export interface Stroke {
  readonly by: string
  readonly colour: string
  /** x and y by turns. */
  points: number[]
}

export interface BoardState {
  /** By an id that its client made, in the order in which they were begun. */
  strokes: Map<string, Stroke>
}

const id = z.string().regex(/^[\w-]{1,40}$/)
const points = z.array(z.int().min(0).max(10_000)).max(200)

const board = defineChannel({
  state: (): BoardState => ({ strokes: new Map() }),
  messages: {
    begin: z.object({ id, colour: z.string().regex(/^#[0-9a-f]{6}$/) }),
    draw: z.object({ id, points }),
    clear: z.undefined(),
  },
  tickMs: 30,
}).implement({
  onMessage: {
    begin({ state: { strokes } }, client, { id, colour }) {
      if (strokes.has(id)) return
      strokes.set(id, { by: client.id, colour, points: [] })
      // The oldest goes: a board does not grow for ever.
      const [oldest] = strokes.keys()
      if (strokes.size > STROKES_MAX && oldest !== undefined) strokes.delete(oldest)
    },
    draw({ state: { strokes } }, client, { id, points }) {
      const stroke = strokes.get(id)
      if (stroke?.by !== client.id || points.length % 2 !== 0) return
      if (stroke.points.length + points.length <= POINTS_MAX) stroke.points.push(...points)
    },
    clear: ({ state }) => state.strokes.clear(),
  },
})

export default defineApp({
  channels: { 'board/:id': board },
  authenticate: () => ({ userId: crypto.randomUUID(), data: undefined }),
})
