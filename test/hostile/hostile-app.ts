/** The app under attack: rooms of honest clients, and what strangers, hostile clients and its own faulty code get at. */
import { z } from 'zod'
import { broadcastable, defineApp, defineChannel, LinkRefused, unchecked } from '../../src/index.js'
import { fault } from './faults.js'

const ENTITIES = 20

/** A room of honest clients: all in it move 20 times a second. */
const arena = defineChannel({
  state: () => ({ entities: Array.from({ length: ENTITIES }, (_, id) => ({ id, x: 0, y: 0 })) }),
  tickMs: 50,
}).implement({
  onTick(ctx) {
    for (const entity of ctx.state.entities) {
      entity.x = ctx.random()
      entity.y = ctx.random()
    }
  },
})

/** Where honest clients ask, and are answered at once. */
const desk = defineChannel({
  state: () => ({}),
  requests: { ask: { input: z.number() } },
  tickMs: 0,
}).implement({ onRequest: { ask: (_ctx, _client, n) => n } })

/** Whatever a hostile client may do, it may do here. */
const yard = defineChannel({
  state: () => ({ said: 0, record: {} as Record<string, number>, list: [] as unknown[] }),
  options: unchecked<unknown>(),
  messages: {
    say: z.string().max(1_000),
    many: z.array(z.object({ name: z.string() })),
    shout: broadcastable(z.string().max(100)),
    set: z.string(),
    remove: z.string(),
    anything: unchecked<unknown>(),
  },
  requests: { load: { input: z.number() }, wait: { input: unchecked<null>() } },
  events: { heavy: unchecked<Uint8Array>() },
  tickMs: 20,
}).implement({
  onMessage: {
    say: (ctx) => void ctx.state.said++,
    many() {},
    shout: (ctx) => void ctx.state.said++,
    set: (ctx, _client, key) => void (ctx.state.record[key] = 1),
    remove: (ctx, _client, key) => void delete ctx.state.record[key],
    anything() {},
  },
  onRequest: {
    load: (_ctx, _client, bytes) => new Uint8Array(Math.min(bytes, 1 << 20)),
    wait: () => new Promise(() => {}),
  },
})

/** Nobody is let in. */
const closed = defineChannel({ state: () => ({}), options: unchecked<unknown>() }).implement({
  onLink() {
    throw new LinkRefused('nobody is let in')
  },
})

/** Each take and each release costs a handler. */
const pen = defineChannel({
  state: () => ({ arrivals: 0 }),
  writers: 'processor',
  messages: { step: z.string() },
  tickMs: 20,
}).implement({
  onProcessor: (ctx) => void ctx.state.arrivals++,
  onProcessorLeft: (ctx) => void ctx.state.arrivals--,
  onMessage: { step() {} },
})

/** An application that does wrong whatever a client names. */
const faulty = defineChannel({
  state: () => ({ text: '', things: {} as Record<string, unknown> }),
  messages: { fault: z.string() },
  requests: { fault: { input: z.string() } },
  events: { note: z.number(), heavy: unchecked<Uint8Array>() },
  timers: { later: unchecked<null>() },
  tickMs: 20,
}).implement({
  onMessage: { fault: (ctx, client, name) => fault(name, ctx, client) },
  onRequest: { fault: (ctx, client, name) => fault(name, ctx, client) },
  onTimer: {
    later() {
      throw new Error('a timer fails')
    },
  },
})

/** Fails by itself, whoever is there. */
const failing = defineChannel({ state: () => ({ n: 0 }), tickMs: 20 }).implement({
  onTick(ctx) {
    ctx.state.n++
    throw new Error('each tick fails')
  },
  onUnlink() {
    throw new Error('each departure fails')
  },
})

export default defineApp({
  channels: {
    'arena/:id': arena,
    'desk/:id': desk,
    'yard/:id': yard,
    'closed/:id': closed,
    'pen/:id': pen,
    'faulty/:id': faulty,
    'failing/:id': failing,
  },
  authenticate: ({ token }) => ({ userId: token ?? 'nobody' }),
})
