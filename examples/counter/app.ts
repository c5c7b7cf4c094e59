import { defineApp, defineChannel, unchecked } from 'centrum'

const counter = defineChannel({ state: () => ({ count: 0 }), messages: { add: unchecked<number>() } }).implement({
  onMessage: { add: (ctx, _client, amount) => (ctx.state.count += amount) },
})
export default defineApp({ channels: { 'counter/:id': counter } })
