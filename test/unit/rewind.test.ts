/** `ctx.rewind`: what a client was shown when it sent what is being handled. */
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { StatePast } from '../../src/back/state-past.js'
import { type CentrumError, defineApp, defineChannel, type Rewound, unchecked } from '../../src/index.js'
import { createInterpolator } from '../../src/predict/index.js'
import { makeSharedBlock } from '../../src/protocol/blocks.js'
import { decodeClientFrame, encodeClientFrame } from '../../src/protocol/client-frames.js'
import { unpackFrames } from '../../src/protocol/pack-frames.js'
import { ENTRY } from '../../src/protocol/frame-types.js'
import { StateEncoder } from '../../src/state/index.js'
import { createTestCluster } from '../../src/testing/index.js'
import type { WatchedOptions } from '../../src/testing/test-cluster-settings.js'

const DELAY_MS = 100
const SPEED = 0.2

interface World {
  target: { x: number }
  readonly rock: { readonly x: number }
}

interface Shot {
  readonly rewound: Rewound<World>
  readonly now: number
  readonly xNow: number
}

/** A target that runs, and what its handlers found when somebody shot at it. */
function makeApp(rewindMsMax: number | undefined) {
  const shots: Shot[] = []
  const errors: unknown[] = []
  const noting = <V>(run: () => V): V | undefined => {
    try {
      return run()
    } catch (error) {
      errors.push(error)
      return undefined
    }
  }
  const range = defineChannel({
    state: (): World => ({ target: { x: 0 }, rock: { x: 7 } }),
    messages: {
      shoot: unchecked<number | undefined>(),
      other: unchecked<string>(),
      late: unchecked<undefined>(),
      boast: unchecked<undefined>(),
    },
    requests: { ask: { input: unchecked<undefined>() } },
    tickMs: 50,
    ...(rewindMsMax === undefined ? {} : { rewindMsMax }),
  }).implement({
    onTick(ctx, dtMs) {
      ctx.state.target.x += dtMs * SPEED
    },
    onMessage: {
      shoot(ctx, client, delayMs) {
        const rewound = noting(() => ctx.rewind(client, delayMs === undefined ? {} : { delayMs }))
        if (rewound) shots.push({ rewound, now: ctx.now, xNow: ctx.state.target.x })
      },
      other(ctx, _client, id) {
        noting(() => ctx.rewind({ id }))
      },
      async late(ctx, client) {
        await Promise.resolve()
        noting(() => ctx.rewind(client))
      },
      boast(ctx, client) {
        noting(() => {
          const { state } = ctx.rewind(client)
          ;(state as World).target.x = 1
        })
      },
    },
    onRequest: { ask: (ctx, client) => ctx.rewind(client).state.target.x },
  })
  return { app: defineApp({ channels: { 'range/:id': range } }), shots, errors }
}

async function setUp(t: TestContext, rewindMsMax: number | undefined, options: Partial<WatchedOptions> = {}) {
  const { app, shots, errors } = makeApp(rewindMsMax)
  const cluster = await createTestCluster(app, {
    faults: { delayMsMin: 80, delayMsMax: 80 },
    seed: 3,
    ...options,
  })
  t.after(() => cluster.close())
  const connection = await cluster.connect({ userId: 'ada' })
  const link = await connection.link('range/1')
  await cluster.advance(1_000)
  return { cluster, connection, link, shots, errors }
}

