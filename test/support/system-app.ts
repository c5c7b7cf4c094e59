/** The app that the system tests run, in one process or in many. */
import { broadcastable, defineApp, defineChannel, internal, LinkRefused, unchecked } from '../../src/index.js'
import { z } from 'zod'

export interface Heard {
  readonly from: string
  readonly text: string
}

/** A room whose state shows all that happened in it. */
export const room = defineChannel({
  state: () => ({ members: {} as Record<string, { name: string; team: string }>, heard: [] as Heard[], ticks: 0 }),
  data: unchecked<{ name: string } | undefined>(),
  options: z.object({ team: z.string(), refuse: z.string().optional() }).optional(),
  messages: {
    say: z.string(),
    shout: broadcastable(z.string()),
    credited: internal(z.number()),
  },
  requests: {
    count: { input: z.string() },
    whoAmI: { input: unchecked<undefined>() },
  },
  events: { boom: unchecked<string>() },
  tickMs: 20,
}).implement({
  onLink(ctx, client, options) {
    if (options?.refuse !== undefined) throw new LinkRefused(options.refuse)
    ctx.state.members[client.id] = { name: client.data?.name ?? '', team: options?.team ?? '' }
    return { welcome: client.data?.name ?? 'stranger', back: process.env['CENTRUM_TEST_ID'] ?? '' }
  },
  onUnlink(ctx, client) {
    delete ctx.state.members[client.id]
  },
  onMessage: {
    say(ctx, client, text) {
      ctx.state.heard.push({ from: client.id, text })
      if (text.startsWith('all ')) ctx.broadcast('boom', text)
      if (text.startsWith('others ')) ctx.broadcast('boom', text, { except: client })
      if (text.startsWith('me ')) client.send('boom', text)
      if (text === 'kick me') ctx.kick(client, 'you asked for it')
    },
    shout: (ctx, sender, text) => void ctx.state.heard.push({ from: sender.id, text }),
    credited: (ctx, sender, amount) =>
      void ctx.state.heard.push({ from: `${sender.kind} ${sender.id}`, text: `${amount}` }),
  },
  onRequest: {
    count: (ctx, _client, from) => ctx.state.heard.filter((heard) => heard.from === from).length,
    whoAmI: (_ctx, client) => ({ id: client.id, userId: client.userId, processor: client.isProcessor }),
  },
})

/** An area: whoever has it as the processor may walk in it. */
export const area = defineChannel({
  state: () => ({ steps: [] as Heard[], arrivals: [] as string[] }),
  messages: { step: z.string() },
  writers: 'processor',
  tickMs: 20,
}).implement({
  onProcessor: (ctx, client) => void ctx.state.arrivals.push(`+${client.id}`),
  onProcessorLeft: (ctx, client) => void ctx.state.arrivals.push(`-${client.id}`),
  onMessage: { step: (ctx, client, text) => void ctx.state.steps.push({ from: client.id, text }) },
})

/** Changes with each turn. */
export const ticker = defineChannel({
  state: () => ({ count: 0, ring: [] as number[] }),
  tickMs: 2,
}).implement({
  onTick(ctx) {
    ctx.state.count++
    ctx.state.ring.push(ctx.state.count)
    if (ctx.state.ring.length > 10) ctx.state.ring.shift()
  },
})

/** Counts aloud, and takes from each client the numbers 1, 2, 3 …: whatever is lost, doubled or out of order shows. */
export const pulse = defineChannel({
  state: () => ({ taken: {} as Record<string, number>, wrong: [] as string[], left: 0 }),
  messages: { count: z.number() },
  events: { beat: unchecked<number>() },
  tickMs: 100,
}).implement({
  onLink(ctx, client) {
    if (client.id in ctx.state.taken) ctx.state.wrong.push(`${client.id} is linked twice`)
    ctx.state.taken[client.id] = 0
  },
  onUnlink: (ctx) => void ctx.state.left++,
  onMessage: {
    count(ctx, client, n) {
      if (n !== (ctx.state.taken[client.id] ?? 0) + 1) ctx.state.wrong.push(`${client.id} said ${n}`)
      ctx.state.taken[client.id] = n
    },
  },
  onTick: (ctx) => ctx.broadcast('beat', ctx.tick),
})

export default defineApp({
  channels: { 'pulse/:id': pulse, 'room/:id': room, 'area/:id': area, 'ticker/:id': ticker },
  authenticate: ({ token }) => ({ userId: token ?? 'nobody', data: { name: token ?? 'stranger' } }),
})
