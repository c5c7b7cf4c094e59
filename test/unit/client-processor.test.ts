import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ENTRY } from '../../src/protocol/frame-types.js'
import { type Entry, makeFailure, makeItems, readNamed } from '../../src/protocol/link-frames.js'
import { makeKeyframe } from '../../src/protocol/blocks.js'
import { StateEncoder } from '../../src/state/index.js'
import { decodeValue } from '../../src/value/decode-value.js'
import type { Connection } from '../../src/client/index.js'
import { HandFront } from '../support/hand-front.js'

const KINDS: readonly string[] = Object.entries(ENTRY).reduce<string[]>((kinds, [name, kind]) => {
  kinds[kind] = name
  return kinds
}, [])

/** Several channels that accept all links and process what they are told to. */
class Channels {
  readonly front = new HandFront()
  /** What was sent: `channel kind payload`. */
  readonly heard: string[] = []
  /** Channels that accept links only when their answers are called for. */
  readonly slow = new Set<string>()
  readonly late: (() => void)[] = []
  readonly #last = new Map<number, Entry>()
  readonly #ids = new Map<number, string>()

  static async make(): Promise<Channels> {
    const channels = new Channels()
    await channels.front.welcome()
    channels.front.socket.onHeard = (frame) => {
      if (frame.type === 'link') channels.#accept(frame.link, frame.request.channelId, frame.request.processor)
      if (frame.type === 'entry') {
        const { link, entry } = frame
        channels.#last.set(link, entry)
        const named = entry.kind === ENTRY.message ? ` ${String(decodeValue(readNamed(entry.body).payload))}` : ''
        channels.heard.push(`${channels.#ids.get(link)} ${KINDS[entry.kind]}${named}`)
      }
    }
    return channels
  }

  get connection(): Connection {
    return this.front.connection
  }

  async link(id: string, processor = false) {
    const linking = this.connection.link(id, { processor })
    await this.front.settle()
    return linking
  }

  /** All that was sent has its outcome. */
  async process(): Promise<void> {
    await this.front.settle()
    for (const [link, { clientSeq }] of this.#last) {
      this.front.socket.say({ type: 'private', link, epoch: 1, version: 1, items: makeItems(clientSeq, []) })
    }
    await this.front.settle()
  }

  /** The last entry of a channel is refused. */
  async refuse(id: string): Promise<void> {
    await this.front.settle()
    for (const [link, { clientSeq }] of this.#last) {
      if (this.#ids.get(link) !== id) continue
      const body = makeFailure({ clientSeq, reason: 'rate-limited', message: 'too fast', details: new Uint8Array(0) })
      const items = makeItems(clientSeq, [{ serverSeq: 1, kind: 2, after: 0, body }])
      this.front.socket.say({ type: 'private', link, epoch: 1, version: 1, items })
    }
    await this.front.settle()
  }

  close(id: string): void {
    for (const [link, other] of this.#ids) {
      if (other !== id) continue
      this.front.socket.say({
        type: 'detached',
        link,
        reason: 'channel-closed',
        relink: false,
        message: '',
        details: null,
      })
    }
  }

  #accept(link: number, channelId: string, processor: boolean): void {
    this.#ids.set(link, channelId)
    this.heard.push(`${channelId} link${processor ? ' processor' : ''}`)
    const origin = { epoch: 1, nonce: '0'.repeat(16) }
    const linked = {
      origin,
      epoch: 1,
      version: 1,
      serial: link,
      processed: 0,
      eventsVersion: 2,
      eventsAfter: 0,
      view: 0,
      processor,
      wantsShown: false,
      imageAgeMs: null,
      reply: null,
    }
    const bytes = new StateEncoder({}).keyframe()
    const keyframe = makeKeyframe({ channelId, view: 0, epoch: 1, origin, version: 1, bytes })
    const answer = (): void => this.front.socket.say({ type: 'linked', link, linked }, { type: 'keyframe', keyframe })
    if (this.slow.has(channelId)) this.late.push(answer)
    else queueMicrotask(answer)
  }
}

