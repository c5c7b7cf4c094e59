import { defineApp, defineChannel, unchecked } from 'centrum'

const counter = defineChannel({ state: () => ({ count: 0 }), messages: { add: unchecked() } }).implement({
  onMessage: { add: (ctx, _client, by) => (ctx.state.count += by) },
})
export default defineApp({ channels: { counter } })