test('[G2] a shot at what the page shows, interpolated and far behind, meets it on the back', async (t) => {
  const { cluster, connection, link, shots } = await setUp(t, 1_000)
  const shown = createInterpolator(link, { select: ({ target }) => ({ target }), fields: ['x'], delayMs: DELAY_MS })
  await cluster.advance(500)
  const aimed: number[] = []
  for (const waitMs of [0, 13, 29, 41, 57]) {
    await cluster.advance(waitMs)
    const { target } = shown.at(connection.serverNow())
    assert.ok(target)
    aimed.push(target.x)
    link.send('shoot', DELAY_MS)
  }
  await cluster.advance(1_000)
  assert.equal(shots.length, aimed.length)
  for (const [i, { rewound, xNow }] of shots.entries()) {
    const { state, next, part } = rewound
    const met = state.target.x + (next.target.x - state.target.x) * part
    // Whole milliseconds on the wire: less than the way of two of them.
    assert.ok(Math.abs(met - (aimed[i] as number)) <= 2 * SPEED, `${met} for ${aimed[i]}`)
    // Without it the shot would have gone wide: 160 ms there, 160 back, and what is shown late.
    assert.ok(xNow - met > 300 * SPEED, `${xNow} is near ${met}`)
  }
})

test('without a delay it is the very state that the client had, and requests rewind as well', async (t) => {
  const { cluster, link, shots } = await setUp(t, 1_000)
  const had = link.state.target.x
  link.send('shoot')
  const answer = link.request('ask')
  await cluster.advance(1_000)
  assert.equal(shots[0]?.rewound.state.target.x, had)
  assert.equal(shots[0]?.rewound.next, shots[0]?.rewound.state)
  assert.equal(await answer, had)
})

test('[G6] it goes back no further than rewindMsMax, however long a message was under way', async (t) => {
  const { cluster, link, shots } = await setUp(t, 120)
  link.send('shoot', DELAY_MS)
  await cluster.advance(1_000)
  cluster.partition(['front-1'], ['back-1'])
  await cluster.advance(200)
  link.send('shoot')
  await cluster.advance(2_000)
  cluster.heal()
  await cluster.advance(10_000)
  assert.equal(shots.length, 2)
  for (const { rewound, xNow } of shots) {
    assert.equal(rewound.ageMs, 120)
    // Two turns of 50 ms, and what is left of a third.
    assert.ok(xNow - rewound.state.target.x <= 180 * SPEED, `${xNow} and ${rewound.state.target.x}`)
    assert.ok(xNow - rewound.state.target.x >= 100 * SPEED, `${xNow} and ${rewound.state.target.x}`)
  }
})

test('what it gives is immutable, and shares what did not change', async (t) => {
  const { cluster, link, shots, errors } = await setUp(t, 1_000)
  link.send('shoot')
  await cluster.advance(200)
  link.send('shoot')
  link.send('boast')
  await cluster.advance(1_000)
  const [first, second] = shots.map(({ rewound }) => rewound.state)
  assert.notEqual(first?.target, second?.target)
  assert.equal(first?.rock, second?.rock)
  assert.match(String(errors[0]), /read only|read-only/)
})

test('[G5] where it cannot be known what the client was shown, it says why', async (t) => {
  const without = await setUp(t, undefined)
  without.link.send('shoot')
  await without.cluster.advance(500)
  const messages = (errors: readonly unknown[]): string[] => errors.map((error) => (error as CentrumError).message)
  assert.match(messages(without.errors)[0] ?? '', /needs rewindMsMax in the definition/)

  const { cluster, link, errors } = await setUp(t, 500)
  link.send('other', 'nobody')
  link.send('late')
  link.send('shoot', -1)
  await cluster.advance(500)
  const [other, late, wrong] = messages(errors)
  assert.match(other ?? '', /outside a handler for a message or request of this client/)
  assert.match(late ?? '', /after its first await/)
  assert.match(wrong ?? '', /delayMs\. It must be a number of milliseconds from 0/)
})

test('rewindMsMax is checked as every option is', () => {
  const define = (rewindMsMax: number): unknown =>
    defineChannel({ state: () => ({}), events: { x: unchecked() }, rewindMsMax })
  assert.throws(() => define(0), /rewindMsMax is 0/)
  assert.throws(() => define(60_000), /rewindMsMax is 60000/)
})