test('L12 a link with processor: true is the processor when it resolves', async () => {
  const channels = await Channels.make()
  const { connection } = channels
  assert.throws(() => connection.send('step', 0), { code: 'no-processor' })
  const link = await channels.link('a', true)
  assert.equal(connection.processor, link)
  connection.send('step', 1)
  await channels.front.settle()
  assert.deepEqual(channels.heard, ['a link processor', 'a message 1'])
})

test('L12 moving the processor: release, then take; what is sent meanwhile waits, and follows in order', async () => {
  const channels = await Channels.make()
  const { connection } = channels
  const a = await channels.link('a', true)
  const b = await channels.link('b')
  const told: string[] = []
  connection.onProcessor((link, reason) => told.push(`${String(link?.id)} ${String(reason)}`))
  connection.send('step', 1)
  const moving = connection.setProcessor(b)
  connection.send('step', 2)
  await channels.front.settle()
  channels.heard.splice(0, 2)
  assert.deepEqual(channels.heard, ['a message 1', 'a release'])
  assert.equal(connection.processor, a)
  await channels.process()
  connection.send('step', 3)
  assert.deepEqual(channels.heard.slice(2), ['b take'])
  await channels.process()
  await moving
  assert.equal(connection.processor, b)
  connection.send('step', 4)
  await channels.front.settle()
  assert.deepEqual(channels.heard.slice(3), ['b message 2', 'b message 3', 'b message 4'])
  assert.deepEqual(told, ['b null'])
  const leaving = connection.setProcessor(null)
  assert.throws(() => connection.send('step', 5), { code: 'no-processor' })
  await channels.process()
  await leaving
  assert.equal(connection.processor, null)
})

test('L12 moves follow each other, and each message goes to the processor that was chosen before it was sent', async () => {
  const channels = await Channels.make()
  const { connection } = channels
  const [a, b] = [await channels.link('a'), await channels.link('b')]
  channels.heard.length = 0
  const moves = [connection.setProcessor(a)]
  connection.send('step', 1)
  moves.push(connection.setProcessor(b))
  connection.send('step', 2)
  moves.push(connection.setProcessor(a))
  connection.send('step', 3)
  for (let i = 0; i < 6; i++) await channels.process()
  await Promise.all(moves)
  assert.deepEqual(channels.heard, [
    'a take',
    'a message 1',
    'a release',
    'b take',
    'b message 2',
    'b release',
    'a take',
    'a message 3',
  ])
  assert.equal(connection.processor, a)
})

test('L12 a second link with processor: true takes over as soon as it is live', async () => {
  const channels = await Channels.make()
  const { connection } = channels
  await channels.link('a', true)
  const b = await channels.link('b', true)
  connection.send('step', 1)
  for (let i = 0; i < 3; i++) await channels.process()
  assert.deepEqual(channels.heard, ['a link processor', 'b link', 'a release', 'b take', 'b message 1'])
  assert.equal(connection.processor, b)
})

test('L12 a link with processor: true that takes long releases the processor that was chosen meanwhile', async () => {
  const channels = await Channels.make()
  const { connection } = channels
  channels.slow.add('a')
  const linking = connection.link('a', { processor: true })
  const b = await channels.link('b')
  const moving = connection.setProcessor(b)
  await channels.process()
  await moving
  connection.send('step', 1)
  for (const answer of channels.late) answer()
  await channels.front.settle()
  await linking
  connection.send('step', 2)
  await channels.front.settle()
  assert.deepEqual(channels.heard, ['a link processor', 'b link', 'b take', 'b message 1', 'b release'])
  await channels.process()
  await channels.process()
  assert.deepEqual(channels.heard.slice(5), ['a take', 'a message 2'])
  assert.equal(connection.processor?.id, 'a')
})

