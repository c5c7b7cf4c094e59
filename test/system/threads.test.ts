/**
 * What users of other projects wrote about lost contact and resume, each as a test that shows how it goes here. Titles begin with
 * the thread.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadProxy } from '../support/bad-proxy.js'
import { apart, asked, client, pondering, QUICK, running, written } from '../support/thread-stage.js'
import { lostContact, until } from '../support/until.js'

test('colyseus#950: L4 L5 a proxy swallows the close, and the late end of the stale socket does not harm the fresh one', async (t) => {
  const stage = apart(t)
  const back = await stage.back()
  const fronts = [await stage.front('front-1'), await stage.front('front-2')]
  const proxies = await Promise.all(fronts.map(({ url }) => BadProxy.forUrl(t, url)))
  const ada = client(
    t,
    proxies.map(({ url }) => url),
    'ada',
  )
  const link = await ada.link('journal/1')
  // The front thinks that the first socket lives, and the fresh one is at the other front.
  for (const proxy of proxies) proxy.cut('near')
  await until('she is back', () => ada.inspect().resumed === 1 && link.status === 'live')
  const sockets = (): number => fronts.reduce((sum, front) => sum + front.inspect().gateway.sockets.total, 0)
  for (const proxy of proxies) proxy.closeLate()
  await until('the stale socket has ended', () => sockets() === 1)
  link.send('write', 'still here')
  await until('it is written', () => link.state.lines.includes('still here'))
  assert.deepEqual(
    link.state.lines.filter((line) => /^(unlink|drop) /.test(line)),
    [],
  )
  const { sessions, dropped } = back.inspect()
  assert.deepEqual({ sessions, dropped }, { sessions: 1, dropped: 0 })
  assert.equal(ada.inspect().connects, 2)
})

test('colyseus#927: G3 L8 messages are dispatched after resume is done, on both sides, and in order', async (t) => {
  const { url, back } = await running(t)
  const proxy = await BadProxy.forUrl(t, url)
  const ada = client(t, proxy.url, 'ada')
  const link = await ada.link('journal/1')
  const told: string[] = []
  link.on('told', (text) => told.push(`${text} ${link.status}`))
  const lost = lostContact(ada)
  proxy.cut()
  await lost
  await until('the channel knows', () => back.channel('journal/1').state.lines.includes('drop ada'))
  link.send('write', 'a')
  link.send('write', 'b')
  await until('all is told', () => told.length === 2)
  assert.deepEqual(link.state.lines, ['link ada', 'drop ada', 'resume ada', 'a', 'b'])
  assert.deepEqual(told, ['a live', 'b live'])
})

test('socket.io#4880: G3 L6 recovery works again and again, also when the front has not noticed the break and finds the stale socket dead later', async (t) => {
  const { url, front, back } = await running(t)
  const proxy = await BadProxy.forUrl(t, url)
  const ada = client(t, proxy.url, 'ada')
  const link = await ada.link('journal/1')
  const id = ada.clientId
  const sent: string[] = []
  let resets = 0
  link.onReset(() => resets++)
  for (let round = 0; round < 6; round++) {
    proxy.cut('near')
    const text = `in round ${round}`
    link.send('write', text)
    sent.push(text)
    await until('it is written', () => link.status === 'live' && written(link.state.lines).length === sent.length)
    if (round % 2 === 0) proxy.closeLate()
    await until('she is live', () => link.status === 'live')
  }
  await until('all is written', () => written(link.state.lines).length === sent.length)
  assert.deepEqual(written(link.state.lines), sent)
  assert.equal(ada.clientId, id)
  assert.equal(resets, 0)
  assert.equal(back.inspect().sessions, 1)
  assert.equal(front.inspect().gateway.sessions, 1)
})

test('socket.io#5363: G3 L3 L8 what the client sends while contact is lost arrives, once and in order, and a request in flight is answered', async (t) => {
  const { url, back } = await running(t)
  const proxy = await BadProxy.forUrl(t, url)
  const ada = client(t, proxy.url, 'ada')
  const link = await ada.link('journal/1')
  let ponder = (): void => {}
  pondering.over = new Promise((resolve) => (ponder = resolve))
  const sent = Array.from({ length: 100 }, (_, i) => `${i}`)
  // The first half has arrived and waits, and nobody has heard of that when contact is lost: it is sent a second time.
  link.send('ponder', '0')
  for (const text of sent.slice(1, 50)) link.send('write', text)
  const inFlight = link.request('count', undefined)
  await until('the channel ponders', () => back.inspect().running > 0)
  proxy.cut()
  for (const text of sent.slice(50)) link.send('write', text)
  await until('she is back', () => ada.inspect().resumed === 1)
  ponder()
  assert.ok((await inFlight) > 50)
  await until('all is written', () => written(link.state.lines).length >= sent.length)
  assert.deepEqual(written(link.state.lines), sent)
})

test('socket.io#5413: H5 G3 a front restarts: all of its clients go on with their sessions, none asks the user database or for the state again', async (t) => {
  const stage = apart(t)
  const back = await stage.back()
  const first = await stage.front()
  const port = Number(new URL(first.url).port)
  const links = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const connection = client(t, first.url, `c${i}`)
      return { connection, link: await connection.link('journal/1') }
    }),
  )
  await until('all are seen by all', () => links.every(({ link }) => link.state.lines.length === 20))
  const ids = links.map(({ connection }) => connection.clientId)
  const keyframes = links.map(({ connection }) => connection.inspect().keyframes)
  const { count } = asked
  await first.close()
  for (const [i, { link }] of links.entries()) link.send('write', `from ${i}`)
  await stage.front('front-1', { port })
  await until('all is written', () => links.every(({ link }) => written(link.state.lines).length === 20))
  assert.equal(asked.count, count, 'nobody was authenticated again')
  assert.deepEqual(
    links.map(({ connection }) => connection.clientId),
    ids,
  )
  assert.deepEqual(
    links.map(({ connection }) => connection.inspect().keyframes),
    keyframes,
    'nobody got the state again',
  )
  assert.equal(back.inspect().sessions, 20)
})

test('socket.io-redis-streams-adapter#6: G5 a peer that has departed is waited for by nobody: a back answers and publishes without it', async (t) => {
  const stage = apart(t)
  const back = await stage.back()
  const departing = await stage.front('front-2')
  const lost = await client(t, departing.url, 'lost', { ...QUICK, closeMs: 1 }).link('journal/1')
  const front = await stage.front('front-1')
  const link = await client(t, front.url, 'ada').link('journal/1')
  await departing.close()
  await until('the back has let go of it', () => back.inspect().fronts.length === 1)
  assert.equal(lost.status, 'stalled')
  link.send('write', 'on')
  assert.ok((await link.request('count', undefined)) > 0)
  assert.ok(link.state.lines.includes('on'))
  assert.ok(link.state.lines.includes('drop lost'), 'who was carried by it is told of')
})

test('socket.io-redis-streams-adapter#27: H5 G8 a front goes down, and its clients recover their sessions at another one', async (t) => {
  const stage = apart(t)
  const back = await stage.back()
  const fronts = [await stage.front('front-1'), await stage.front('front-2')]
  const ada = client(
    t,
    fronts.map(({ url }) => url),
    'ada',
  )
  const link = await ada.link('journal/1')
  const id = ada.clientId
  const hers = fronts.find((front) => front.inspect().gateway.sessions === 1)
  link.send('write', 'before')
  await until('it is written', () => link.state.lines.includes('before'))
  await hers?.close()
  link.send('write', 'after')
  await until('both are written', () => written(link.state.lines).length === 2)
  assert.deepEqual(link.state.lines, ['link ada', 'before', 'drop ada', 'resume ada', 'after'])
  assert.equal(ada.clientId, id)
  assert.equal(back.inspect().sessions, 1)
})