/** Versions 1 to 10 of a counter, 10 ms apart from 0. */
function counted(rewindMsMax: number, ringTurnsMax = 1_000): StatePast {
  const encoder = new StateEncoder({ n: 0 })
  const past = new StatePast({ rewindMsMax, ringTurnsMax }, encoder.keyframe(), 0, 0)
  const origin = { epoch: 1, nonce: '00000000000000aa' }
  for (let version = 1; version <= 10; version++) {
    encoder.state.n = version
    const patch = encoder.patch()
    const head = { channelId: 'a', view: 0, epoch: 1, origin, previous: version - 1, version }
    past.add(makeSharedBlock({ ...head, patch, events: [] }), version * 10)
  }
  return past
}

const nOf = ({ state }: Rewound<object>): number => (state as { n: number }).n

test('[G7] a client that makes things up chooses among what it could have been shown', () => {
  const past = counted(50)
  assert.equal(nOf(past.rewind({ version: 1_000_000, forMs: 0 }, 0, 100)), 10, 'a version that is not there yet')
  assert.equal(past.rewind({ version: 1_000_000, forMs: 2 ** 50 }, 0, 100).ageMs, 0, 'a time to come')
  const ancient = past.rewind({ version: 0, forMs: 0 }, 0, 100)
  assert.deepEqual([nOf(ancient), ancient.ageMs], [5, 50], 'a version that is forgotten')
  const behind = past.rewind({ version: 10, forMs: 0 }, 2 ** 50, 100)
  assert.deepEqual([nOf(behind), behind.ageMs], [5, 50], 'a delay beyond the bound')
})

test('a client that does not say what it was shown is given the newest state', () => {
  const { state, ageMs } = counted(50).rewind(undefined, 0, 104)
  assert.deepEqual([state, ageMs], [{ n: 10 }, 0])
})

test('between two states it says how far, and what stood for long stands until shortly before it moves', () => {
  const past = counted(1_000)
  const between = past.rewind({ version: 9, forMs: 4 }, 20, 100)
  assert.deepEqual([nOf(between), between.next, between.part, between.ageMs], [7, { n: 8 }, 0.4, 26])
  const encoder = new StateEncoder({ n: 0 })
  const still = new StatePast({ rewindMsMax: 1_000, ringTurnsMax: 10 }, encoder.keyframe(), 0, 0)
  encoder.state.n = 1
  const origin = { epoch: 1, nonce: '00000000000000aa' }
  const head = { channelId: 'a', view: 0, epoch: 1, origin, previous: 0, version: 1 }
  still.add(makeSharedBlock({ ...head, patch: encoder.patch(), events: [] }), 800)
  assert.equal(still.rewind({ version: 1, forMs: 0 }, 100, 800).part, 0)
  assert.equal(still.rewind({ version: 1, forMs: 25 }, 100, 900).part, 0.25)
})

test('[G6] states are kept for rewindMsMax, and no more of them than ringTurnsMax', () => {
  assert.equal(counted(30).size, 4)
  assert.equal(counted(5_000, 3).size, 3)
})

test('what was shown travels with an entry, with and without a context', () => {
  const body = Uint8Array.of(1, 2)
  for (const context of [null, Uint8Array.of(9)]) {
    const entry = { clientSeq: 3, kind: ENTRY.message, context, shown: { version: 300, forMs: 41 }, body }
    const frame = { type: 'entry', link: 1, entry } as const
    assert.deepEqual(decodeClientFrame(encodeClientFrame(frame)), frame)
  }
})

test('messages to channels that do not rewind are not longer for it', async (t) => {
  const shown: (object | undefined)[] = []
  const watch = {
    sockets: {
      sent(_client: unknown, _socket: number, message: Uint8Array) {
        for (const bytes of unpackFrames(message, 1_000_000)) {
          const frame = decodeClientFrame(bytes)
          if (frame.type === 'entry') shown.push(frame.entry.shown)
        }
      },
      reached() {},
      received() {},
    },
  }
  for (const rewindMsMax of [undefined, 100]) {
    const { cluster, link } = await setUp(t, rewindMsMax, { watch })
    link.send('shoot')
    await cluster.advance(500)
  }
  assert.equal(shown[0], undefined)
  assert.ok(shown[1])
  assert.equal(shown.length, 2)
})
