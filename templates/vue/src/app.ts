/** The app: its channels, and who may use them. Servers run it; pages import only its type. */
import { defineApp, defineChannel } from 'centrum'
import { z } from 'zod'

interface Person {
  name: string
  waves: number
}

interface LobbyState {
  total: number
  /** By client id. */
  people: Record<string, Person>
}

export const lobby = defineChannel({
  state: (): LobbyState => ({ total: 0, people: {} }),
  // What a client sends along when it links, and what it may send then: both are checked on the server.
  options: z.object({ name: z.string().min(1).max(40) }),
  messages: { wave: z.object({ times: z.int().min(1).max(10) }) },
}).implement({
  onLink(ctx, client, { name }) {
    ctx.state.people[client.id] = { name, waves: 0 }
  },
  onUnlink(ctx, client) {
    delete ctx.state.people[client.id]
  },
  onMessage: {
    wave(ctx, client, { times }) {
      const person = ctx.state.people[client.id]
      if (!person) return
      person.waves += times
      ctx.state.total += times
    },
  },
})

// Without `authenticate` every client is accepted, as a user of its own.
export default defineApp({ channels: { lobby } })
