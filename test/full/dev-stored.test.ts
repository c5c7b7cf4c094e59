/** `centrum dev` with a store: what goes on through changes and between runs, and what begins anew. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connect } from 'centrum/client'
import { cleanUp } from '../support/clean-up.js'
import { CliProcess, projectFolder } from '../support/cli-process.js'
import { runOnSqliteNode } from '../support/run-on-sqlite-node.js'

/** A counter that lives in memory. */
function appOf(state: string): string {
  return `import { defineApp, defineChannel, unchecked } from 'centrum'
const counter = defineChannel({ state: () => (${state}), requests: { add: { input: unchecked() } } })
  .implement({ onRequest: { add: (ctx) => ++ctx.state.count } })
export default defineApp({ channels: { counter } })
`
}

/** Adds, by a client that dials as long as it takes. */
function adder(t: TestContext, url: string): () => Promise<unknown> {
  const connection = connect(url)
  cleanUp(t, () => connection.close())
  const link = connection.link('counter', { timeoutMs: 20_000 }) as Promise<{
    request(name: string, input: unknown, settings: object): Promise<unknown>
  }>
  return async () => (await link).request('add', null, { timeoutMs: 20_000 })
}

runOnSqliteNode('test/full/dev-stored.test.ts', () => {
  test('[G4] dev --keep-on-restart goes on after a change and between runs, says where the code does not fit, and --fresh begins anew', async (t) => {
    const cwd = projectFolder(t, { 'app.js': appOf('{ count: 0 }') })
    const args = ['dev', 'app.js', '--inspector', 'off', '--port', '0', '--keep-on-restart']
    const dev = new CliProcess(t, args, { cwd })
    const add = adder(t, (await dev.says(/front-1\s+(http:\/\/\S+)/))[1] ?? '')
    assert.equal(await add(), 1)
    writeFileSync(join(cwd, 'app.js'), `${appOf('{ count: 0 }')}// changed\n`)
    await dev.says(/Ready again/)
    assert.equal(await add(), 2)
    dev.signal('SIGINT')
    await dev.ended
    writeFileSync(join(cwd, 'app.js'), appOf('{ count: 0, best: 0 }'))
    const second = new CliProcess(t, args, { cwd })
    assert.equal(await adder(t, (await second.says(/front-1\s+(http:\/\/\S+)/))[1] ?? '')(), 3)
    await second.says(/best is missing.*image\.differs/)
    second.signal('SIGINT')
    await second.ended
    const fresh = new CliProcess(t, [...args, '--fresh'], { cwd })
    assert.equal(await adder(t, (await fresh.says(/front-1\s+(http:\/\/\S+)/))[1] ?? '')(), 1)
    await fresh.says(/best is missing.*image\.dropped/)
  })
})
