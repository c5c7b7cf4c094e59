/**
 * What docs/react.md shows for other frameworks, and what it warns of, tried: run by `test/long/frameworks.ts` in a folder where
 * they are installed, and where the document's files are beside this one.
 */
import assert from 'node:assert/strict'
import { defineApp, defineChannel, unchecked } from 'centrum'
import { createTestCluster } from 'centrum/testing'
import * as mobx from 'mobx'
import * as solid from 'solid-js'
import * as solidStore from 'solid-js/store'
import * as valtio from 'valtio/vanilla'
import * as vue from 'vue'
import { compiledTests } from './compiled.jsx'
import { channelBox } from './mobx.js'
import { channelSignal } from './solid.js'
import { channelStore } from './svelte-store.js'
import { followed, stale } from './runes.mjs'
import { channelProxy } from './valtio.js'
import { useChannel } from './vue.js'

const arena = defineChannel({
  state: () => ({ count: 0, players: { a: { hp: 10 }, b: { hp: 10 } } }),
  messages: { add: unchecked(), hit: unchecked() },
}).implement({
  onMessage: {
    add: (ctx, _client, by) => void (ctx.state.count += by),
    hit: (ctx, _client, id) => void (ctx.state.players[id].hp -= 1),
  },
})
const app = defineApp({ channels: { 'arena/:id': arena }, authenticate: () => ({ userId: 'ada', data: {} }) })
const cluster = await createTestCluster(app)
const connection = await cluster.connect({ userId: 'ada', data: {} })

/** A channel of its own: player a is hit, then a count goes up that nobody looks at, then a is hit once more behind `stop`. */
async function changes(name, begin) {
  const link = await connection.link(`arena/${name}`)
  const seen = []
  const wrong = []
  const stop = begin(
    link,
    (hp) => seen.push(hp),
    (hp) => wrong.push(hp),
  )
  const settle = async () => {
    await cluster.advance(100)
    await new Promise((resolve) => setTimeout(resolve))
  }
  await settle()
  link.send('hit', 'a')
  await settle()
  link.send('add', 1)
  await settle()
  stop()
  link.send('hit', 'a')
  await settle()
  assert.deepEqual(seen, [10, 9], `${name}: a change is seen once, and what nobody looks at is not`)
  return wrong
}

{
  const wrong = await changes('vue', (link, see, misses) => {
    const scope = vue.effectScope()
    scope.run(() => {
      const state = useChannel(link)
      const player = vue.computed(() => state.value.players.a)
      vue.watchEffect(() => see(player.value.hp), { flush: 'sync' })
      const live = vue.reactive(link.state)
      vue.watchEffect(() => misses(live.players.a.hp), { flush: 'sync' })
    })
    return () => scope.stop()
  })
  assert.deepEqual(wrong, [10], 'vue: reactive(link.state) misses what patches change')
}

await changes('svelte-store', (link, see) => {
  let before
  return channelStore(link).subscribe(({ players: { a } }) => {
    if (a !== before) see(a.hp)
    before = a
  })
})
{
  const wrong = await changes('svelte', (link, see, misses) => {
    const stops = [followed(link, see), stale(link, misses)]
    return () => stops.forEach((stop) => stop())
  })
  assert.deepEqual(wrong, [10], 'svelte: $state(link.state) stays the first state')
}

{
  const wrong = await changes('solid', (link, see, misses) =>
    solid.createRoot((dispose) => {
      const state = channelSignal(link)
      const player = solid.createMemo(() => state().players.a)
      solid.createEffect(() => see(player().hp))
      const [store, set] = solidStore.createStore({ state: {} })
      set('state', solidStore.reconcile(link.state))
      solid.onCleanup(link.onChange(() => set('state', solidStore.reconcile(link.state))))
      solid.createEffect(() => misses(store.state.players.a.hp))
      return dispose
    }),
  )
  assert.deepEqual(wrong, [10], 'solid: reconcile(link.state) compares an object with itself')
}
await changes('solid-store', (link, see) =>
  solid.createRoot((dispose) => {
    const [store, set] = solidStore.createStore({ state: {} })
    const first = link.snapshot()
    const follow = () => set('state', solidStore.reconcile(link.snapshot()))
    follow()
    solid.onCleanup(link.onChange(follow))
    solid.createEffect(() => see(store.state.players.a.hp))
    solid.onCleanup(() => assert.equal(first.players.a.hp, 10, 'solid: a snapshot stays as it is'))
    return dispose
  }),
)

{
  const wrong = await changes('mobx', (link, see, misses) => {
    const { get, stop } = channelBox(link)
    const player = mobx.computed(() => get().players.a)
    const live = mobx.observable(link.state)
    const ends = [mobx.autorun(() => see(player.get().hp)), mobx.autorun(() => misses(live.players.a.hp)), stop]
    return () => ends.forEach((end) => end())
  })
  assert.deepEqual(wrong, [10], 'mobx: observable(link.state) is a copy of the first state')
}

{
  const wrong = await changes('valtio', (link, see, misses) => {
    const { store, stop } = channelProxy(link)
    let before
    const look = () => {
      const { a } = valtio.snapshot(store).state.players
      if (a !== before) see(a.hp)
      before = a
    }
    look()
    const live = valtio.proxy(link.state)
    misses(live.players.a.hp)
    const ends = [
      valtio.subscribe(store, look, true),
      valtio.subscribe(live, () => misses(live.players.a.hp), true),
      stop,
    ]
    return () => ends.forEach((end) => end())
  })
  assert.deepEqual(wrong, [10], 'valtio: proxy(link.state) misses what patches change')
}

await compiledTests(cluster, await connection.link('arena/compiled'))
await cluster.close()
console.log(
  'vue, svelte, solid, mobx, valtio and the React Compiler show what is so, and miss what the document says they miss',
)
