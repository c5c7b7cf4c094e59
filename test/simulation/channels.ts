/**
 * The app of the simulation: channels of several kinds that all take the same messages, so that one kind of client can use them all.
 * Each handler notes in the ledger what it does; the state carries counts that clients can check.
 */
import {
  broadcastable,
  type Client,
  defineApp,
  defineChannel,
  internal,
  LinkRefused,
  unchecked,
} from '../../src/index.js'
import type { Ledger } from './ledger.js'

export interface Note {
  /** Unique in the run. */
  readonly id: string
  /** Which order it belongs to, and where it stands in it. */
  readonly stream: string
  readonly counter: number
  /** What the handler is to do besides. */
  readonly direct?: boolean
  readonly shout?: boolean
  readonly fail?: boolean
  readonly kick?: boolean
  readonly close?: boolean
  /** How long an asynchronous handler takes. */
  readonly sleepMs?: number
  readonly pad?: string
}

/** What a front says. */
export interface Pulse {
  readonly id: string
  readonly stream: string
  readonly counter: number
}

export interface Shout {
  readonly k: number
  readonly version: number
  readonly except: string | null
}

export interface Body {
  /** The counter of the last message of each client that was handled. */
  last: { [clientId: string]: number }
  shouts: number
  total: number
  ticks: number
  grid: number[]
  pads: { [clientId: string]: string }
}

export interface Reply {
  readonly generation: number
}

interface Kind {
  readonly tickMs: number
  readonly writers?: 'linked' | 'processor'
  readonly idleMs?: number
  readonly graceMs?: number
  readonly handlerMsMax?: number
  /** Handlers are asynchronous. */
  readonly slowly?: boolean
  /** The state changes with each tick. */
  readonly lively?: boolean
}

/** What the handlers take from the run. */
export interface Surroundings {
  readonly ledger: Ledger
  sleep(ms: number): Promise<void>
}

const note = unchecked<Note>()

function definition(kind: Kind) {
  return defineChannel({
    state: (): Body => ({ last: {}, shouts: 0, total: 0, ticks: 0, grid: [0, 0, 0, 0], pads: {} }),
    data: unchecked<{ name: string }>(),
    options: unchecked<{ refuse: boolean }>(),
    messages: { note, act: note, hail: broadcastable(unchecked<string>()), pulse: internal(unchecked<Pulse>()) },
    requests: { ask: { input: note, output: unchecked<{ id: string; total: number }>() } },
    events: { shouted: unchecked<Shout>(), direct: unchecked<{ generation: number; k: number }>() },
    tickMs: kind.tickMs,
    ...(kind.writers === undefined ? {} : { writers: kind.writers }),
    ...(kind.idleMs === undefined ? {} : { idleMs: kind.idleMs }),
    ...(kind.graceMs === undefined ? {} : { graceMs: kind.graceMs }),
    ...(kind.handlerMsMax === undefined ? {} : { handlerMsMax: kind.handlerMsMax }),
  })
}

interface Ctx {
  readonly id: string
  readonly epoch: number
  readonly version: number
  readonly state: Body
  random(): number
  broadcast(event: 'shouted', payload: Shout, options?: { readonly except?: { readonly id: string } }): void
  kick(client: { readonly id: string }, reason: string): void
  close(reason?: string): void
}

interface Sent {
  readonly id: string
  send(event: 'direct', payload: { generation: number; k: number }): void
}

