/** What a client waits for has an end, and what it sends in order is paced rather than refused. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HandFront } from '../support/hand-front.js'

test('G5 unlink ends here within ten seconds where no server answers', async () => {
  const { front, link, connection } = await HandFront.linked()
  front.channel.lose()
  front.socket.drop()
  const asking = assert.rejects(link.request('ask', 'x', { timeoutMs: 60_000 }), { code: 'unlinked' })
  const unlinking = link.unlink()
  assert.equal(link.status, 'closed', 'it takes nothing more')
  await front.settle(9_999)
  let isOver = false
  void unlinking.then(() => (isOver = true))
  await front.settle()
  assert.equal(isOver, false)
  await front.settle(1)
  await unlinking
  await asking
  assert.equal(connection.inspect().links, 0)
  assert.equal(connection.linked('arena/1'), null)
})

test('G5 an unlink that is given up while the link is made anew tells the channel nevertheless', async () => {
  const { front, link } = await HandFront.linked()
  front.channel.lose()
  front.socket.drop()
  const unlinking = link.unlink()
  await front.settle(9_000)
  const socket = await front.welcome()
  assert.equal(socket.all('entry').length, 0, 'LINK has no answer')
  await front.settle(1_000)
  await unlinking
  await front.settle()
  assert.equal(socket.all('entry').length, 1)
})

test('L11 a connection that closes is closed, and its links, as soon as it was asked to', async () => {
  const { front, link, connection } = await HandFront.linked()
  const closing = connection.close()
  assert.equal(connection.status, 'closed')
  assert.equal(link.status, 'closed')
  await front.settle(5_000)
  await closing
  assert.equal(front.clock.pending, 0, 'no timer is left')
})

test('G5 what was kept while there was no front follows at the pace that the front takes', async () => {
  const front = new HandFront('ws://front', { retainedEntriesMax: 10_000 })
  const rates = { messagesPerSecond: 100, messagesBurst: 200, frameBytesMax: 1_000_000 }
  await front.welcome(rates)
  const linking = front.connection.link('arena/1')
  await front.turn()
  const link = await linking
  front.channel.lose()
  front.socket.drop()
  for (let i = 0; i < 1_000; i++) link.send('say', i)
  await front.settle(10_000)
  const socket = await front.welcome(rates)
  await front.turn()
  const first = socket.all('entry').length
  assert.ok(first > 100 && first <= 200, `${first} at once`)
  // What is sent now waits behind what was sent before.
  link.send('say', 1_000)
  let sent = first
  for (let s = 0; s < 12 && sent < 1_001; s++) {
    await front.settle(1_000)
    const now = socket.all('entry').length
    assert.ok(now - sent <= 100, `${now - sent} in a second`)
    sent = now
    await front.turn()
  }
  assert.equal(sent, 1_001)
  assert.deepEqual(
    socket.all('entry').map(({ entry }) => entry.clientSeq),
    Array.from({ length: 1_001 }, (_, i) => i + 1),
  )
})