test('L12 G5 a refused take rejects, and what waited for it is reported', async () => {
  const channels = await Channels.make()
  const { connection, front } = channels
  const a = await channels.link('a')
  const moving = assert.rejects(connection.setProcessor(a), { code: 'rate-limited' })
  connection.send('step', 1)
  connection.send('step', 2)
  await channels.refuse('a')
  await moving
  assert.equal(connection.processor, null)
  assert.throws(() => connection.send('step', 3), { code: 'no-processor' })
  assert.deepEqual(
    front.logged.map(({ event, fields }) => [event, fields['count']]),
    [['message.dropped', 2]],
  )
  assert.equal(connection.inspect().processorWaiting, 0)
})

test('L12 a refused release leaves the processor where it was, and what waited goes there', async () => {
  const channels = await Channels.make()
  const { connection } = channels
  const a = await channels.link('a', true)
  const b = await channels.link('b')
  const moving = assert.rejects(connection.setProcessor(b), { code: 'rate-limited' })
  await channels.refuse('a')
  await moving
  assert.equal(connection.processor, a)
  connection.send('step', 1)
  await channels.front.settle()
  assert.equal(channels.heard.at(-1), 'a message 1')
})

test('L12 G5 a processor that closes is none any more, with its reason', async () => {
  const channels = await Channels.make()
  const { connection } = channels
  await channels.link('a', true)
  const told: string[] = []
  connection.onProcessor((link, reason) => told.push(`${String(link?.id ?? null)} ${String(reason)}`))
  channels.close('a')
  assert.deepEqual(told, ['null channel-closed'])
  assert.equal(connection.processor, null)
  assert.throws(() => connection.send('step', 1), { code: 'no-processor' })
})

test('L12 a processor that closes while it moves has nothing to release', async () => {
  const channels = await Channels.make()
  const { connection } = channels
  await channels.link('a', true)
  const b = await channels.link('b')
  const moving = connection.setProcessor(b)
  connection.send('step', 1)
  await channels.front.settle()
  channels.close('a')
  for (let i = 0; i < 3; i++) await channels.process()
  await moving
  assert.equal(connection.processor, b)
  assert.equal(channels.heard.at(-1), 'b message 1')
})

test('L12 G6 what waits for the processor is bounded', async () => {
  const front = new HandFront('ws://front', { retainedEntriesMax: 3 })
  await front.welcome()
  const linking = front.connection.link('arena/1')
  await front.turn()
  const link = await linking
  const moving = front.connection.setProcessor(link)
  for (let i = 0; i < 3; i++) front.connection.send('step', i)
  assert.throws(() => front.connection.send('step', 3), { code: 'buffer-full', message: /3 messages .* at most 3/ })
  for (let i = 0; i < 3; i++) await front.turn()
  await moving
  assert.deepEqual(
    front.channel.processed.filter(({ kind }) => kind === ENTRY.message).map(({ payload }) => payload),
    [0, 1, 2],
  )
})

test('L12 G5 a move that is not done in time says so, and goes on', async () => {
  const channels = await Channels.make()
  const { connection, front } = channels
  const a = await channels.link('a')
  const moving = assert.rejects(connection.setProcessor(a), { code: 'timeout', message: /did not move to 'a'/ })
  connection.send('step', 1)
  for (let i = 0; i < 10; i++) {
    await front.settle(1000)
    front.socket.say({ type: 'pong', sent: 0, now: 0 })
  }
  await front.settle(10)
  await moving
  await channels.process()
  assert.equal(connection.processor, a)
  assert.equal(channels.heard.at(-1), 'a message 1')
})

test('L12 a link that is to be the processor is it when it is live, not before', async () => {
  const front = new HandFront()
  await front.welcome()
  const told: string[] = []
  front.connection.onProcessor((link) => told.push(String(link?.id)))
  const linking = front.connection.link('arena/1', { processor: true })
  await front.settle()
  front.channel.turn()
  const [linked, ...rest] = front.channel.said.splice(0)
  assert.equal(linked?.type, 'linked')
  front.socket.say(linked)
  assert.equal(front.connection.processor, null)
  front.socket.say(...rest)
  assert.equal(front.connection.processor, await linking)
  assert.deepEqual(told, ['arena/1'])
})
