/** Timers, memory, chance, clock and local of a channel that lives in memory, and in its image. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Opening } from '../../src/back/pending-opening.js'
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel, type ChannelDefinition } from '../../src/channel/define-channel.js'
import type { ChannelContext } from '../../src/channel/context.js'
import type { ChannelTypes } from '../../src/channel/channel-types.js'
import { unchecked } from '../../src/channel/schema.js'
import { BackStage } from '../support/back-stage.js'
import { z } from 'zod'

const ROOM = 'room/1'
const START = 1_700_000_000_000

interface Setting {
  readonly idleMs?: number
  readonly timersMax?: number
  readonly tickMs?: number
}

/** A channel whose timers write down when they go off. `open` is what its `onOpen` does. */
function makeRoom({ idleMs, timersMax, tickMs = 10 }: Setting = {}) {
  return defineChannel({
    state: () => ({ at: [] as [name: string, payload: string, ms: number][] }),
    memory: () => ({ hidden: new Map<string, number>() }),
    local: unchecked<{ world: object }>(),
    timers: { hammer: z.object({ lot: z.string() }), pulse: unchecked<string>(), fail: unchecked<void>() },
    tickMs,
    ...(idleMs === undefined ? {} : { idleMs }),
    ...(timersMax === undefined ? {} : { timersMax }),
  })
}
type Room = ReturnType<typeof makeRoom> extends ChannelDefinition<infer T extends ChannelTypes> ? T : never
type RoomContext = ChannelContext<Room>

interface Handlers {
  open?(ctx: RoomContext): unknown
  restore?(ctx: RoomContext, image: Uint8Array | null): unknown
  image?(ctx: RoomContext): Uint8Array
  pulse?(ctx: RoomContext, payload: string): unknown
}

function stageOf({ open, restore, image, pulse }: Handlers, setting: Setting = {}, opening?: Opening) {
  const room = makeRoom(setting).implement({
    onOpen: (ctx) => open?.(ctx),
    onRestore: (ctx, restored) => restore?.(ctx, restored.image),
    ...(image ? { onImage: (ctx: RoomContext) => image(ctx) } : {}),
    onTimer: {
      hammer: (ctx, { lot }) => ctx.state.at.push(['hammer', lot, ctx.now - START]),
      pulse(ctx, text) {
        ctx.state.at.push(['pulse', text, ctx.now - START])
        return pulse?.(ctx, text)
      },
      fail(ctx) {
        ctx.state.at.push(['fail', '', ctx.now - START])
        throw new Error('as the test wants it')
      },
    },
  })
  const app = defineApp({ channels: { 'room/:id': room } })
  const stage = new BackStage(app, { patterns: ['room/*'], ...(opening ? { open: () => opening } : {}) })
  const channel = stage.channels.channelFor(ROOM, 0)
  const at = (): unknown => (channel.state as { at: unknown }).at
  return { stage, channel, at, clock: stage.clock }
}

test('a timer goes off without a link, once, in the order of their times; cancelled ones do not', async () => {
  const { clock, at, channel } = stageOf({
    open(ctx) {
      ctx.after(300, 'hammer', { lot: 'c' })
      ctx.after(100, 'hammer', { lot: 'a' })
      ctx.after(100, 'hammer', { lot: 'b' })
      const id = ctx.after(50, 'pulse', 'never')
      assert.deepEqual(ctx.timers[0], { id, name: 'pulse', payload: 'never', dueMs: ctx.now + 50, everyMs: null })
      assert.equal(ctx.cancelTimer(id), true)
      assert.equal(ctx.cancelTimer(id), false)
    },
  })
  await clock.run(99)
  assert.deepEqual(at(), [])
  await clock.run(1_000)
  assert.deepEqual(at(), [
    ['hammer', 'a', 100],
    ['hammer', 'b', 100],
    ['hammer', 'c', 300],
  ])
  assert.deepEqual(channel.context.timers, [])
  await clock.run(600_000)
  assert.equal(clock.pending, 0, 'nothing is left that wakes it')
})

