/** The app: a counter. The server runs it, pages import its type. */
import { defineApp, defineChannel } from 'centrum'
import { z } from 'zod'

const counter = defineChannel({ state: () => ({ count: 0 }), messages: { add: z.int().min(-10).max(10) } }).implement({
  onMessage: { add: (ctx, _client, by) => (ctx.state.count += by) },
})
export default defineApp({ channels: { counter } })
