/** What a bare WebSocket client gets of a channel's turns: the messages as they come, and the frames in each. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { defineApp, defineChannel, startApp, startBack, startFront, staticCluster, unchecked } from '../../src/index.js'
import { readTurns } from '../../src/protocol/blocks.js'
import { decodeFrontFrame, type FrontFrame } from '../../src/protocol/client-frames.js'
import { packFrames, unpackFrames } from '../../src/protocol/pack-frames.js'
import { ENTRY } from '../../src/protocol/frame-types.js'
import { makeNamed, readItems } from '../../src/protocol/link-frames.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { silentLog } from '../../src/runtime/silent-log.js'
import { encodeValue } from '../../src/value/encode-value.js'
import { cleanUp } from '../support/clean-up.js'
import { gatewayStage } from '../support/gateway-stage.js'
import { KEY } from '../support/front-stage.js'
import { RawClient } from '../support/raw-client.js'
import { privately, shared, keyframe, linked } from '../support/scripted-back.js'

const runtime = nodeRuntime({ log: silentLog })

const arena = defineChannel({
  state: () => ({ turns: 0, moves: 0 }),
  messages: { move: unchecked<number>() },
  events: { moved: unchecked<number>() },
  tickMs: 50,
}).implement({
  onTick: (ctx) => void ctx.state.turns++,
  onMessage: {
    move(ctx, client, by) {
      ctx.state.moves += by
      client.send('moved', by)
    },
  },
})
const app = defineApp({ channels: { arena } })

const move = (clientSeq: number) =>
  ({
    type: 'entry',
    link: 1,
    entry: { clientSeq, kind: ENTRY.message, context: null, body: makeNamed('move', encodeValue(1)) },
  }) as const

const framesOf = (message: Uint8Array): FrontFrame[] =>
  [...unpackFrames(message, message.length)].map((frame) => decodeFrontFrame(frame))

/** A client that says a move with every second turn, ten a second, until so many are acknowledged. */
async function play(t: TestContext, url: string, moves: number): Promise<readonly FrontFrame[][]> {
  const client = new RawClient(url)
  cleanUp(t, () => client.leave())
  await client.welcome()
  client.link(1, 'arena')
  let said = 0
  let acknowledged = 0
  for (let turns = 1; acknowledged < moves; turns++) {
    await client.next('shared', turns)
    if (turns % 2 === 0 && said < moves) client.say(move(++said))
    const last = client.all('private').at(-1)
    if (last !== undefined) acknowledged = readItems(last.items).acknowledged
  }
  return client.messages.map(framesOf)
}

/** Of each version there are frames in one message only, and what is private of a turn comes with its shared block. */
function assertOneMessageATurn(messages: readonly FrontFrame[][], moves: number): void {
  const messageOf = new Map<number, number>()
  let together = 0
  for (const [i, frames] of messages.entries()) {
    const versions = new Set<number>()
    for (const frame of frames) {
      if (frame.type === 'shared') versions.add(frame.block.version)
      else if (frame.type === 'private') versions.add(frame.version)
    }
    for (const version of versions) {
      assert.equal(messageOf.get(version), undefined, `version ${version} comes in two messages`)
      messageOf.set(version, i)
    }
    const types = frames.map(({ type }) => type)
    if (types.includes('private') && types.at(-1) === 'shared') together++
  }
  assert.ok(together > 0 && together <= moves, `${together} messages have both`)
}

test('S7 V7 in one process a client that says ten messages a second gets at most one message a turn', async (t) => {
  const server = await startApp(app, { port: 0, runtime })
  cleanUp(t, () => server.close())
  assertOneMessageATurn(await play(t, server.url, 6), 6)
})