test('a repeating timer goes off once for all the periods that it missed, keeps its rhythm, and ends where its handler cancels it', async () => {
  let times = 0
  const { clock, at } = stageOf({
    open: (ctx) => void ctx.every(100, 'pulse', 'p'),
    pulse(ctx) {
      if (++times === 4) assert.equal(ctx.cancelTimer(ctx.timers[0]?.id ?? 1), true)
    },
  })
  await clock.run(200)
  clock.stall(750)
  await clock.run(1_000)
  assert.deepEqual(at(), [
    ['pulse', 'p', 100],
    ['pulse', 'p', 200],
    ['pulse', 'p', 950],
    ['pulse', 'p', 1_000],
  ])
})

test('a repeating timer does not go off again while its handler runs', async () => {
  const gate: (() => void)[] = []
  const { clock, at } = stageOf({
    open: (ctx) => void ctx.every(100, 'pulse', 'p'),
    pulse: () => new Promise<void>((resolve) => gate.push(resolve)),
  })
  await clock.run(450)
  assert.equal(gate.length, 1)
  gate[0]?.()
  await clock.run(100)
  assert.deepEqual(at(), [
    ['pulse', 'p', 100],
    ['pulse', 'p', 500],
  ])
})

test('G6 timersMax bounds the timers, and what cannot be set is refused at the call', async () => {
  const errors: unknown[] = []
  const attempt = (run: () => unknown): void => {
    try {
      run()
    } catch (error) {
      errors.push((error as { code: string }).code, (error as Error).message)
    }
  }
  const { clock } = stageOf(
    {
      open(ctx) {
        attempt(() => ctx.after(-1, 'pulse', ''))
        attempt(() => ctx.every(0, 'pulse', ''))
        attempt(() => ctx.after(1, 'hammer', { lot: 5 } as never))
        attempt(() => ctx.after(1, 'bell' as never, '' as never))
        ctx.after(1, 'pulse', '')
        ctx.after(1, 'pulse', '')
        attempt(() => ctx.after(1, 'pulse', ''))
      },
    },
    { timersMax: 2 },
  )
  await clock.run(1)
  assert.deepEqual(
    errors.filter((_, i) => i % 2 === 0),
    ['invalid', 'invalid', 'invalid', 'not-declared', 'buffer-full'],
  )
  assert.match(String(errors[9]), /^the channel already has 2 timers, the limit is 2 \(timersMax\)/)
})

test('a timer whose handler throws is tried again, and at the third time the channel is faulted: its links hear it', async () => {
  const { stage, clock, channel, at } = stageOf({ open: (ctx) => void ctx.after(100, 'fail') })
  const front = stage.front()
  front.link(1, 'ada', { channelId: ROOM })
  await clock.run(5_000)
  assert.deepEqual(at(), [
    ['fail', '', 100],
    ['fail', '', 1_100],
  ])
  assert.equal(front.all('masterDetached').length, 0)
  await clock.run(10_000)
  const detached = front.all('masterDetached')
  assert.deepEqual(
    detached.map(({ reason, relink }) => ({ reason, relink })),
    [{ reason: 'faulted', relink: true }],
  )
  assert.match(detached[0]?.message ?? '', /timer 'fail' failed/)
  assert.equal(stage.channels.find(ROOM), null)
  assert.equal(channel.isOpen, false)
})

test('a pending `after` postpones forgetting, `every` does not', async () => {
  const once = stageOf({ open: (ctx) => void ctx.after(10_000, 'pulse', 'p') }, { idleMs: 2_000 })
  await once.clock.run(9_900)
  assert.ok(once.stage.channels.find(ROOM))
  await once.clock.run(4_000)
  assert.equal(once.stage.channels.find(ROOM), null)
  assert.deepEqual(once.at(), [['pulse', 'p', 10_000]])

  const repeated = stageOf({ open: (ctx) => void ctx.every(100, 'pulse', 'p') }, { idleMs: 2_000 })
  await repeated.clock.run(4_000)
  assert.equal(repeated.stage.channels.find(ROOM), null)
  await repeated.clock.run(600_000)
  assert.equal(repeated.clock.pending, 0)
})

