/** A chat with presence: who is there, who is away for a moment, and the last lines. */
import { AuthenticationRefused, defineApp, defineChannel } from 'centrum'
import { z } from 'zod'

const LINES_MAX = 100

export interface ChatState {
  lines: { by: string; text: string; at: number }[]
  /** By the ids of their clients. `away`: contact is lost, and may come back. */
  present: Record<string, { name: string; away: boolean }>
}

const room = defineChannel({
  state: (): ChatState => ({ lines: [], present: {} }),
  params: z.object({ name: z.string().regex(/^[a-z0-9-]{1,32}$/) }),
  data: z.object({ name: z.string() }),
  messages: { say: z.string().trim().min(1).max(500) },
}).implement({
  onLink: (ctx, client) => void (ctx.state.present[client.id] = { name: client.data.name, away: false }),
  onUnlink: (ctx, client) => void delete ctx.state.present[client.id],
  onDrop(ctx, client) {
    const person = ctx.state.present[client.id]
    if (person) person.away = true
  },
  onResume(ctx, client) {
    const person = ctx.state.present[client.id]
    if (person) person.away = false
  },
  onMessage: {
    say(ctx, client, text) {
      ctx.state.lines.push({ by: client.data.name, text, at: ctx.now })
      // What is in the state is sent to each newcomer: it is kept short.
      if (ctx.state.lines.length > LINES_MAX) ctx.state.lines.shift()
    },
  },
})

/** The token is the name: a real application checks a session here. */
export default defineApp({
  channels: { 'room/:name': room },
  authenticate({ token }) {
    const name = token?.trim().slice(0, 20)
    if (!name) throw new AuthenticationRefused('the token has to be a name')
    return { userId: name, data: { name } }
  },
})
