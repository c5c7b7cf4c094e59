import { defineApp, defineChannel } from 'centrum'
import { z } from 'zod'

const counter = defineChannel({ state: () => ({ count: 0 }), messages: { add: z.int() } }).implement({
  onMessage: { add: (ctx, _client, by) => (ctx.state.count += by) },
})
export default defineApp({ channels: { counter }, authenticate: () => ({ userId: 'nobody', data: undefined }) })
