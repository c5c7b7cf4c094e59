/** The site of the documentation: it is built without a complaint, every page is found by its index, and search works in a browser. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { PAGES } from '../../site/pages.mjs'
import { chromiumMissing, chromiumPath } from '../support/chromium.js'
import { cleanUp } from '../support/clean-up.js'
import { runShell } from '../support/installed.js'
import { inProject, projectRoot } from '../support/project-root.js'

test('npm run docs makes a site whose pages and search work', async (t) => {
  const executablePath = chromiumPath()
  if (executablePath === undefined) return t.skip(chromiumMissing)
  const output = await runShell(t, projectRoot, 'npm run -s docs')
  assert.match(output, /html generated/)
  assert.doesNotMatch(output, /\[warning\]|\[error\]/)

  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  cleanUp(t, () => browser.close())
  const page = await browser.newPage({ viewport: { width: 390, height: 844 } })
  page.on('pageerror', (error) => assert.fail(error))
  await page.goto(pathToFileURL(inProject('site/out/index.html')).href)
  for (const group of Object.keys(PAGES)) assert.ok(await page.getByText(group, { exact: true }).count(), group)
  const width = await page.evaluate('document.documentElement.scrollWidth')
  assert.ok(Number(width) <= 390, `a phone scrolls sideways: ${String(width)} of 390 pixels`)
  await page.locator('#tsd-search-trigger').click()
  await page.locator('#tsd-search-input').fill('startApp')
  await page.locator('#tsd-search-results li').first().waitFor()
})
