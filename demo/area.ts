/**
 * An area of the world: a channel. Whoever sees it is linked to it; whoever walks in it has it as its processor, and so an
 * avatar in its state. Walking across a border is the client's own doing: it moves its processor to the next area, this one
 * lets the avatar go in `onProcessorLeft`, and the next one places it where the client says `enter`.
 */
import { defineChannel, unchecked } from 'centrum'
import { z } from 'zod'
import { EMOTES, type Emote } from './emotes.js'
import { hueOf } from './names.js'
import { Pace } from './pace.js'
import { issuePassport, type Passport, passportSchema, provenScore } from './passport.js'
import { addSpark, growSparks, type Sparks, SPARKS_MAX, takeSparks } from './sparks.js'
import type { Traveller } from './traveller.js'
import { AREA_NAMES, heldBy, type Point, STEP_LENGTH, TICK_MS, walked } from './world.js'

export interface Avatar {
  readonly name: string
  readonly hue: number
  readonly bot: boolean
  x: number
  y: number
  /** How many areas its player has entered before this one: the area that it has left may be heard later. */
  crossings: number
  score: number
  /** Contact to the player is lost for now. */
  away: boolean
}

export interface AreaState {
  /** The back that owns the area, for the page to show. */
  readonly back: string
  /** By the ids of their clients. */
  avatars: Record<string, Avatar>
  sparks: Sparks
}

/** Where a boom reaches, and how far it pushes who stands in its middle, in units. */
const BOOM_RADIUS = 900
const BOOM_PUSH = 190
/** How far away from oneself one can make a boom. */
const BOOM_REACH = 1_400

const point = { x: z.int(), y: z.int() }
const stepLength = z.int().min(-STEP_LENGTH).max(STEP_LENGTH)

const definition = defineChannel({
  state: (): AreaState => ({ back: process.env['DEMO_BACK'] ?? 'back', avatars: {}, sparks: {} }),
  params: z.object({ name: z.enum(AREA_NAMES) }),
  data: unchecked<Traveller>(),
  messages: {
    enter: z.object({ ...point, crossings: z.int().nonnegative(), passport: passportSchema.nullable() }),
    walk: z.object({ dx: stepLength, dy: stepLength }),
    boom: z.object(point),
    emote: z.enum(EMOTES),
  },
  events: {
    boomed: unchecked<Point & { hue: number }>(),
    emoted: unchecked<{ id: string; emote: Emote }>(),
    taken: unchecked<Point & { id: string; worth: number }>(),
    passport: unchecked<Passport>(),
  },
  writers: 'processor',
  tickMs: TICK_MS,
  graceMs: 20_000,
})

/** By client, which stays the same object while its session lives in the channel. */
const paces = new WeakMap<object, Pace>()

export const area = definition.implement({
  onOpen(ctx) {
    for (let i = 0; i < SPARKS_MAX; i++) addSpark(ctx.state.sparks, ctx.params.name, () => ctx.random())
  },
  onProcessorLeft(ctx, client) {
    delete ctx.state.avatars[client.id]
  },
  onUnlink(ctx, client) {
    delete ctx.state.avatars[client.id]
  },
  onDrop(ctx, client) {
    const avatar = ctx.state.avatars[client.id]
    if (avatar) avatar.away = true
  },
  onResume(ctx, client) {
    const avatar = ctx.state.avatars[client.id]
    if (avatar) avatar.away = false
  },
  onMessage: {
    enter(ctx, client, { x, y, crossings, passport }) {
      const { name, bot } = client.data
      const at = heldBy(ctx.params.name, { x, y })
      const score = Math.max(provenScore(client.userId, passport), ctx.state.avatars[client.id]?.score ?? 0)
      ctx.state.avatars[client.id] = { name, hue: hueOf(client.userId), bot, ...at, crossings, score, away: false }
      paces.set(client, new Pace(ctx.now))
    },
    walk(ctx, client, { dx, dy }) {
      const avatar = ctx.state.avatars[client.id]
      // A step that is not allowed has no effect: the client finds itself where it was.
      if (!avatar || !paces.get(client)?.step(ctx.now, dx, dy)) return
      Object.assign(avatar, walked(ctx.params.name, avatar, { dx, dy }))
    },
    boom(ctx, client, at) {
      const maker = ctx.state.avatars[client.id]
      if (!maker || Math.hypot(at.x - maker.x, at.y - maker.y) > BOOM_REACH) return
      if (!paces.get(client)?.boom(ctx.now)) return
      ctx.broadcast('boomed', { ...at, hue: maker.hue })
      for (const [id, avatar] of Object.entries(ctx.state.avatars)) {
        const other = ctx.clients.get(id)
        if (other) paces.get(other)?.pushed(...pushFrom(at, avatar))
      }
    },
    emote(ctx, client, emote) {
      if (ctx.state.avatars[client.id]) ctx.broadcast('emoted', { id: client.id, emote })
    },
  },
  onTick(ctx, dtMs) {
    const { avatars, sparks } = ctx.state
    growSparks(sparks, ctx.params.name, dtMs, () => ctx.random())
    for (const [id, avatar] of Object.entries(avatars)) {
      const client = ctx.clients.get(id)
      if (!client) continue
      const slide = paces.get(client)?.slide()
      if (slide) Object.assign(avatar, walked(ctx.params.name, avatar, { dx: slide.x, dy: slide.y }))
      const taken = takeSparks(sparks, avatar)
      if (taken.length === 0) continue
      for (const { x, y, worth } of taken) {
        avatar.score += worth
        ctx.broadcast('taken', { x, y, worth, id })
      }
      client.send('passport', issuePassport(client.userId, avatar.score))
    }
  },
})

/** The closer, the harder. */
function pushFrom(from: Point, { x, y }: Point): [x: number, y: number] {
  const distance = Math.hypot(x - from.x, y - from.y)
  if (distance < 1 || distance > BOOM_RADIUS) return [0, 0]
  const strength = (BOOM_PUSH * (1 - distance / BOOM_RADIUS)) / distance
  return [(x - from.x) * strength, (y - from.y) * strength]
}
