/** The inspector of `centrum dev` in a browser: what is open, a state that changes live, and a client that sends by schema. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { chromiumMissing, chromiumPath } from '../support/chromium.js'
import { CliProcess } from '../support/cli-process.js'
import { isOvertakenDial, openBrowser, PAGE_MS, screenshotFolder } from '../support/demo.js'
import { inProject, projectRoot } from '../support/project-root.js'
import { until } from '../support/until.js'

const skip = chromiumPath() ? false : chromiumMissing

test(
  'centrum dev serves an inspector: channels, a live state, what arrives, and a form by schema',
  { skip },
  async (t) => {
    const dev = new CliProcess(t, ['dev', inProject('examples/whiteboard/app.ts'), '--port', '0'], { cwd: projectRoot })
    await until('ready', () => /^Ready/m.test(dev.stdout), PAGE_MS)
    const [, url = ''] = await dev.says(/inspector +(http:\/\/\S+)/)
    const browser = await openBrowser(t)
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(PAGE_MS)
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error' && !isOvertakenDial(message.text())) complaints.push(message.text())
    })
    await page.goto(url)
    await page.locator('#channels', { hasText: 'None is open' }).waitFor()

    await page.fill('#id', 'board/1')
    await page.click('#link button:not([type])')
    await page.locator('#linked', { hasText: 'board/1: live' }).waitFor()
    await page.locator('#channels button', { hasText: 'board/1' }).click()
    await page.locator('#channel', { hasText: 'board/1 · version' }).waitFor()

    // The schema of `begin` has two strings: each is a field.
    await page.selectOption('#name', 'begin')
    await page.fill('#fields label:has-text("id") input', 'first')
    await page.fill('#fields label:has-text("colour") input', '#336699')
    await page.click('#send button')
    await page.locator('#state', { hasText: '#336699' }).waitFor()
    await page.locator('#log tr', { hasText: 'patch' }).first().waitFor()
    await page.selectOption('#name', 'draw')
    const payload = page.locator('#fields textarea')
    await payload.fill('{ "id": "first", "points": [1, 2, 3, 4] }')
    await page.click('#send button')
    await page.locator('#state details', { hasText: 'points' }).last().waitFor()
    await page.fill('#fields textarea', '{ "id": "first", "points": ["wrong"] }')
    await page.click('#send button')
    await page.locator('#sent tr', { hasText: 'invalid' }).waitFor()

    // A socket that is cut is found again, and the network may be bad.
    await page.selectOption('#latency', '100')
    await page.click('#cut')
    await page.locator('#linked', { hasText: 'board/1: live' }).waitFor()
    const folder = screenshotFolder()
    await page.screenshot({ path: join(folder, 'inspector.png') })
    await page.setViewportSize({ width: 390, height: 844 })
    await page.screenshot({ path: join(folder, 'inspector-phone.png'), fullPage: true })
    t.diagnostic(`screenshots are in ${folder}`)
    assert.deepEqual(complaints, [])
    dev.signal('SIGTERM')
    assert.equal((await dev.ended).code, 0)
  },
)
