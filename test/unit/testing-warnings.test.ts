/** What a test of an app is told where its handlers fail. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { defineApp, defineChannel } from '../../src/index.js'
import { createTestCluster } from '../../src/testing/index.js'
import { ownExecArgv, ownFile } from '../support/own-file.js'

const PROGRAM = ownFile('test/support/warnings-program.ts')

const run = (...args: string[]) => promisify(execFile)(process.execPath, [...ownExecArgv, PROGRAM, ...args])

test('G5 without a log of its own a test gets warnings and errors on standard error, and a call that times out names the handlers', async () => {
  const [loud, silent] = await Promise.all([run(), run('silent')])
  assert.match(
    loud.stderr,
    /error back-1 handler\.failed channel=room handler=onMessage\.fail atMs=\d+\n +Error: the handler broke\n +at /,
  )
  assert.match(loud.stderr, /warn +message\.refused .*process=ada/)
  assert.doesNotMatch(loud.stderr, / info /)
  for (const { stdout } of [loud, silent])
    assert.match(stdout, /'real' to 'room' was not answered .* Still running: room onRequest\.real\. .*cluster\.sleep/)
  assert.equal(silent.stderr, '')
})

test('a client of a test cluster without an identity is refused with what it must be', async (t) => {
  const room = defineChannel({ state: () => ({}) }).implement({})
  const cluster = await createTestCluster(defineApp({ channels: { room } }))
  t.after(() => cluster.close())
  const connect = cluster.connect.bind(cluster) as (identity?: unknown) => Promise<unknown>
  for (const identity of [undefined, {}, 'ada', { userId: 7 }])
    await assert.rejects(connect(identity), { code: 'invalid-option', message: /identity is .*\{ userId: 'ada', data/ })
})
