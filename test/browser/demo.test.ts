/** The demo in a real browser: two pages on two fronts, a border, and what a page shows while something dies. */
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { chromiumMissing, chromiumPath } from '../support/chromium.js'
import { BadProxy } from '../support/bad-proxy.js'
import { Demo, openBrowser, openDemoPage, screenshotFolder } from '../support/demo.js'
import { until } from '../support/until.js'

const skip = chromiumPath() ? false : chromiumMissing

/** In the meadow, which back-1 owns, and in the desert, which back-2 does; both in sight of their border. */
const MEADOW = { x: 7_500, y: 6_000 }
const DESERT = { x: 8_600, y: 6_300 }

interface Place {
  readonly x: number
  readonly y: number
}

test('[S6] [S10] who walks over a border of backs on one front is seen to do so on another', { skip }, async (t) => {
  const demo = await Demo.start(t)
  const browser = await openBrowser(t)
  const [ada, bob] = await Promise.all([
    openDemoPage(browser, `${demo.url}?front=1`, MEADOW),
    openDemoPage(browser, `${demo.url}?front=2`, DESERT),
  ])
  assert.deepEqual(await ada.ask('({ ...document.body.dataset })'), {
    status: 'connected',
    front: 'front-1',
    area: 'meadow',
    back: 'back-1',
  })
  assert.deepEqual(await bob.ask('({ ...document.body.dataset })'), {
    status: 'connected',
    front: 'front-2',
    area: 'desert',
    back: 'back-2',
  })

  const id = await ada.ask<string>('demo.me.id')
  const adaAtBob = `demo.seen.find(({ id }) => id === ${JSON.stringify(id)})`
  await bob.see('Ada in the meadow', `${adaAtBob}?.area === 'meadow'`)
  const folder = screenshotFolder()
  await bob.page.screenshot({ path: join(folder, 'before.png') })

  await ada.page.keyboard.down('d')
  await ada.see('the next area as its own', `document.body.dataset.area === 'desert'`)
  await ada.page.keyboard.up('d')
  assert.equal(await ada.ask('document.body.dataset.back'), 'back-2')
  await bob.see('Ada in the desert', `${adaAtBob}?.area === 'desert' && ${adaAtBob}.standsIn === 'desert'`)
  await until('Ada to be at the same place for both', async () => {
    const [own, seen] = await Promise.all([ada.ask<Place>('demo.me'), bob.ask<Place | undefined>(adaAtBob)])
    return seen && Math.hypot(own.x - seen.x, own.y - seen.y) < 3
  })
  await Promise.all(
    [ada, bob].map(({ page }, i) => page.screenshot({ path: join(folder, `after-${i === 0 ? 'ada' : 'bob'}.png`) })),
  )
  t.diagnostic(`screenshots are in ${folder}`)

  const markup = '<img src=x onerror=alert(1)> hello'
  await ada.page.fill('#text', markup)
  await ada.page.press('#text', 'Enter')
  await bob.see(
    'what Ada says, as text',
    `document.querySelector('#lines').textContent.includes(${JSON.stringify(markup)})`,
  )
  assert.equal(await bob.ask('document.querySelectorAll("#lines img").length'), 0)
  assert.deepEqual([...ada.complaints, ...bob.complaints], [])
})

test(
  '[G5] a page goes on as the same client when its front dies, and says so while a back is away',
  { skip },
  async (t) => {
    const demo = await Demo.start(t)
    const { ask, see } = await openDemoPage(await openBrowser(t), demo.url, MEADOW)
    const id = await ask<string>('demo.me.id')
    const front = await ask<string>('document.body.dataset.front')

    demo.kill(front)
    await see(
      'the other front',
      `document.body.dataset.front !== '${front}' && document.body.dataset.status === 'connected'`,
    )
    await see('itself in its area', `demo.me.present && document.body.dataset.area === 'meadow'`)
    assert.equal(await ask('demo.me.id'), id)
    await until('the front to be back', () => demo.stdout.includes(`${front} is back`), 45_000)

    demo.kill('back-1')
    await see('what is amiss', `document.querySelector('#banner').textContent.includes('meadow')`)
    await see('itself in its area again', `demo.me.present && document.querySelector('#banner').hidden`)
    assert.equal(await ask('demo.me.id'), id)
  },
)

test('[G5] [G3] a page without a network for a while says so, and then carries on', { skip }, async (t) => {
  const demo = await Demo.start(t)
  const browser = await openBrowser(t)
  const fronts = (await (await fetch(new URL('/fronts.json', demo.url))).json()) as { id: string; port: number }[]
  const port = fronts.find(({ id }) => id === 'front-1')?.port
  const network = await BadProxy.forUrl(t, `http://127.0.0.1:${port}`)
  const throughNetwork = [{ id: 'front-1', port: Number(new URL(network.url).port) }]
  const [ada, bob] = await Promise.all([
    openDemoPage(browser, demo.url, MEADOW, throughNetwork),
    openDemoPage(browser, `${demo.url}?front=2`, DESERT),
  ])
  const id = await ada.ask<string>('demo.me.id')
  const offlineAt = Date.now()

  // What is on its way stays there: no close, no error. The page is told as browsers tell it.
  network.hold()
  await ada.page.context().setOffline(true)
  await ada.page.fill('#text', 'said without a network')
  await ada.page.press('#text', 'Enter')
  const gone = `document.body.dataset.status === 'reconnecting' && !document.querySelector('#banner').hidden`
  await ada.see('that its front is gone', gone)
  const folder = screenshotFolder()
  await ada.page.screenshot({ path: join(folder, 'offline.png') })
  await until('five seconds to be over', () => Date.now() - offlineAt >= 5_000)
  assert.ok(await ada.ask(gone))

  network.carryOn()
  await ada.page.context().setOffline(false)
  await ada.see('itself again', `document.body.dataset.status === 'connected' && demo.me.present`)
  await ada.see('no trouble', `document.querySelector('#banner').hidden`)
  assert.equal(await ada.ask('demo.me.id'), id)
  const lines = `document.querySelector('#lines').textContent.split('said without a network').length - 1`
  await bob.see('what Ada said meanwhile', `${lines} === 1`)
  // The lobby takes one line a second of each.
  await until('Bob to see what Ada says now', async () => {
    await ada.page.fill('#text', 'said afterwards')
    await ada.page.press('#text', 'Enter')
    return bob.ask<boolean>(`document.querySelector('#lines').textContent.includes('said afterwards')`)
  })
  assert.equal(await bob.ask(lines), 1, 'once, also after all that was sent again')
  await ada.page.screenshot({ path: join(folder, 'online-again.png') })
  t.diagnostic(`screenshots are in ${folder}`)
})
