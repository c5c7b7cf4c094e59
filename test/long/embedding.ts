/**
 * The examples that stand beside web frameworks, each with the framework: installs them into a folder of its own. A step of
 * `npm run test:full`, since it needs the registry.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { connect } from 'centrum/client'
import { inProject, projectRoot } from '../support/project-root.js'

const PACKAGES = ['express@5.3.0', 'fastify@5.12.8', 'hono@4.13.19', '@hono/node-server@2.1.9']
const FRAMEWORKS = ['express', 'fastify', 'hono']

interface Started {
  readonly server: Server
  readonly realtime: { close(): Promise<void> }
}

process.env['CENTRUM_LOG'] = 'warn'
const folder = mkdtempSync(join(tmpdir(), 'centrum-embedding-'))
try {
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }))
  const install = ['install', '--no-save', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts']
  execFileSync('npm', [...install, ...PACKAGES], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  symlinkSync(projectRoot, join(folder, 'node_modules/centrum'))
  cpSync(inProject('examples/embedding'), folder, { recursive: true })
  for (const name of FRAMEWORKS) await check(name)
  console.log(`${FRAMEWORKS.join(', ')}: routes and channels on one port`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function check(name: string): Promise<void> {
  const file = pathToFileURL(join(folder, `${name}.mjs`)).href
  const { start } = (await import(file)) as { start(port: number): Promise<Started> }
  const { server, realtime } = await start(0)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  assert.equal(await (await fetch(`${url}/hello`)).text(), 'hello', name)
  assert.equal((await fetch(`${url}/nothing`)).status, 404, name)
  const connection = connect(`${url}/play`)
  const counter = await connection.link('counter')
  const seen = new Promise((resolve) => counter.onChange((state) => resolve(state['count'])))
  counter.send('add', 5)
  assert.equal(await seen, 5, name)
  await connection.close()
  await realtime.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