test('S7 V7 over a socket between back and front a client gets at most one message a turn', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'turns-'))
  cleanUp(t, () => rmSync(folder, { recursive: true }))
  const backs = [{ id: 'back-1', address: `unix:${join(folder, 'back')}`, channels: ['arena'] }]
  const cluster = staticCluster({ backs, key: KEY })
  const back = await startBack(app, { id: 'back-1', cluster, runtime })
  cleanUp(t, () => back.close())
  const front = await startFront(app, { id: 'front-1', cluster, runtime, port: 0 })
  cleanUp(t, () => front.close())
  await front.master.connect()
  assertOneMessageATurn(await play(t, front.url, 6), 6)
})

/** A client of a scripted back that takes frames of so many bytes, linked to room/1 at version 0. */
async function linkedClient(t: TestContext, frameBytesMax: number) {
  const { client, back, heard } = await gatewayStage(t, { limits: { congestedBytes: 1 << 23 } })
  const one = client()
  await one.welcome({ frameBytesMax })
  one.link(1)
  await heard('masterLink')
  const { ref } = back.last('masterLink')
  back.say(keyframe(0, 'the state'), linked(ref, 0))
  await one.next('keyframe')
  return { one, back, ref, before: one.messages.length }
}

test('S7 frames of one macrotask are one message in the order in which they were said, whatever their sizes', async (t) => {
  const { one, back, ref, before } = await linkedClient(t, 1 << 26)
  const sizes = [1, 60, 130, 5_000, 3, 70_000, 20_000, 10]
  back.say(
    ...sizes.flatMap((size, i) => [
      privately(ref, i + 1, [{ serverSeq: i + 1, kind: 3, after: 0, body: new Uint8Array(size).fill(i) }]),
      shared(i + 1, String(i).repeat(size)),
    ]),
  )
  await one.next('shared', sizes.length)
  assert.equal(one.messages.length, before + 1)
  const frames = framesOf(one.messages[before] as Buffer)
  assert.deepEqual(
    frames.map(({ type }) => type),
    sizes.flatMap(() => ['private', 'shared']),
  )
  for (const [i, size] of sizes.entries()) {
    const [said, block] = frames.slice(i * 2)
    assert.ok(said?.type === 'private' && block?.type === 'shared')
    assert.deepEqual([...(readItems(said.items).items[0]?.body ?? [])], Array<number>(size).fill(i))
    assert.equal(block.block.version, i + 1)
    assert.equal(readTurns(block.block)[0]?.patch?.length, size)
  }
})

test('S7 G6 a message of several frames has at most 256 KiB, and no more than the frameBytesMax of the client', async (t) => {
  for (const frameBytesMax of [1 << 26, 100_000]) {
    const { one, back, before } = await linkedClient(t, frameBytesMax)
    const bytesMax = Math.min(frameBytesMax, 256 * 1024)
    const sizes = [80_000, 90_000, 90_000, 20, 80_000, 99_000, 200, 30_000]
    back.say(...sizes.map((size, i) => shared(i + 1, 'x'.repeat(size))))
    await one.next('shared', sizes.length)
    const messages = one.messages.slice(before)
    for (const message of messages) assert.ok(message.length <= bytesMax, `${message.length} of ${bytesMax}`)
    // None that would have had room in the message before.
    for (const [i, message] of messages.entries()) {
      const [first] = unpackFrames(message, message.length)
      const previous = messages[i - 1]
      if (previous === undefined || first === undefined) continue
      assert.ok(
        previous.length + packFrames([first]).length > bytesMax,
        `message ${i} could have come with the one before`,
      )
    }
  }
})

test('S7 G5 what was said before a socket closes goes out before the close', async (t) => {
  const { one, back, ref } = await linkedClient(t, 1 << 26)
  const { sessionId } = one.all('welcome')[0] ?? { sessionId: '' }
  back.say(privately(ref, 1, []), shared(1, 'last'), { type: 'kick', sessionId, message: 'enough' })
  assert.equal((await one.closed).text, 'enough')
  assert.deepEqual(
    one.heard.slice(-2).map(({ type }) => type),
    ['private', 'shared'],
  )
})
