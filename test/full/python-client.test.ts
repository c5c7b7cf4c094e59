/** The client in Python that was written from docs/protocol.md: what it needs is there, and what it does is right. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { nodeRuntime, startApp } from 'centrum'
import { connect } from 'centrum/client'
import app from '../../examples/counter/app.js'
import { cleanUp } from '../support/clean-up.js'
import { installDebian } from '../support/debian.js'
import { inProject } from '../support/project-root.js'

const run = promisify(execFile)
/** Debian's own, which has its packages; another one on the path may not. */
const PYTHONS = ['/usr/bin/python3', 'python3']

async function pythonWithWebSockets(): Promise<string> {
  const found = async (): Promise<string | null> => {
    for (const python of PYTHONS)
      if (await run(python, ['-c', 'import websockets']).then(Boolean, () => false)) return python
    return null
  }
  const python = await found()
  if (python !== null) return python
  const { message } = installDebian(['python3-websockets'])
  return (await found()) ?? assert.fail(`There is no python3 with websockets. ${message}`)
}

test('[G3] [L9] a client in Python links, adds, and its message counts once', async (t) => {
  const python = await pythonWithWebSockets()
  const server = await startApp(app, { port: 0, runtime: nodeRuntime({ logLevel: 'silent' }) })
  cleanUp(t, () => server.close())
  const connection = connect<typeof app>(server.url)
  cleanUp(t, () => connection.close())
  const counter = await connection.link('counter/first')

  const client = inProject('examples/python/client.py')
  const { stdout } = await run(python, [client, server.url.replace('http', 'ws'), 'counter/first', '40'])
  assert.match(stdout, /linked to counter\/first/)
  assert.match(stdout, /keyframe of version \d+/)
  assert.match(stdout, /acknowledged 1\n$/)
  assert.equal(server.back.channel('counter/first').state.count, 40)
  await counter.unlink()
})
