/** A client in a tab that is hidden for more than a minute, whose timers a real browser holds back. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { build } from 'esbuild'
import { defineApp, defineChannel, startApp, unchecked } from '../../src/index.js'
import { chromiumMissing, chromiumPath } from '../support/chromium.js'
import { startTabs } from '../support/chromium-tabs.js'
import { cleanUp } from '../support/clean-up.js'
import { inProject, projectRoot } from '../support/project-root.js'
import { until } from '../support/until.js'

/** Three missed ones are far less than what timers of a hidden page are held back. */
const HEARTBEAT_MS = 1_000
/** A timer of one second that took so long was held back. */
const HELD_BACK_MS = 30_000
const WAIT_MS = 240_000

const SCRIPT = `
import { connect } from './src/client/index.ts'
const connection = connect('/')
const room = await connection.link('room')
globalThis.page = { connection, room, statuses: [], beats: 0, longestMs: 0 }
connection.onStatus((status) => page.statuses.push(status))
room.onStatus((status) => page.statuses.push(status))
room.on('beat', () => page.beats++)
let last = performance.now()
setInterval(() => {
  const now = performance.now()
  page.longestMs = Math.max(page.longestMs, now - last)
  last = now
}, 1000)
`

test(
  'H7 a hidden tab whose timers run once a minute stays connected, gets what happens, and is not dropped',
  { skip: chromiumPath() ? false : chromiumMissing },
  async (t) => {
    const seen: string[] = []
    const room = defineChannel({
      state: () => ({}),
      events: { beat: unchecked<null>() },
      tickMs: 1_000,
    }).implement({
      onDrop: () => void seen.push('drop'),
      onUnlink: () => void seen.push('unlink'),
      onTick: (ctx) => ctx.broadcast('beat', null),
    })
    const { outputFiles } = await build({
      stdin: { contents: SCRIPT, resolveDir: projectRoot, sourcefile: inProject('page.ts') },
      ...{ bundle: true, format: 'esm', platform: 'browser', write: false },
    })
    const script = outputFiles?.[0]?.text ?? ''
    const server = createServer((request, response) => {
      const isScript = request.url === '/page.js'
      response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
      response.end(isScript ? script : '<!doctype html><script type="module" src="/page.js"></script>')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const app = await startApp(defineApp({ channels: { room } }), {
      server,
      gatewayLimits: { heartbeatMs: HEARTBEAT_MS },
    })
    cleanUp(t, async () => {
      await app.close()
      server.closeAllConnections()
      server.close()
    })
    const open = await startTabs(t)
    const client = await open(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    await until('the page is linked', () => client.ask<boolean>("globalThis.page?.room.status === 'live'"))
    await open('about:blank')
    await until('the page is hidden', () => client.ask<boolean>("document.visibilityState === 'hidden'"))
    await until(
      'its timers are held back',
      () => client.ask<boolean>(`page.longestMs > ${HELD_BACK_MS}`),
      WAIT_MS,
      1_000,
    )
    const beats = await client.ask<number>('page.beats')
    assert.ok(beats > HELD_BACK_MS / 1_000 / 2, `it has heard ${beats} events meanwhile`)
    await client.show()
    await until('the page is visible', () => client.ask<boolean>("document.visibilityState === 'visible'"))
    await until('it hears more', async () => (await client.ask<number>('page.beats')) > beats)
    assert.deepEqual(await client.ask('page.statuses'), [])
    assert.equal(await client.ask('page.connection.inspect().connects'), 1)
    assert.deepEqual(seen, [])
  },
)
