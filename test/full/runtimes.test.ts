/** Servers and clients on Bun and Deno, as docs/operate.md says: the packed package, run as users run it, each beside Node and the others. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { emptyFolder, packCentrum, runShell, ShellProcess } from '../support/installed.js'

/** How each runs a file of TypeScript, and the command of an installed package. */
const RUN = {
  Node: 'npx tsx',
  Bun: 'npx bun run',
  Deno: 'npx deno run --quiet -A',
} as const
type RuntimeName = keyof typeof RUN
const RUNTIMES = Object.keys(RUN) as RuntimeName[]
const KEY = 'a key for tests that has its thirty-two bytes'

const FILES = {
  'app.ts': `
import { defineApp, defineChannel, unchecked } from 'centrum'
const counter = defineChannel({
  state: () => ({ count: 0 }),
  messages: { add: unchecked<number>() },
  requests: { double: { input: unchecked<number>() } },
  events: { added: unchecked<number>() },
}).implement({
  onMessage: {
    add(ctx, client, by) {
      ctx.state.count += by
      ctx.broadcast('added', by)
    },
  },
  onRequest: { double: (_ctx, _client, n) => n * 2 },
})
export default defineApp({ channels: { counter } })
`,
  'server.ts': `
import { startApp } from 'centrum'
import app from './app.ts'
const server = await startApp(app, { port: 0 })
console.log('url ' + server.url)
`,
  'back.ts': `
import { startBack, staticCluster } from 'centrum'
import app from './app.ts'
const [, , address = ''] = process.argv
await startBack(app, { id: 'back-1', cluster: staticCluster({ backs: [{ id: 'back-1', address }], key: '${KEY}' }) })
console.log('listens')
`,
  'front.ts': `
import { startFront, staticCluster } from 'centrum'
import app from './app.ts'
const [, , address = ''] = process.argv
const cluster = staticCluster({ backs: [{ id: 'back-1', address }], key: '${KEY}' })
const front = await startFront(app, { id: 'front-1', cluster, port: 0 })
await front.master.connect()
console.log('url ' + front.url)
`,
  'client.ts': `
import { connect } from 'centrum/client'
import type app from './app.ts'
const [, , url = ''] = process.argv
const connection = connect<typeof app>(url)
const counter = await connection.link('counter')
const before = counter.state.count
const added = new Promise((resolve) => counter.on('added', resolve))
counter.send('add', 3)
const doubled = await counter.request('double', 21)
console.log(['heard', await added, doubled, counter.state.count - before].join(' '))
await connection.close()
process.exit(0)
`,
}

async function setUp(t: TestContext): Promise<string> {
  const folder = emptyFolder(t)
  const centrum = await packCentrum(t)
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text)
  await runShell(t, folder, `npm install --no-fund '${centrum}' tsx bun deno`)
  return folder
}

test('Bun and Deno: apps, masters over loopback and unix sockets, and clients, each with each', async (t) => {
  const folder = await setUp(t)
  const start = (runtime: RuntimeName, command: string): ShellProcess =>
    new ShellProcess(t, folder, `exec ${RUN[runtime]} ${command}`)
  const clientsTalk = async (what: string, url: string): Promise<void> => {
    for (const runtime of RUNTIMES) {
      const output = await runShell(t, folder, `${RUN[runtime]} client.ts ${url}`)
      assert.match(output, /heard 3 42 3/, `${what}, a client on ${runtime}`)
    }
  }
  const urlOf = async (server: ShellProcess): Promise<string> => (await server.says(/url (\S+)/))[1] ?? ''

  for (const runtime of RUNTIMES) {
    const server = start(runtime, 'server.ts')
    await clientsTalk(`startApp on ${runtime}`, await urlOf(server))
    await server.kill()
  }
  const places = [`unix:${folder}/back.sock`, 'tcp://127.0.0.1:49873']
  for (const [i, [backOn, frontOn]] of (
    [
      ['Node', 'Bun'],
      ['Bun', 'Node'],
      ['Node', 'Deno'],
      ['Deno', 'Node'],
      ['Bun', 'Bun'],
      ['Deno', 'Deno'],
    ] as const
  ).entries()) {
    for (const place of i < 4 ? places : places.slice(0, 1)) {
      const back = start(backOn, `back.ts ${place}`)
      await back.says(/listens/)
      const front = start(frontOn, `front.ts ${place}`)
      const url = await urlOf(front)
      const output = await runShell(t, folder, `${RUN.Node} client.ts ${url}`)
      assert.match(output, /heard 3 42 3/, `a back on ${backOn}, a front on ${frontOn}, ${place}`)
      await front.kill()
      await back.kill()
    }
  }
  for (const runtime of ['Bun', 'Deno'] as const) {
    const refused = start(runtime, 'back.ts tcp://0.0.0.0:49874')
    await refused.says(new RegExp(`which ${runtime} does not have`))
    assert.notEqual(await refused.end(), 0)
  }
})
