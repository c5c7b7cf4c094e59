/**
 * `centrum init` as a new user meets it: from the packed package in an empty folder, install, types, tests, build, start, and its
 * page in a browser; then the development servers likewise. Takes minutes: a step of `npm run test:full`.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { chromium, type Page } from 'playwright-core'
import { freePort } from '../../src/cli/free-port.js'
import { TEMPLATES } from '../../src/cli/init-command.js'
import { chromiumMissing, chromiumPath } from '../support/chromium.js'
import { cleanUp } from '../support/clean-up.js'
import { emptyFolder, packCentrum, runShell, ShellProcess } from '../support/installed.js'

/** Client, prediction and game in one request, gzipped. */
const GAME_BYTES_MAX = 28 * 1024

async function openPage(t: TestContext, executablePath: string): Promise<Page> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  cleanUp(t, () => browser.close())
  const page = await browser.newPage()
  page.on('pageerror', (error) => assert.fail(error))
  return page
}

async function wave(page: Page, url: string, total: number): Promise<void> {
  await page.goto(url)
  await page.locator('#wave:enabled').click()
  await page.getByText(/\(you\): 1/).waitFor()
  assert.equal(await page.locator('#total').textContent(), String(total))
}

/** Walks, and so shows that what it is shown comes from the server, and that prediction agrees with it. */
async function walk(page: Page, url: string): Promise<void> {
  await page.goto(url)
  await page.getByText('ms from the server').waitFor()
  const from = (await page.locator('#where').textContent()) ?? ''
  await page.keyboard.down(Number(from.split(',')[0]) < 400 ? 'ArrowRight' : 'ArrowLeft')
  await page.locator('#where', { hasNotText: from }).waitFor()
  await page.keyboard.up('ArrowRight')
  await page.keyboard.up('ArrowLeft')
  assert.equal(await page.locator('#corrections').textContent(), '0')
}

/** What a user of a template does in its page; `visits` counts those on this server. */
function use(template: (typeof TEMPLATES)[number], page: Page, url: string, visits: number): Promise<void> {
  return template === 'game' ? walk(page, url) : wave(page, url, visits)
}

/** The page's script: client, prediction and app in one file. */
function scriptBytes(app: string): number {
  const folder = join(app, 'dist/page/assets')
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'))
  assert.equal(scripts.length, 1, scripts.join())
  return gzipSync(readFileSync(join(folder, scripts[0] ?? ''))).length
}

/** Those that this run is about: all, unless the environment names some. */
const chosen = process.env['INIT_TEMPLATES']?.split(',') ?? TEMPLATES

for (const template of TEMPLATES.filter((each) => chosen.includes(each))) {
  test(`the ${template} template: install, types, tests, build, start, page`, async (t) => {
    const executablePath = chromiumPath()
    if (executablePath === undefined) return t.skip(chromiumMissing)
    const parent = emptyFolder(t)
    const tarball = await packCentrum(t)
    await runShell(t, parent, `npx --yes --package '${tarball}' centrum init my-app --template ${template}`)
    const app = join(parent, 'my-app')
    const manifest = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as {
      dependencies: { centrum: string }
    }
    assert.match(manifest.dependencies.centrum, /^file:vendor\/centrum-.*\.tgz$/, 'it takes its package along')

    await runShell(t, app, 'npm install')
    await runShell(t, app, 'npm ci')
    await runShell(t, app, 'npm run check')
    assert.match(await runShell(t, app, 'npm test'), /fail 0/)
    await runShell(t, app, 'npm run build')
    if (template === 'game') assert.ok(scriptBytes(app) <= GAME_BYTES_MAX, `${scriptBytes(app)} bytes`)

    const port = await freePort('127.0.0.1', 0)
    const server = new ShellProcess(t, app, `PORT=${port} npm start`)
    await server.says(/Listening at/)
    const page = await openPage(t, executablePath)
    await use(template, page, `http://127.0.0.1:${port}/`, 1)
    await use(template, page, `http://127.0.0.1:${port}/`, 2)
    await server.kill()

    // The port of the servers stands in vite.config.ts: another program may have it.
    const backend = await freePort('127.0.0.1', 0)
    const config = readFileSync(join(app, 'vite.config.ts'), 'utf8')
    writeFileSync(join(app, 'vite.config.ts'), config.replace('8080', String(backend)))
    const dev = new ShellProcess(t, app, `CENTRUM_PORT=${backend} npm run dev -- --host 127.0.0.1`)
    await dev.says(/Ready after/)
    const [, url = ''] = await dev.says(/Local:\s+(http:\S+)/)
    await use(template, page, url, 1)
  })
}
