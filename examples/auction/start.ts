/**
 * `npm run demo:auction`: the auction with its back as a process that the page can kill, and one watches it go on. PORT is where to look
 * for a free port first (8080).
 */
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { startFront, staticCluster } from 'centrum'
import { freePort } from '../../demo/ports.js'
import { servePage } from '../serve.js'
import app from './app.js'
import { startBidders } from './bidders.js'

const HOST = '127.0.0.1'
const RESTART_MS = 500

// What dies and comes back is told below in words; CENTRUM_LOG=info tells all.
process.env['CENTRUM_LOG'] ??= 'error'

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const folder = await mkdtemp(join(tmpdir(), 'centrum-auction-'))
const port = await freePort(Number(process.env['PORT'] ?? 8080), HOST)
const address = process.platform === 'win32' ? `tcp://${HOST}:${port + 1}` : `unix:${join(folder, 'back.sock')}`
const list = { backs: [{ id: 'back-1', address }], key: randomBytes(32).toString('hex') }
const isStored = await hasSqlite()
if (!isStored) {
  say(`Node ${process.versions.node} has no SQLite: the auction is in memory, and begins anew when its server dies.`)
  say('Node 22.13 or newer keeps it; so does npm install better-sqlite3@12.\n')
}

let back: ChildProcess | null = null
let isEnding = false
const first = startBack()
const page = await servePage('auction')
const front = await startFront(app, { id: 'front-1', cluster: staticCluster(list), host: HOST, port, request })
await first
const endBidders = await startBidders(front.url, ['Ada', 'Bob', 'Cleo'])
say(`Open ${front.url}\n\nCtrl-C ends it.`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end())

/** Resolves when it is ready; one that dies is started again. */
function startBack(): Promise<void> {
  const child = fork(
    new URL(`back${extname(import.meta.url)}`, import.meta.url),
    [JSON.stringify(list), join(folder, 'auction.db')],
    { env: { ...process.env, ...(isStored ? {} : { AUCTION_DURABILITY: 'none' }) } },
  )
  back = child
  child.once('exit', (code, signal) => {
    if (isEnding) return
    say(`The back has died (${signal ?? `exit code ${code}`}); it starts again.`)
    setTimeout(() => void startBack(), RESTART_MS)
  })
  return new Promise((resolve) => child.once('message', () => resolve()))
}

function request(incoming: IncomingMessage, response: ServerResponse): void {
  if (incoming.url !== '/kill') return page(incoming, response)
  // No page of another host.
  const isOwn = incoming.headers['sec-fetch-site'] === 'same-origin'
  if (incoming.method === 'POST' && isOwn) back?.kill('SIGKILL')
  response.writeHead(isOwn ? 204 : 403).end()
}

async function hasSqlite(): Promise<boolean> {
  for (const name of ['node:sqlite', 'better-sqlite3']) {
    if (
      await import(name).then(
        () => true,
        () => false,
      )
    )
      return true
  }
  return false
}

async function end(): Promise<void> {
  isEnding = true
  await endBidders()
  await front.close()
  const child = back
  if (child && child.exitCode === null && child.signalCode === null) {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.disconnect()
    await gone
  }
  await rm(folder, { recursive: true, force: true })
  process.exit()
}
