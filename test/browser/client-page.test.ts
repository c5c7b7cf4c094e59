/** A client in a real page: what a server sees as the page is reloaded, duplicated, left, kept by the browser, and closed. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { defineApp, defineChannel, startApp } from '../../src/index.js'
import { chromiumMissing, chromiumPath } from '../support/chromium.js'
import { cleanUp } from '../support/clean-up.js'
import { openBrowser } from '../support/demo.js'
import { inProject, projectRoot } from '../support/project-root.js'
import { until } from '../support/until.js'

const skip = chromiumPath() ? false : chromiumMissing

/** The query of the page's URL are options of `connect`. */
const SCRIPT = `
import { connect } from './src/client/index.ts'
const options = Object.fromEntries(new URLSearchParams(location.search))
const connection = connect('/', { keepSeat: options.keepSeat === 'true' })
globalThis.connection = connection
const room = await connection.link('room')
globalThis.room = room
document.title = connection.clientId
`

async function stage(t: TestContext) {
  const seen: string[] = []
  const room = defineChannel({ state: () => ({}) }).implement({
    onLink: (_, client) => void seen.push(`link ${client.id}`),
    onUnlink: (_, client, reason) => void seen.push(`unlink ${client.id} ${reason}`),
    onDrop: (_, client) => void seen.push(`drop ${client.id}`),
    onResume: (_, client) => void seen.push(`resume ${client.id}`),
  })
  const { outputFiles } = await build({
    stdin: { contents: SCRIPT, resolveDir: projectRoot, sourcefile: inProject('page.ts') },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  })
  const script = outputFiles[0]?.text ?? ''
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    const isEmpty = request.url?.startsWith('/empty') === true
    response.end(
      isScript ? script : isEmpty ? 'elsewhere' : '<!doctype html><script type="module" src="/page.js"></script>',
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const app = await startApp(defineApp({ channels: { room } }), { server })
  const browser = await openBrowser(t)
  cleanUp(t, async () => {
    await app.close()
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const open = async (query = ''): Promise<{ page: Page; id: string }> => {
    const page = await (await browser.newContext()).newPage()
    await page.goto(`${url}/${query}`)
    return { page, id: await idOf(page) }
  }
  const wasSeen = (what: string): Promise<unknown> => until(`the server saw ${what}`, () => seen.includes(what))
  return { url, seen, open, wasSeen }
}

async function idOf(page: Page): Promise<string> {
  await page.waitForFunction("document.title !== ''")
  return page.title()
}

test('L11 a page that is closed or left for good is gone at once', { skip }, async (t) => {
  const { open, wasSeen, url } = await stage(t)
  const closed = await open()
  await closed.page.close({ runBeforeUnload: true })
  await wasSeen(`unlink ${closed.id} unlinked`)
  const reloaded = await open()
  await reloaded.page.reload()
  await wasSeen(`unlink ${reloaded.id} unlinked`)
  assert.notEqual(await idOf(reloaded.page), reloaded.id)
  await reloaded.page.goto(`${url}/empty`)
})

test(
  'H8 a page that is reloaded with keepSeat goes on with its session, and a copy of its tab begins another',
  { skip },
  async (t) => {
    const { open, seen, wasSeen } = await stage(t)
    const { page, id } = await open('?keepSeat=true')
    for (let i = 0; i < 3; i++) {
      await page.reload()
      assert.equal(await idOf(page), id)
    }
    await wasSeen(`resume ${id}`)
    assert.equal(seen.filter((what) => what.startsWith('unlink')).length, 0)
    // What a browser does for a duplicate: the new tab has a copy of the storage.
    const copied = page.context().waitForEvent('page')
    await page.evaluate('void window.open(location.href)')
    const copy = await copied
    assert.notEqual(await idOf(copy), id)
    assert.equal(await page.evaluate('room.status'), 'live')
    await page.close({ runBeforeUnload: true })
    await wasSeen(`unlink ${id} expired`)
  },
)

test('H8 a page that the browser keeps is dropped at once, and goes on as it returns', { skip }, async (t) => {
  const { open, wasSeen, url } = await stage(t)
  const { page, id } = await open()
  await page.goto(`${url}/empty`)
  await wasSeen(`drop ${id}`)
  // The driver's own `goBack` waits for a page that loads.
  await page.evaluate('void setTimeout(() => history.back())')
  await wasSeen(`resume ${id}`)
})
