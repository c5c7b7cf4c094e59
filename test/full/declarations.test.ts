/** Declarations as a page's project has them: all of them checked, without the types of Node, by each TypeScript that is supported. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { emptyFolder, packCentrum, runShell } from '../support/installed.js'

const VERSIONS = ['5.7', '5.8', '5.9', '6.0', '7.0']

const APP = `
import { defineApp, defineChannel, startApp, unchecked } from 'centrum'
export const arena = defineChannel({
  state: () => ({ x: 0 }),
  messages: { move: unchecked<number>() },
}).implement({ onMessage: { move: (ctx, _client, by) => void (ctx.state.x += by) } })
export const app = defineApp({ channels: { 'arena/:id': arena } })
export type Running = ReturnType<typeof startApp>
`
const PAGE = `
import { type ChannelLink, connect } from 'centrum/client'
import { createPredictor } from 'centrum/predict'
import { StateMirror } from 'centrum/state'
import type { app, arena } from './app.js'
export const linked = async (): Promise<ChannelLink<typeof arena>> => connect<typeof app>('/play').link('arena/1')
export const predicted = (link: ChannelLink<typeof arena>) =>
  createPredictor(link, { message: 'move', select: ({ x }) => ({ x }), step: (at, by) => void (at.x += by), stepMs: 50 })
export const at = async (): Promise<number> => {
  const arena = await connect<typeof app>('/play').link('arena/1')
  arena.send('move', 1)
  return arena.state.x
}
// @ts-expect-error the types are there: it is a number
export const wrong = async (): Promise<string> => at()
export { createPredictor, StateMirror }
`
const CONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2022', 'dom'],
    types: [],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  },
}

test("a page's project checks with skipLibCheck: false and without the types of Node", async (t) => {
  const folder = emptyFolder(t)
  const files = {
    'app.ts': APP,
    'page.ts': PAGE,
    'tsconfig.json': JSON.stringify(CONFIG),
    'package.json': '{"type":"module"}',
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const compilers = VERSIONS.map((version) => `typescript-${version}@npm:typescript@${version}`).join(' ')
  await runShell(t, folder, `npm install --silent '${await packCentrum(t)}' ${compilers}`)
  await runShell(t, folder, 'rm -rf node_modules/@types')
  for (const version of VERSIONS) {
    await t.test(`TypeScript ${version}`, async () => {
      const said = await runShell(t, folder, `node node_modules/typescript-${version}/bin/tsc -p . 2>&1 || true`)
      assert.equal(said, '')
    })
  }
})
