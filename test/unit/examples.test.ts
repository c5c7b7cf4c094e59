/** Each of the examples does what it says: their channels on a simulated cluster, and their pages as far as they bundle. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo } from 'node:net'
import { test } from 'node:test'
import auction from '../../examples/auction/app.js'
import cards from '../../examples/cards/app.js'
import chat from '../../examples/chat/app.js'
import dashboard from '../../examples/dashboard/app.js'
import match from '../../examples/match/app.js'
import counter from '../../examples/own-front/app.js'
import { serveEvents } from '../../examples/own-front/server.js'
import whiteboard from '../../examples/whiteboard/app.js'
import world from '../../examples/world/app.js'
import { areaAt } from '../../examples/world/areas.js'
import { Traveller } from '../../examples/world/traveller.js'
import { nodeRuntime, startApp } from 'centrum'
import { createTestCluster } from 'centrum/testing'
import { build } from 'esbuild'
import { inProject } from '../support/project-root.js'

test('chat: lines and who is there, away or gone', async () => {
  await using cluster = await createTestCluster(chat, { fronts: 2 })
  const ada = await cluster.connect({ userId: 'ada', data: { name: 'Ada' } })
  const bob = await cluster.connect({ userId: 'bob', data: { name: 'Bob' } })
  const mine = await ada.link('room/main')
  const his = await bob.link('room/main')
  his.send('say', '  hello ')
  await cluster.advance(100)
  assert.deepEqual(
    mine.state.lines.map(({ by, text }) => `${by}: ${text}`),
    ['Bob: hello'],
  )
  assert.deepEqual(
    Object.values(mine.state.present)
      .map(({ name }) => name)
      .sort(),
    ['Ada', 'Bob'],
  )
  cluster.kill('bob')
  await cluster.advance(10_000)
  assert.equal(mine.state.present[bob.clientId]?.away, true)
  await cluster.advance(60_000)
  assert.deepEqual(Object.values(mine.state.present), [{ name: 'Ada', away: false }])
  await assert.rejects(ada.link('room/NO'), { code: 'unknown-channel' })
})

test('whiteboard: strokes grow, and nobody draws on those of others', async () => {
  await using cluster = await createTestCluster(whiteboard)
  const ada = await cluster.connect({ userId: 'ada' })
  const bob = await cluster.connect({ userId: 'bob' })
  const mine = await ada.link('board/1')
  const his = await bob.link('board/1')
  mine.send('begin', { id: 'a', colour: '#112233' })
  mine.send('draw', { id: 'a', points: [1, 2, 3, 4] })
  await cluster.advance(100)
  his.send('draw', { id: 'a', points: [9, 9] })
  mine.send('draw', { id: 'a', points: [5, 6] })
  await cluster.advance(100)
  assert.deepEqual(his.state.strokes.get('a')?.points, [1, 2, 3, 4, 5, 6])
  his.send('clear')
  await cluster.advance(100)
  assert.equal(mine.state.strokes.size, 0)
})

test('auction: the most that one would pay stays hidden, the second highest sets the price, and the hammer falls', async () => {
  await using cluster = await createTestCluster(auction)
  const link = async (token: string) => (await cluster.connect({ token })).link('auction/1')
  const [ada, bob] = [await link('Ada'), await link('Bob')]
  const [[id, first] = ['', undefined]] = [...ada.state.lots]
  const start = first?.price ?? 0
  const bid = (who: typeof ada, max: number) => who.request('bid', { lot: id, max })

  assert.deepEqual(await bid(ada, start + 100), { leads: true, price: start })
  assert.deepEqual(await bid(bob, start + 50), { leads: false, price: start + 55 })
  assert.deepEqual(await bid(bob, start + 55), { refused: `the least is ${start + 60}` })
  assert.deepEqual(await bid(bob, start + 100), { leads: false, price: start + 100 }, 'between equals the first leads')
  assert.deepEqual(await bid(bob, start + 200), { leads: true, price: start + 105 })
  assert.ok(!JSON.stringify([...ada.state.lots]).includes(String(start + 200)))

  const left = (ada.state.lots.get(id)?.endsAt ?? 0) - ada.changedAt
  await cluster.advance(left - 3_000)
  await bid(ada, start + 500)
  await cluster.advance(5_000)
  assert.ok(ada.state.lots.has(id), 'a late bid puts the hammer off')
  await cluster.advance(10_000)
  assert.ok(!ada.state.lots.has(id))
  assert.deepEqual(ada.state.sold[0], { lot: id, title: first?.title, price: start + 205, to: 'Ada' })
  assert.deepEqual(await bid(bob, 10_000), { refused: 'it is sold' })
  assert.equal(ada.state.lots.size, 3)
})

test('[G4] auction: it goes on when its server dies again and again, with each bid in the books once', async () => {
  await using cluster = await createTestCluster(auction, { seed: 5 })
  const ada = await (await cluster.connect({ token: 'Ada' })).link('auction/1')
  const resets: unknown[] = []
  ada.onReset((reason) => resets.push(reason))
  let taken = 0
  for (let round = 0; round < 4; round++) {
    const [id = ''] = [...ada.state.lots.keys()]
    const bids = [100, 200, 300].map((max) => ada.request('bid', { lot: id, max: max + 1_000 * round }))
    cluster.kill('back-1')
    await cluster.advance(2_000)
    cluster.restart('back-1')
    for (const result of await Promise.all(bids)) if ('leads' in result) taken++
    await cluster.advance(30_000)
  }
  assert.equal(ada.state.books['Ada'], taken)
  assert.equal(ada.state.owner.before, 4)
  assert.deepEqual(resets, [])
  assert.ok(ada.state.sold.length > 0, 'hammers fell meanwhile')
})

test('[S7] cards: a hand is seen by its player alone, and is the same after a reload', async () => {
  await using cluster = await createTestCluster(cards)
  const sit = async (userId: string, id?: string) => {
    const connection = await cluster.connect({ userId }, id === undefined ? {} : { id })
    const table = await connection.link('table/1')
    const hands: (readonly number[])[] = []
    table.on('hand', (hand) => hands.push(hand))
    await cluster.advance(100)
    return { connection, table, hands }
  }
  const ada = await sit('ada')
  const bob = await sit('bob')
  const hand = ada.hands.at(-1) ?? []
  assert.equal(hand.length, 5)
  assert.equal(new Set([...hand, ...(bob.hands.at(-1) ?? [])]).size, 10)
  assert.deepEqual(ada.table.state, bob.table.state)
  assert.deepEqual(
    ada.table.state.players.map(({ userId, cards }) => [userId, cards]),
    [
      ['ada', 5],
      ['bob', 5],
    ],
  )
  await assert.rejects(sit('eve'), { code: 'link-refused', message: /full/ })
  await ada.connection.close()
  const again = await sit('ada', 'ada-2')
  assert.deepEqual(again.hands.at(-1), hand)
  while (again.table.state.turn !== null) {
    const turn = again.table.state.turn === 'ada' ? again : bob
    turn.table.send('play', turn.hands.at(-1)?.[0] ?? -1)
    await cluster.advance(100)
  }
  assert.equal(
    again.table.state.players.reduce((sum, { won }) => sum + won, 0),
    5,
  )
})

test('dashboard: servers report, browsers cannot', async () => {
  await using cluster = await createTestCluster(dashboard)
  const link = await (await cluster.connect({ userId: 'viewer' })).link('metrics')
  const feed = cluster.front('front-1').channel('metrics')
  await feed.link()
  feed.send('report', { service: 'shop', requests: 10, errors: 1 })
  feed.send('report', { service: 'shop', requests: 5, errors: 0 })
  await cluster.advance(1_000)
  const { requests, errors, history } = link.state.services['shop'] ?? {}
  assert.deepEqual({ requests, errors, history }, { requests: 15, errors: 1, history: [10, 5] })
  const refused: string[] = []
  link.onRefused((_clientSeq, { code }) => refused.push(code))
  ;(link.send as (message: string, payload: unknown) => number)('report', { service: 'x', requests: 1, errors: 0 })
  await cluster.advance(1_000)
  assert.equal(refused.length, 1)
  assert.equal(link.state.services['x'], undefined)
})

test('match: two who ask are brought together, take turns, and nobody else gets in', async () => {
  await using cluster = await createTestCluster(match, { backs: 2 })
  const join = async (userId: string) => {
    const connection = await cluster.connect({ userId })
    const lobby = await connection.link('lobby')
    const matched = new Promise<string>((resolve) => lobby.on('matched', ({ id }) => resolve(id)))
    lobby.send('find')
    await cluster.advance(100)
    return { connection, matched }
  }
  const ada = await join('ada')
  const bob = await join('bob')
  await cluster.advance(100)
  const id = (await ada.matched) as 'match/1'
  assert.equal(await bob.matched, id)
  const x = await ada.connection.link(id)
  const o = await bob.connection.link(id)
  const eve = await cluster.connect({ userId: 'eve' })
  await assert.rejects(eve.link(id), { code: 'link-refused' })
  o.send('place', 8)
  await cluster.advance(100)
  for (const [player, cell] of [
    [x, 0],
    [o, 3],
    [x, 1],
    [o, 4],
    [x, 2],
    [o, 5],
  ] as const) {
    player.send('place', cell)
    await cluster.advance(100)
  }
  assert.equal(x.state.cells.join(','), 'X,X,X,O,O,,,,')
  assert.equal(o.state.outcome, 'X')
})

test('world: who walks over a border is in the next area, and in one only', async () => {
  await using cluster = await createTestCluster(world, { backs: 2 })
  const ada = await cluster.connect({ userId: 'ada' })
  const bob = await cluster.connect({ userId: 'bob' })
  const one = new Traveller(ada, { x: 85, y: 50 })
  const other = new Traveller(bob, { x: 150, y: 50 })
  await one.enter()
  await other.enter()
  await cluster.advance(200)
  for (let i = 0; i < 4; i++) {
    await one.walk(1, 0)
    await cluster.advance(100)
  }
  assert.deepEqual(other.walkers.get(ada.clientId), { x: 125, y: 50 })
  assert.equal(ada.processor?.id, areaAt({ x: 125, y: 50 }))
  assert.deepEqual([...one.walkers.keys()].sort(), [ada.clientId, bob.clientId].sort())
  assert.equal(ada.inspect().links, 9)
})

test('own front: events down and posts up, without the gateway', async () => {
  await using server = await startApp(counter, { port: 0, runtime: nodeRuntime({ logLevel: 'silent' }) })
  const events = await serveEvents(server.front.master, 0)
  const url = `http://127.0.0.1:${(events.address() as AddressInfo).port}`
  const ending = new AbortController()
  try {
    const { body } = await fetch(`${url}/events?name=ada`, { signal: ending.signal })
    const lines: string[] = []
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader()
    const until = async (pattern: RegExp): Promise<string> => {
      for (;;) {
        const found = pattern.exec(lines.join(''))
        if (found) return found[1] ?? ''
        const { done, value } = (await reader?.read()) ?? { done: true, value: '' }
        assert.ok(!done, `it ended without ${pattern}`)
        lines.push(value ?? '')
      }
    }
    const id = await until(/event: id\ndata: (.+)\n/)
    await until(/data: ({"count":0})\n/)
    assert.equal((await fetch(`${url}/add?id=${id}`, { method: 'POST', body: '5' })).status, 204)
    await until(/data: ({"count":5})\n/)
    assert.equal((await fetch(`${url}/add?id=nobody`, { method: 'POST', body: '5' })).status, 400)
  } finally {
    ending.abort()
    events.close()
    events.closeAllConnections()
  }
})

for (const name of readdirSync(inProject('examples'))) {
  const page = inProject(`examples/${name}/page.ts`)
  const files = name.includes('.') ? [] : readdirSync(inProject(`examples/${name}`))
  if (!files.includes('page.ts')) continue
  test(`${name}: its page bundles, and has the elements that it uses`, async () => {
    const { outputFiles } = await build({
      entryPoints: [page],
      bundle: true,
      format: 'esm',
      target: 'es2022',
      write: false,
    })
    const text = outputFiles[0]?.text ?? ''
    assert.doesNotMatch(text, /from ?["'](node:|ws|pino)/, 'it carries nothing of a server')
    const html = readFileSync(inProject(`examples/${name}/page.html`), 'utf8')
    for (const [, id] of readFileSync(page, 'utf8').matchAll(/element\('(\w+)'/g))
      assert.ok(html.includes(`id="${id}"`), id)
  })
}
