/**
 * The tutorials as their readers meet them: an app made by `centrum init` from the packed package, its files replaced by those of the
 * document, its types checked, its tests run, built, and its page used in a browser. A step of `npm run test:full`.
 */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { chromium, type Browser, type Page } from 'playwright-core'
import { freePort } from '../../src/cli/free-port.js'
import { chromiumMissing, chromiumPath } from '../support/chromium.js'
import { cleanUp } from '../support/clean-up.js'
import { codeFiles, textOf } from '../support/documents.js'
import { emptyFolder, packCentrum, runShell, ShellProcess } from '../support/installed.js'

interface Tutorial {
  readonly tests: number
  /** Uses the page as its reader would, with a window of its own for each name. */
  use(open: (name: string) => Promise<Page>): Promise<void>
}

const TUTORIALS: Readonly<Record<string, Tutorial>> = {
  'docs/learn-chat.md': { tests: 3, use: chat },
  'docs/learn-presence.md': { tests: 3, use: presence },
  'docs/learn-game.md': { tests: 1, use: game },
}

async function chat(open: (name: string) => Promise<Page>): Promise<void> {
  const ada = await open('Ada')
  await ada.getByText('Here: Ada').waitFor()
  const bob = await open('Bob')
  await ada.getByText('Bob came in').waitFor()
  await bob.getByLabel('Message').fill('hello')
  await bob.keyboard.press('Enter')
  await ada.getByText('Bob: hello').waitFor()
  await ada.getByRole('button', { name: 'Clear' }).click()
  await bob.getByText('Bob: hello').waitFor({ state: 'detached' })
  const nobody = await open(' ')
  await nobody.getByText('choose a name of at most 20 letters').waitFor()
}

async function presence(open: (name: string) => Promise<Page>): Promise<void> {
  const ada = await open('Ada')
  const bob = await open('Bob')
  await ada.getByText('Here: Ada, Bob').waitFor()
  await bob.mouse.move(80, 70)
  await ada.locator('.pointer[style*="left: 10%"]', { hasText: 'Bob' }).waitFor()
  await bob.close({ runBeforeUnload: false })
  await ada.locator('.pointer', { hasText: 'Bob' }).waitFor({ state: 'detached' })
}

/** Whether a square covers the middle of the field. */
const INK = "document.querySelector('canvas').getContext('2d').getImageData(405, 305, 1, 1).data[3]"

async function game(open: (name: string) => Promise<Page>): Promise<void> {
  const page = await open('Ada')
  await page.waitForFunction(`${INK} > 0`)
  await page.keyboard.down('ArrowRight')
  await page.waitForFunction(`${INK} === 0`)
  await page.keyboard.up('ArrowRight')
  assert.equal(await page.locator('output').textContent(), '0')
}

/** Files of HTML as well, which begin with their name. */
function writeFiles(document: string, app: string): void {
  const pages = [...textOf(document).matchAll(/^```html\n<!-- (\S+) -->\n(.*?)^```$/gms)]
  for (const [name, code] of [
    ...codeFiles(document),
    ...pages.map(([, name = '', code = '']) => [name, code] as const),
  ]) {
    mkdirSync(dirname(join(app, name)), { recursive: true })
    writeFileSync(join(app, name), code)
  }
}

async function follow(t: TestContext, app: string, browser: Browser, document: string): Promise<void> {
  const { tests, use } = TUTORIALS[document] ?? assert.fail(document)
  writeFiles(document, app)
  await runShell(t, app, 'npm run check')
  assert.match(await runShell(t, app, 'npm test'), new RegExp(`pass ${tests}\\n.*fail 0`, 's'))
  await runShell(t, app, 'npm run build')
  const port = await freePort('127.0.0.1', 0)
  const server = new ShellProcess(t, app, `PORT=${port} npm start`)
  await server.says(/Listening at/)
  await use(async (name) => {
    const page = await (await browser.newContext({ viewport: { width: 800, height: 700 } })).newPage()
    page.on('dialog', (dialog) => void dialog.accept(name))
    await page.goto(`http://127.0.0.1:${port}/`)
    return page
  })
  await server.kill()
}

test('each tutorial, step by step, makes an app that checks, passes its tests and works', async (t) => {
  const executablePath = chromiumPath()
  if (executablePath === undefined) return t.skip(chromiumMissing)
  const parent = emptyFolder(t)
  await runShell(t, parent, `npx --yes --package '${await packCentrum(t)}' centrum init my-app --template plain`)
  const app = join(parent, 'my-app')
  await runShell(t, app, 'npm install')
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  cleanUp(t, () => browser.close())
  for (const document of Object.keys(TUTORIALS)) await t.test(document, (t) => follow(t, app, browser, document))
})
