/** How soon a client notices that its front does not answer, and what its links show meanwhile. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closeCodeOf } from '../../src/protocol/reasons.js'
import { HandFront } from '../support/hand-front.js'

async function linked() {
  const all = await HandFront.linked()
  const told: string[] = []
  all.connection.onStatus((status, reason) => told.push(`${status} ${String(reason)}`))
  all.link.onStatus((status, reason) => told.push(`link ${status} ${String(reason)}`))
  // What came with the link has been followed by a question.
  await all.front.settle(5_000)
  return { ...all, told }
}

test('G5 an idle client asks once a heartbeat, and is stalled and then lost without an answer', async () => {
  const { front, told } = await linked()
  const { socket } = front
  const pings = socket.all('ping').length
  await front.settle(30_000)
  assert.equal(socket.all('ping').length, pings + 3)
  assert.deepEqual(told, [])
  socket.answersPings = false
  while (socket.all('ping').length === pings + 3) await front.settle(100)
  assert.deepEqual(told, [])
  await front.settle(1_500)
  assert.deepEqual(told, ['link stalled heartbeat-lost'])
  await front.settle(2_500)
  assert.deepEqual(told, ['link stalled heartbeat-lost', 'reconnecting heartbeat-lost'])
  assert.equal(socket.closedWith, closeCodeOf('heartbeat-lost'))
})

test('G5 where there was traffic a front that stands still is noticed within seconds', async () => {
  const { front, told } = await linked()
  front.socket.answersPings = false
  await front.turn({ text: 'two' })
  await front.settle(1_499)
  assert.deepEqual(told, [])
  await front.settle(1_501)
  assert.deepEqual(told, ['link stalled heartbeat-lost'])
  await front.settle(2_500)
  assert.deepEqual(told, ['link stalled heartbeat-lost', 'reconnecting heartbeat-lost'])
})

test('G5 what is sent and not answered is traffic as well, and is asked for once', async () => {
  const { front, link, told } = await linked()
  const pings = front.socket.all('ping').length
  link.send('say', 'x')
  await front.settle(4_000)
  assert.equal(front.socket.all('ping').length, pings + 1)
  assert.deepEqual(told, [])
})

test('G5 an answer that is late makes links live again, on the same socket', async () => {
  const { front, link, told } = await linked()
  front.socket.answersPings = false
  await front.turn({ text: 'two' })
  await front.settle(3_500)
  assert.equal(link.status, 'stalled')
  front.socket.say({ type: 'pong', sent: 0, now: 0 })
  assert.equal(link.status, 'live')
  await front.settle(5_000)
  assert.deepEqual(told, ['link stalled heartbeat-lost', 'link live null'])
  assert.equal(front.sockets.length, 1)
})

test('G5 a link that the front stalled stays so when an answer comes late', async () => {
  const { front, link } = await linked()
  front.socket.say({ type: 'status', link: 1, stalled: true, reason: 'unreachable' })
  front.socket.answersPings = false
  await front.settle(3_500)
  front.socket.say({ type: 'pong', sent: 0, now: 0 })
  assert.equal(link.status, 'stalled')
})

test('G5 a page that was frozen gives the front its time to answer', async () => {
  const { front, told, connection } = await linked()
  front.socket.answersPings = false
  front.clock.stall(60_000)
  await front.settle(3_900)
  assert.equal(connection.status, 'connected')
  front.socket.answersPings = true
  front.socket.say({ type: 'pong', sent: 0, now: 0 })
  await front.settle(10_000)
  assert.equal(connection.status, 'connected')
  assert.deepEqual(told, ['link stalled heartbeat-lost', 'link live null'])
})

test('G5 traffic costs no more than a question behind each burst', async () => {
  const { front } = await linked()
  const pings = front.socket.all('ping').length
  for (let i = 0; i < 50; i++) {
    await front.turn({ text: `t${i}` })
    await front.settle(100)
  }
  assert.equal(front.socket.all('ping').length - pings, 0)
  await front.settle(2_000)
  assert.equal(front.socket.all('ping').length - pings, 1)
})
