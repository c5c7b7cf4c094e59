/**
 * The packed package in the hands of tools: each bundler builds a page of `centrum/client` and `centrum/react`, which a browser opens
 * against one server; Next builds and serves the example; Vitest and Jest run a test; Bun and Deno run all of it. Takes minutes: a step of `npm run test:full`.
 */
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { defineApp, defineChannel, nodeRuntime, startApp, unchecked } from 'centrum'
import { chromium, type Page } from 'playwright-core'
import { freePort } from '../../src/cli/free-port.js'
import { chromiumMissing, chromiumPath } from '../support/chromium.js'
import { cleanUp } from '../support/clean-up.js'
import { emptyFolder, packCentrum, runShell, ShellProcess } from '../support/installed.js'
import { inProject } from '../support/project-root.js'

const PACKAGES = [
  '@rollup/plugin-commonjs@29.0.3',
  '@rollup/plugin-node-resolve@16.0.3',
  '@rollup/plugin-replace@6.0.3',
  'esbuild@0.28.2',
  'jest@30.5.2',
  'react@19.3.1',
  'react-dom@19.3.1',
  'rollup@4.68.8',
  'vite@7.3.8',
  'vitest@4.1.12',
  'webpack@5.113.0',
]
/** How each makes `out/<name>/page.js`. What is given to it beyond that stands in its configuration. */
const BUNDLERS: Readonly<Record<string, string>> = {
  esbuild: 'npx esbuild page.js --bundle --minify --format=esm --outfile=out/esbuild/page.js',
  rollup: 'npx rollup -c',
  vite: 'npx vite build',
  webpack: 'node webpack.build.js',
}
const HTML = '<!doctype html><div id="page"></div><p id="count"></p><script type="module" src="page.js"></script>'

const counter = defineChannel({ state: () => ({ count: 0 }), messages: { add: unchecked<number>() } }).implement({
  onMessage: { add: (ctx, _client, by) => (ctx.state.count += by) },
})
const app = defineApp({ channels: { counter } })

async function openPage(t: TestContext, executablePath: string): Promise<Page> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  cleanUp(t, () => browser.close())
  const page = await browser.newPage()
  page.on('pageerror', (error) => assert.fail(error))
  return page
}

/** With nothing of a server in it. */
async function buildPages(t: TestContext, folder: string): Promise<void> {
  const executablePath = chromiumPath()
  if (executablePath === undefined) return t.skip(chromiumMissing)
  const files = new Map<string, readonly [type: string, body: string]>()
  for (const [name, command] of Object.entries(BUNDLERS)) {
    await runShell(t, folder, command)
    const script = readFileSync(join(folder, 'out', name, 'page.js'), 'utf8')
    assert.doesNotMatch(script, /(from|import|require\() ?["'](node:|ws|pino)/, name)
    files.set(`/${name}/`, ['text/html', HTML])
    files.set(`/${name}/page.js`, ['text/javascript', script])
  }
  const server = await startApp(app, {
    port: 0,
    path: '/play',
    runtime: nodeRuntime({ logLevel: 'silent' }),
    request({ url = '' }, response) {
      const [type, body] = files.get(url) ?? ['text/plain', '']
      response.writeHead(200, { 'content-type': type }).end(body)
    },
  })
  cleanUp(t, () => server.close())
  const page = await openPage(t, executablePath)
  for (const [visits, name] of Object.keys(BUNDLERS).entries()) {
    await page.goto(`${server.url}/${name}/`)
    await page.locator('#add:enabled').click()
    await page.locator('#count', { hasText: String(visits + 1) }).waitFor()
    await page.locator('#add', { hasText: String(visits + 1) }).waitFor()
  }
}

async function runTests(t: TestContext, folder: string): Promise<void> {
  assert.match(await runShell(t, folder, 'NO_COLOR=1 npx vitest run --globals 2>&1'), /Tests +1 passed/)
  const jest = 'NODE_OPTIONS=--experimental-vm-modules npx jest 2>&1'
  assert.match(await runShell(t, folder, jest), /Tests: +1 passed/)
}

async function runNext(t: TestContext, tarball: string): Promise<void> {
  const executablePath = chromiumPath()
  if (executablePath === undefined) return t.skip(chromiumMissing)
  const next = join(emptyFolder(t), 'next')
  mkdirSync(next)
  cpSync(inProject('examples/next'), next, { recursive: true })
  await runShell(t, next, `npm install --silent --prefer-offline '${tarball}'`)
  await runShell(t, next, 'NEXT_TELEMETRY_DISABLED=1 npm run build')
  const port = await freePort('127.0.0.1', 0)
  const server = new ShellProcess(t, next, `CENTRUM_LOG=debug PORT=${port} npm start`)
  await server.says(/Open http/)

  const url = `http://127.0.0.1:${port}/`
  const html = await (await fetch(url)).text()
  assert.match(html, /<output id="count">0<\/output>.*<span role="status">linking<\/span>/)
  assert.doesNotMatch(server.output, /client\.welcomed/, 'rendering has dialled')

  const page = await openPage(t, executablePath)
  for (const total of ['1', '2']) {
    await page.goto(url)
    await page.locator('#add:enabled').click()
    await page.locator('#count', { hasText: total }).waitFor()
  }
  assert.match(server.output, /client\.welcomed/, 'the line that rendering lacked')
}

async function runElsewhere(t: TestContext, tarball: string): Promise<void> {
  const runtimes = emptyFolder(t)
  writeFileSync(join(runtimes, 'package.json'), JSON.stringify({ type: 'module', private: true }))
  // Without their scripts, which would link what is run here by its path.
  await runShell(
    t,
    runtimes,
    `npm install --silent --prefer-offline --ignore-scripts bun@1.4.5 deno@2.9.6 '${tarball}'`,
  )
  for (const name of ['app.js', 'whole.js']) cpSync(inProject('test/support/bundlers', name), join(runtimes, name))
  const place = `${process.platform}-${process.arch}`
  for (const command of [
    `node_modules/@oven/bun-${place}/bin/bun whole.js`,
    `node_modules/@deno/${place}-glibc/deno run --allow-all --node-modules-dir=manual whole.js`,
  ]) {
    assert.match(await runShell(t, runtimes, `CENTRUM_LOG=warn ${command}`), /^real 5, simulated 2\n$/)
  }
}

test('the packed package in the hands of tools', async (t) => {
  const folder = emptyFolder(t)
  const tarball = await packCentrum(t)
  cpSync(inProject('test/support/bundlers'), folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }))
  await runShell(t, folder, `npm install --silent --prefer-offline ${PACKAGES.join(' ')} '${tarball}'`)

  await t.test('esbuild, Rollup, Vite and webpack build a page that works', (t) => buildPages(t, folder))
  await t.test('Vitest and Jest run a test on simulated time', (t) => runTests(t, folder))
  await t.test('Bun and Deno run a server, a client and a simulated cluster', (t) => runElsewhere(t, tarball))
  await t.test('the Next example builds, renders without dialling, and counts', (t) => runNext(t, tarball))
})
