/**
 * A process that its own handlers end: an app with fuses in a store, and its own gateway. Says where it listens on its standard output.
 * Its arguments: the store's file, the port, and whether fuses blow.
 */
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { unchecked } from '../../src/channel/schema.js'
import { startApp } from '../../src/run/start-app.js'
import { sqliteStore } from '../../src/sqlite/sqlite-store.js'

const [, file = '', path = '', port = '0', blows = ''] = process.argv

const fuse = defineChannel({
  state: () => ({ done: [] as string[] }),
  requests: { light: { input: unchecked<number>() }, run: { input: unchecked<string>() } },
  timers: { blow: unchecked<string>() },
  durability: 'log',
  tickMs: 5,
}).implement({
  onRequest: {
    light: (ctx, _client, ms) => ctx.after(ms, 'blow', 'timer'),
    run(ctx, _client, what) {
      if (what === 'poison' && blows === 'yes') process.kill(process.pid, 'SIGKILL')
      return ctx.state.done.push(what)
    },
  },
  onTimer: {
    blow(ctx, what) {
      if (blows === 'yes') process.kill(process.pid, 'SIGKILL')
      ctx.state.done.push(what)
    },
  },
})

export const fuseApp = defineApp({ channels: { 'fuse/:id': fuse } })

if (/fuse-process\.[jt]s$/.test(file)) {
  const server = await startApp(fuseApp, { port: Number(port), store: sqliteStore({ path }) })
  process.stdout.write(`${server.url}\n`)
}
