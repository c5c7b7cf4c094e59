/**
 * The lobby: one channel that everybody is linked to, for chat and the ranking. It lives on one of the backs, whichever
 * the hash says.
 */
import { defineChannel, unchecked } from 'centrum'
import { z } from 'zod'
import { cleanLine, hueOf } from './names.js'
import { passportSchema, provenScore } from './passport.js'
import type { Traveller } from './traveller.js'

export interface Member {
  readonly name: string
  readonly hue: number
  readonly bot: boolean
  score: number
}

export interface Line {
  readonly id: number
  /** The id of the client that said it. */
  readonly by: string
  readonly name: string
  readonly hue: number
  readonly bot: boolean
  readonly text: string
}

export interface LobbyState {
  /** The back that owns the lobby, for the page to show. */
  readonly back: string
  /** By the ids of their clients. */
  members: Record<string, Member>
  /** The recent ones, oldest first. */
  lines: Line[]
  /** How many lines were ever said. */
  said: number
}

export const TEXT_LENGTH_MAX = 160
const LINES_MAX = 40
/** Nobody says more than a line in this time. */
const LINE_EVERY_MS = 900

const definition = defineChannel({
  state: (): LobbyState => ({ back: process.env['DEMO_BACK'] ?? 'back', members: {}, lines: [], said: 0 }),
  data: unchecked<Traveller>(),
  messages: { score: passportSchema },
  requests: { say: { input: z.string().max(1_000) } },
  tickMs: 100,
  graceMs: 20_000,
})

/** When each client last said something. A client stays the same object while its session lives in the channel. */
const saidAt = new WeakMap<object, number>()

export const lobby = definition.implement({
  onLink(ctx, client) {
    ctx.state.members[client.id] = { ...client.data, hue: hueOf(client.userId), score: 0 }
  },
  onUnlink(ctx, client) {
    delete ctx.state.members[client.id]
  },
  onMessage: {
    score(ctx, client, passport) {
      const member = ctx.state.members[client.id]
      if (member) member.score = Math.max(member.score, provenScore(client.userId, passport))
    },
  },
  onRequest: {
    /** Answers how long to wait, in milliseconds; 0 where the line was said. */
    say(ctx, client, input): { waitMs: number } {
      const text = cleanLine(input, TEXT_LENGTH_MAX)
      const waitMs = (saidAt.get(client) ?? -Infinity) + LINE_EVERY_MS - ctx.now
      if (text === '' || waitMs > 0) return { waitMs: Math.max(0, Math.ceil(waitMs)) }
      saidAt.set(client, ctx.now)
      const { state } = ctx
      state.said += 1
      state.lines.push({ id: state.said, by: client.id, hue: hueOf(client.userId), ...client.data, text })
      if (state.lines.length > LINES_MAX) state.lines.shift()
      return { waitMs: 0 }
    },
  },
})
