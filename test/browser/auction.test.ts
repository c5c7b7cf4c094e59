/** `npm run demo:auction`: its page kills the process that owns the auction, which goes on as if nothing had been. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { chromiumMissing, chromiumPath } from '../support/chromium.js'
import { cleanUp } from '../support/clean-up.js'
import { anyPort, openBrowser, PAGE_MS, screenshotFolder } from '../support/demo.js'
import { inProject, projectRoot } from '../support/project-root.js'
import { runOnSqliteNode } from '../support/run-on-sqlite-node.js'
import { until } from '../support/until.js'

const START_MS = 60_000

async function startAuction(t: TestContext): Promise<{ readonly url: string; readonly child: ChildProcess }> {
  const child = spawn(process.execPath, ['--import', 'tsx', inProject('examples/auction/start.ts')], {
    cwd: projectRoot,
    env: { ...process.env, PORT: String(await anyPort()) },
    stdio: ['ignore', 'pipe', process.env['TEST_LOG'] ? 'inherit' : 'ignore'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  cleanUp(t, async () => {
    child.kill('SIGTERM')
    await until('the auction to end', () => child.exitCode !== null || child.signalCode !== null)
  })
  const [, url = ''] = await until('the auction to print its URL', () => /Open (http:\S+)/.exec(said), START_MS)
  assert.doesNotMatch(said, /in memory/)
  return { url, child }
}

runOnSqliteNode('test/browser/auction.test.ts', () => {
  const skip = chromiumPath() ? false : chromiumMissing

  test(
    '[G4] the page kills its server, bids meanwhile, and each bid that was answered is in the books',
    { skip },
    async (t) => {
      const { url } = await startAuction(t)
      const browser = await openBrowser(t)
      const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
      page.setDefaultTimeout(PAGE_MS)
      const errors: unknown[] = []
      page.on('pageerror', (error) => errors.push(error))
      await page.goto(url)
      const bid = async (lot: number, max: number): Promise<void> => {
        const card = page.locator('.lot').nth(lot)
        await card.locator('input').fill(String(max))
        await card.locator('button').click()
      }
      await bid(0, 100_000)
      await page.locator('.lot .answer', { hasText: 'Taken.' }).waitFor()

      await page.click('#kill')
      await page.locator('#status', { hasText: 'stalled' }).waitFor()
      await bid(1, 100_000)
      await page.locator('#story', { hasText: /It is back after .* nothing is lost/ }).waitFor()
      await page.locator('#books', { hasText: /^2 of your bids were answered in this window; 2 of yours/ }).waitFor()
      await page.locator('#owner', { hasText: 'after 1 that died' }).waitFor()
      assert.equal(await page.locator('.lot.mine').count(), 2)
      await page.screenshot({ path: join(screenshotFolder(), 'auction.png'), fullPage: true })
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390, 'nothing is cut off on a phone')
      assert.deepEqual(errors, [])
    },
  )
})
