import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Subscriber } from '../../src/back/followers.js'
import { RoomQueue, type RoomWaiter } from '../../src/back/room-queue.js'
import { StateStream } from '../../src/back/state-stream.js'
import { HISTORY_LIMITS } from '../../src/history/history-limits.js'
import { defaultsOf } from '../../src/options/limit-table.js'
import { KEYFRAME, readKeyframe, readSharedBlock, readTurns } from '../../src/protocol/blocks.js'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { ManualClock } from '../support/manual-clock.js'
import { ORIGIN } from '../support/scripted-back.js'

interface Count {
  n: number
}

/** A front that applies what it is sent. */
class Follower {
  readonly mirror = new StateMirror<Count>()
  readonly frames: string[] = []
  version = -1
  frameBytesMax = 1_000_000
  room = 1_000_000
  readonly unsent: string[] = []
  readonly #queue = new RoomQueue<Follower>(this)

  whenRoom(waiter: RoomWaiter<Follower>): void {
    this.#queue.add(waiter)
  }

  /** Its link has so much room again. */
  drain(room: number): void {
    this.room = room
    this.#queue.serve()
  }

  unsendable(channelId: string, bytes: number): void {
    this.unsent.push(`${channelId} ${bytes}`)
  }

  send(frame: Uint8Array): void {
    this.room -= frame.length
    if (frame[0] === KEYFRAME) {
      const { version, bytes } = readKeyframe(frame)
      this.frames.push(`keyframe@${version}`)
      this.mirror.load(bytes)
      this.version = version
      return
    }
    const block = readSharedBlock(frame)
    assert.equal(block.previous, this.version, 'what comes follows')
    const turns = block.version - block.previous
    this.frames.push(`shared@${block.version}${turns > 1 ? ` (${turns} turns)` : ''}`)
    for (const { patch } of readTurns(block)) if (patch !== null) this.mirror.patch(patch)
    this.version = block.version
  }
}

function setUp() {
  const clock = new ManualClock()
  const counts = { turns: 0, patches: 0, keyframes: 0 }
  const host = { clock, counts, historyLimits: defaultsOf(HISTORY_LIMITS), rewindMsMax: null }
  const stream = new StateStream(
    'room/1',
    { origin: ORIGIN, epoch: ORIGIN.epoch, version: 0, turns: [], imageAgeMs: null },
    new StateEncoder<object>({ n: 0 }),
    host,
  )
  const turn = (): void => {
    ;(stream.state as Count).n++
    stream.publish(stream.encode(true), [])
  }
  return { stream, turn, counts }
}

test('G4 what is encoded and not released is shown to nobody: late fronts get what is released', () => {
  const { stream, turn } = setUp()
  const early = new Follower()
  stream.subscribe(early, null)
  turn()
  turn()
  turn()
  assert.deepEqual([stream.version, stream.released], [3, 0])
  const late = new Follower()
  stream.subscribe(late, null)
  assert.deepEqual([early.frames, late.frames], [['keyframe@0'], ['keyframe@0']])
  stream.release(2)
  assert.deepEqual(late.frames, ['keyframe@0', 'shared@1', 'shared@2'])
  assert.equal(late.mirror.state.n, 2)
  stream.release(3)
  assert.deepEqual([early.mirror.state.n, late.mirror.state.n], [3, 3])
})

test('G4 a front that needs a keyframe while turns wait gets one with the next of them, or once all are released', () => {
  const { stream, turn } = setUp()
  turn()
  const waits = new Follower()
  stream.subscribe(waits, null)
  assert.deepEqual(waits.frames, [], 'the encoder is ahead of what may be shown')
  turn()
  turn()
  stream.release(1)
  assert.deepEqual(waits.frames, [])
  stream.release(3)
  assert.deepEqual(waits.frames, ['keyframe@2', 'shared@3'])
  assert.equal(waits.mirror.state.n, 3)
  const other = setUp()
  other.turn()
  const last = new Follower()
  other.stream.subscribe(last, null)
  other.stream.release(1)
  assert.deepEqual([last.frames, last.mirror.state.n], [['keyframe@1'], 1])
})

test('V3 a front that leaves while it waits is sent nothing', () => {
  const { stream, turn } = setUp()
  turn()
  const gone = new Follower()
  stream.subscribe(gone, null)
  stream.unsubscribe(gone)
  turn()
  stream.release(2)
  assert.deepEqual(gone.frames, [])
  assert.equal(stream.subscribers, 0)
})

test('G6 a front whose link is busy is held back, and gets what it missed in one piece; others are sent each turn', () => {
  const { stream, turn } = setUp()
  const busy = new Follower()
  const quick = new Follower()
  stream.subscribe(busy, null)
  stream.subscribe(quick, null)
  busy.room = 0
  for (let version = 1; version <= 3; version++) {
    turn()
    stream.release(version)
  }
  assert.deepEqual([busy.frames, quick.frames.length], [['keyframe@0'], 4])
  busy.drain(1_000)
  assert.deepEqual(busy.frames, ['keyframe@0', 'shared@3 (3 turns)'])
  turn()
  stream.release(4)
  assert.deepEqual([busy.frames.at(-1), busy.mirror.state.n], ['shared@4', 4])
})

test('G6 channels that share a busy link are caught up in turns, one piece each', () => {
  const streams = [setUp(), setUp(), setUp()]
  const front = new Follower()
  const served: number[] = []
  front.room = 0
  for (const [i, { stream }] of streams.entries()) {
    const send = (): void => {
      front.room = 0
      served.push(i)
    }
    const view: Subscriber = {
      frameBytesMax: front.frameBytesMax,
      get room() {
        return front.room
      },
      send,
      unsendable: () => undefined,
      whenRoom: (waiter) => front.whenRoom({ proceed: () => waiter.proceed(view) }),
    }
    stream.subscribe(view, null)
    stream.renew(view, 0)
  }
  for (let i = 0; i < 6; i++) front.drain(1)
  assert.deepEqual(served.toSorted(), [0, 1, 2])
  assert.equal(served.length, 3, 'a keyframe that was asked for twice is sent once')
})

test('G6 a state that a front cannot take is refused at once, with its size', () => {
  const { stream } = setUp()
  const small = new Follower()
  small.frameBytesMax = 10
  stream.subscribe(small, null)
  assert.equal(stream.subscribers, 0)
  assert.match(small.unsent.join(), /^room\/1 \d+$/)
  assert.deepEqual(small.frames, [])
})

test('G6 a patch that a front cannot take is replaced by a keyframe', () => {
  const { stream } = setUp()
  const front = new Follower()
  stream.subscribe(front, null)
  front.frameBytesMax = 100
  ;(stream.state as Count & { text?: string }).text = 'x'.repeat(200)
  stream.publish(stream.encode(true), [])
  delete (stream.state as Count & { text?: string }).text
  stream.publish(stream.encode(true), [])
  stream.release(2)
  assert.deepEqual(front.frames, ['keyframe@0', 'keyframe@2'])
})