function channel(kind: Kind, { ledger, sleep }: Surroundings) {
  const generations = new Map<string, number>()
  const keyOf = (ctx: Ctx, client: { readonly id: string }): string => `${ctx.id}@${ctx.epoch}/${client.id}`

  function shout(ctx: Ctx, except: { readonly id: string } | null): void {
    ctx.state.shouts++
    const payload = { k: ctx.state.shouts, version: ctx.version + 1, except: except?.id ?? null }
    ledger.shout(ctx.id, ctx.epoch, payload.k, payload)
    ctx.broadcast('shouted', payload, except === null ? {} : { except })
  }

  function begin(ctx: Ctx, client: Sent, given: Note): void {
    ledger.handle(given.id, given.stream, given.counter, `${ctx.id}@${ctx.epoch}`)
    ctx.state.last[client.id] = given.counter
    ctx.state.total++
    ctx.state.grid[given.counter % 4] = given.counter
    if (given.pad !== undefined) ctx.state.pads[client.id] = given.pad
    if (given.direct === true) {
      const generation = generations.get(keyOf(ctx, client)) ?? 0
      client.send('direct', { generation, k: ledger.nextDirect(generation) })
    }
    if (given.shout === true) shout(ctx, given.counter % 3 === 0 ? client : null)
    if (given.kick === true) ctx.kick(client, 'it was asked for')
    if (given.close === true) ctx.close('it was asked for')
    if (given.fail === true) throw new Error('a handler that fails')
  }

  function handle(ctx: Ctx, client: Sent, given: Note): Promise<void> | undefined {
    begin(ctx, client, given)
    return kind.slowly === true ? sleep(given.sleepMs ?? 0) : undefined
  }

  function answer(
    ctx: Ctx,
    client: Sent,
    given: Note,
  ): { id: string; total: number } | Promise<{ id: string; total: number }> {
    begin(ctx, client, given)
    const result = { id: given.id, total: ctx.state.total }
    return kind.slowly === true ? sleep(given.sleepMs ?? 0).then(() => result) : result
  }

  function link(ctx: Ctx, client: Client): Reply {
    const generation = ledger.newGeneration()
    generations.set(keyOf(ctx, client), generation)
    ctx.state.last[client.id] = 0
    return { generation }
  }

  return definition(kind).implement({
    onLink(ctx, client, { refuse }) {
      if (refuse) throw new LinkRefused('it was asked for')
      if (kind.slowly !== true) return link(ctx, client as Client)
      return sleep(ctx.random() * 200).then(() => link(ctx, client as Client))
    },
    onUnlink(ctx, client) {
      delete ctx.state.last[client.id]
      delete ctx.state.pads[client.id]
      return kind.slowly === true ? sleep(20) : undefined
    },
    onMessage: {
      note: (ctx, client, given) => handle(ctx, client, given),
      act: (ctx, client, given) => {
        ledger.handle(given.id, given.stream, given.counter, `${ctx.id}@${ctx.epoch}`)
        ctx.state.total++
      },
      hail: (ctx) => {
        shout(ctx, null)
      },
      pulse: (ctx, _sender, { id, stream, counter }) => {
        ledger.handle(id, stream, counter, `${ctx.id}@${ctx.epoch}`)
        ctx.state.grid[0] = counter
      },
    },
    onRequest: { ask: (ctx, client, given) => answer(ctx, client as Client, given) },
    ...(kind.lively === true
      ? {
          onTick(ctx) {
            ctx.state.ticks++
            ctx.state.grid[1] = ctx.state.ticks % 7
          },
        }
      : {}),
  })
}

export type SimulatedApp = ReturnType<typeof makeApp>

/** The ids that clients link to. */
export const CHANNELS = [
  'ticking/1',
  'ticking/2',
  'instant/1',
  'slowly/1',
  'guarded/1',
  'guarded/2',
  'fading/1',
] as const
export type ChannelName = (typeof CHANNELS)[number]

/** Whether what a client was acknowledged is exactly what the state contains. */
export function isExact(id: string): boolean {
  return !id.startsWith('slowly')
}

export function makeApp(surroundings: Surroundings) {
  return defineApp({
    channels: {
      'ticking/:id': channel({ tickMs: 50, lively: true }, surroundings),
      'instant/:id': channel({ tickMs: 0, graceMs: 3_000 }, surroundings),
      'slowly/:id': channel({ tickMs: 20, slowly: true, handlerMsMax: 300 }, surroundings),
      'guarded/:id': channel({ tickMs: 50, writers: 'processor' }, surroundings),
      'fading/:id': channel({ tickMs: 30, idleMs: 2_000, lively: true }, surroundings),
    },
    authenticate: () => ({ userId: 'nobody', data: { name: 'nobody' } }),
  })
}
