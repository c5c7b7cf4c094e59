/**
 * How long from navigation until the first player is drawn, and what crosses the network until then: the page of the game template, and
 * the same page on Colyseus' SDK, load by load in turn, in one Chromium. `npm run bench -- page [loads]`.
 */
import { build } from 'esbuild'
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { type Browser, chromium } from 'playwright-core'
import { alternating, ratio } from './processes/median.js'
import { buildWorker, prepare } from './processes/prepare.js'

const BENCH = fileURLToPath(new URL('.', import.meta.url))
const GAME = join(BENCH, '../templates/game')
const LOADS = 15
const PAGES = { centrum: `${GAME}/src/page/main.ts`, colyseus: `${BENCH}/pages/colyseus-game.js` }
const SERVERS = { centrum: '.build', colyseus: 'peers/.build' }
type Name = keyof typeof PAGES
/** A phone on a mobile network, as Chromium imitates both. */
const PHONE = { latency: 75, downloadThroughput: 200_000, uploadThroughput: 90_000 }
/** In the page: when the first circle is drawn, which is a player. */
const WATCH = `{
  const { arc } = CanvasRenderingContext2D.prototype
  CanvasRenderingContext2D.prototype.arc = function (...given) {
    window.firstDrawn ??= performance.now()
    return arc.apply(this, given)
  }
}`

type Load = Readonly<Record<'ms' | 'bytes' | 'requests', number>>

export default async function run(args: readonly string[]): Promise<void> {
  const { node } = prepare()
  const loads = Number(args[0] ?? LOADS)
  const names = Object.keys(PAGES) as Name[]
  const scripts = new Map<Name, number>()
  const servers: ChildProcess[] = []
  const urls = new Map<Name, string>()
  for (const name of names) {
    const folder = await buildPage(name)
    scripts.set(name, gzipSync(readFileSync(join(folder, 'page.js'))).length)
    const server = fork(buildWorker(`servers/${name}-game`, SERVERS[name]), [folder], { execPath: node, execArgv: [] })
    servers.push(server)
    const [url] = (await once(server, 'message')) as [string]
    urls.set(name, url)
  }
  const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium'
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  try {
    for (const phone of [false, true]) {
      const runs = await alternating(names, loads, (name) => load(browser, urls.get(name) ?? '', phone))
      console.log(phone ? '\nslow processor, mobile network' : 'loopback')
      for (const [name, { median }] of runs) {
        const measured = `${median.ms.toFixed(0)} ms, ${median.bytes} bytes, ${median.requests} requests`
        console.log(`  ${name.padEnd(10)} ${measured}, of which its script ${scripts.get(name)} bytes`)
      }
      for (const key of ['ms', 'bytes'] as const)
        console.log(`  ratio of ${key}: ${ratio(runs.get('centrum'), runs.get('colyseus'), key).toFixed(2)}`)
    }
  } finally {
    await browser.close()
    for (const server of servers) server.kill()
  }
}

async function buildPage(name: Name): Promise<string> {
  const folder = join(BENCH, '.build', `page-${name}`)
  mkdirSync(folder, { recursive: true })
  await build({
    entryPoints: [PAGES[name]],
    outfile: join(folder, 'page.js'),
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
    nodePaths: [join(BENCH, 'peers/node_modules')],
    logLevel: 'error',
  })
  const html = readFileSync(join(GAME, 'index.html'), 'utf8')
  writeFileSync(
    join(folder, 'index.html'),
    html.replace('/src/page/main.ts', '/page.js').replace('/src/page/style', '/style'),
  )
  copyFileSync(join(GAME, 'src/page/style.css'), join(folder, 'style.css'))
  return folder
}

/** One load without a cache, in a window of its own. */
async function load(browser: Browser, url: string, phone: boolean): Promise<Load> {
  const context = await browser.newContext()
  const page = await context.newPage()
  const devtools = await context.newCDPSession(page)
  let bytes = 0
  let requests = 0
  await devtools.send('Network.enable')
  devtools.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength))
  devtools.on('Network.requestWillBeSent', () => requests++)
  devtools.on('Network.webSocketFrameReceived', ({ response }) => (bytes += frameBytes(response)))
  devtools.on('Network.webSocketFrameSent', ({ response }) => (bytes += frameBytes(response)))
  if (phone) {
    await devtools.send('Network.emulateNetworkConditions', { offline: false, ...PHONE })
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  }
  await page.addInitScript(WATCH)
  await page.goto(url)
  await page.waitForFunction('window.firstDrawn !== undefined')
  const ms = Number(await page.evaluate('window.firstDrawn'))
  await context.close()
  return { ms, bytes, requests }
}

/** Binary payloads come as base64. */
function frameBytes({ opcode, payloadData }: { opcode: number; payloadData: string }): number {
  return opcode === 2 ? Buffer.from(payloadData, 'base64').length : Buffer.byteLength(payloadData)
}
