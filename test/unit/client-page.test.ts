/** What a client does as its page is hidden, left, kept and found again. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HandFront } from '../support/hand-front.js'

test('H7 a page that is hidden says so, also on a new socket, and asks for an answer when it is visible again', async () => {
  const front = new HandFront()
  const socket = await front.welcome()
  front.isHidden = true
  front.page?.('visibility')
  await front.settle()
  assert.deepEqual(
    socket.all('hidden').map(({ hidden }) => hidden),
    [true],
  )
  const next = await front.breakOff()
  assert.deepEqual(
    next.all('hidden').map(({ hidden }) => hidden),
    [true],
  )
  const pings = next.all('ping').length
  front.isHidden = false
  front.page?.('visibility')
  await front.settle()
  assert.equal(next.all('hidden').at(-1)?.hidden, false)
  assert.equal(next.all('ping').length, pings + 1)
})

test('L11 a page that is left for good says goodbye behind all that was sent', async () => {
  const { front, link, connection } = await HandFront.linked()
  link.send('say', 'last')
  front.page?.('left')
  assert.deepEqual(
    front.socket.messages.at(-1)?.map(({ type }) => type),
    ['entry', 'bye'],
  )
  assert.equal(connection.status, 'closed')
  assert.equal(link.status, 'closed')
  assert.equal(front.page, null)
})

test('H8 a page that is kept reports a drop, and goes on with its session as it returns', async () => {
  const { front, link, connection } = await HandFront.linked({ backoffMsMin: 100_000, backoffMsMax: 100_000 })
  front.page?.('kept')
  front.channel.lose()
  const { socket } = front
  assert.equal(socket.heard.at(-1)?.type, 'away')
  assert.equal(socket.closedWith, 1000)
  assert.equal(connection.status, 'reconnecting')
  assert.equal(link.status, 'stalled')
  front.page?.('returned')
  const next = await front.welcome()
  assert.notEqual(next, socket)
  assert.equal(next.all('hello')[0]?.resume, 'secret')
  await front.turn()
  assert.equal(link.status, 'live')
})