test('timers, memory, chance and the clock go on in the channel of an image; `local` is made again', async () => {
  const drawn: number[] = []
  const calls: unknown[] = []
  const handlers: Handlers = {
    open(ctx) {
      ctx.local = { world: {} }
      ctx.memory.hidden.set('ada', 7)
      ctx.after(500, 'hammer', { lot: 'a' })
      ctx.every(200, 'pulse', 'p')
      ctx.summary = { players: 3 }
      drawn.push(ctx.random(), ctx.random())
    },
    image: (ctx) => new Uint8Array([ctx.memory.hidden.get('ada') ?? 0, 2]),
    restore(ctx, image) {
      assert.equal(ctx.local, undefined)
      ctx.local = { world: {} }
      calls.push(
        image,
        structuredClone(ctx.memory),
        ctx.summary,
        ctx.timers.map(({ name }) => name),
      )
    },
    pulse: (ctx) => drawn.push(ctx.random()),
  }
  const first = stageOf(handlers)
  await first.clock.run(450)
  const image = structuredClone(first.channel.turns.image())
  await first.clock.run(200)
  const second = stageOf(handlers, {}, { epoch: image.origin.epoch + 1, origin: image.origin, image })
  assert.equal(second.clock.wall(), START, 'the clock of the next machine is behind')
  await second.clock.run(1)
  assert.deepEqual(calls, [
    new Uint8Array([7, 2]),
    { hidden: new Map([['ada', 7]]) },
    { players: 3 },
    ['hammer', 'pulse'],
  ])
  assert.ok(second.channel.context.now >= START + 400)
  const before = drawn.length
  await second.clock.run(200)
  assert.deepEqual((second.at() as unknown[]).slice(2), [
    ['hammer', 'a', 500],
    ['pulse', 'p', 600],
  ])
  assert.equal(drawn.at(-1), drawn[before - 1], 'what is drawn is what the first would have drawn')
})

test('ctx.now never goes back, goes on while the clock of the machine is set back, and follows it where it jumps ahead', async () => {
  const { clock, channel, at, stage } = stageOf({
    open(ctx) {
      ctx.after(1_000, 'pulse', 'soon')
      ctx.after(7_200_000, 'hammer', { lot: 'later' })
      ctx.every(600_000, 'pulse', 'often')
    },
  })
  const front = stage.front()
  await clock.run(10)
  const before = channel.context.now
  clock.setBack(3_600_000)
  front.link(1, 'ada', { channelId: ROOM })
  await clock.run(500)
  const after = channel.context.now
  assert.ok(after > before && after <= before + 510, `${after - before} ms went by in 500`)
  await clock.run(600)
  assert.equal((at() as unknown[]).length, 1)
  clock.setBack(-3 * 3_600_000)
  await clock.run(100)
  assert.deepEqual(
    (at() as unknown[][]).map(([name, text]) => `${String(name)} ${String(text)}`),
    ['pulse soon', 'pulse often', 'hammer later'],
    'once each, in the order of their times',
  )
})

test('ctx.idempotencyKey is the same for a timer that is tried again, and is refused after an await', async () => {
  const keys: string[] = []
  const errors: unknown[] = []
  const { clock } = stageOf({
    open: (ctx) => void ctx.after(10, 'pulse', 'p'),
    async pulse(ctx) {
      keys.push(ctx.idempotencyKey)
      await Promise.resolve()
      try {
        keys.push(ctx.idempotencyKey)
      } catch (error) {
        errors.push((error as Error).message)
      }
      if (keys.length === 1) throw new Error('as the test wants it')
    },
  })
  await clock.run(3_000)
  assert.equal(keys.length, 2)
  assert.equal(keys[0], keys[1])
  assert.match(String(errors[0]), /after its first await/)
})
