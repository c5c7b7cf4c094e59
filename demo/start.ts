/**
 * `npm start`: two backs and two fronts as processes of this machine, some bots, and a page. Nothing to configure. Ctrl-C or
 * SIGTERM ends it all; what dies on the way is started again.
 *
 * For those who want to: PORT is where to look for a free port first (8080), HOST where to listen (127.0.0.1; 0.0.0.0 lets
 * a phone in the same network play), BOTS how many of them walk about (18).
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { type Page, servePage } from './page-server.js'
import { freePort } from './ports.js'
import { Supervisor } from './supervisor.js'

const BACKS = ['back-1', 'back-2']
const FRONTS = ['front-1', 'front-2']
/** How often to look whether the parent lives. */
const PARENT_MS = 500
const host = process.env['HOST'] ?? '127.0.0.1'
const wantedPort = Number(process.env['PORT'] ?? 8080)
const bots = process.env['BOTS'] ?? '18'

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const supervisor = new Supervisor(say)
const folder = await mkdtemp(join(tmpdir(), 'centrum-demo-'))
let page: Page | null = null
let stopping = false

process.on('SIGINT', () => void stop())
process.on('SIGTERM', () => void stop())
// The shell between npm and this process passes no SIGTERM on; but it is gone then.
const parent = process.ppid
if (process.env['npm_lifecycle_event']) setInterval(() => void (process.ppid !== parent && stop()), PARENT_MS).unref()

const pagePort = await freePort(wantedPort, host)
if (pagePort !== wantedPort) say(`Port ${wantedPort} is taken: the page is on ${pagePort}.`)
const frontPorts: number[] = []
for (const _ of FRONTS) frontPorts.push(await freePort(Math.max(pagePort, ...frontPorts) + 1, host))

const shared = {
  DEMO_CLUSTER: JSON.stringify({
    backs: await Promise.all(
      BACKS.map(async (id) => ({ id, address: await addressOf(id), channels: ['area/*', 'lobby'] })),
    ),
    key: randomBytes(32).toString('hex'),
  }),
  DEMO_SECRET: randomBytes(32).toString('hex'),
  // What dies and comes back is told below in words; CENTRUM_LOG=info tells all.
  CENTRUM_LOG: process.env['CENTRUM_LOG'] ?? 'error',
}
/** This one's ending: the demo runs as TypeScript, or built. */
const ending = extname(import.meta.url)
const master = new URL(`master${ending}`, import.meta.url)

const starting = [
  ...BACKS.map((id) => supervisor.start({ id, module: master, args: ['back', id], env: { ...shared, DEMO_BACK: id } })),
  ...FRONTS.map((id, i) =>
    supervisor.start({
      id,
      module: master,
      args: ['front', id],
      env: { ...shared, DEMO_HOST: host, DEMO_PORT: String(frontPorts[i]) },
    }),
  ),
]
try {
  await Promise.all(starting)
} catch (error) {
  say(String(error))
  process.exitCode = 1
  await stop()
}
page = await servePage({ host, port: pagePort, fronts: FRONTS.map((id, i) => ({ id, port: frontPorts[i] ?? 0 })) })
void supervisor.start({
  id: 'bots',
  module: new URL(`bots${ending}`, import.meta.url),
  args: [bots, ...frontPorts.map((port) => `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}`)],
  env: { CENTRUM_LOG: shared.CENTRUM_LOG },
})

for (const [id, pid] of Object.entries(supervisor.pids)) say(`  ${id.padEnd(8)} process ${pid}`)
say(`\n  Open ${page.url} – in two windows, to meet yourself.\n  Ctrl-C ends it.\n`)

async function stop(): Promise<void> {
  if (stopping) return
  stopping = true
  await Promise.all([supervisor.stop(), page?.close()])
  await rm(folder, { recursive: true, force: true })
  process.exit()
}

/** A socket file where there are such, else a free port of loopback. */
async function addressOf(id: string): Promise<string> {
  if (process.platform !== 'win32') return `unix:${join(folder, `${id}.sock`)}`
  return `tcp://127.0.0.1:${await freePort(41_000 + 10 * BACKS.indexOf(id), '127.0.0.1')}`
}
