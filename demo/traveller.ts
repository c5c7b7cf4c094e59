/**
 * Who somebody says to be when connecting: the token of the demo. A real application would check a cookie or a signed token
 * here; the demo takes each at its word.
 */
import { AuthenticationRefused } from 'centrum'
import { z } from 'zod'
import { cleanName } from './names.js'

const tokenSchema = z.object({
  /** Shown to all. */
  name: z.string().max(200).transform(cleanName).pipe(z.string().min(1)),
  /** Known to the player's browser only: the same player after a reload. */
  player: z.string().regex(/^[\w-]{8,64}$/),
  bot: z.boolean(),
})

/** What channels know of a client. */
export interface Traveller {
  readonly name: string
  readonly bot: boolean
}

/** Reads the token. Throws `AuthenticationRefused` for one that nobody of this demo made. */
export function travellerOf(token: string | null): { userId: string; data: Traveller } {
  try {
    const { name, player, bot } = tokenSchema.parse(JSON.parse(token ?? ''))
    return { userId: player, data: { name, bot } }
  } catch {
    throw new AuthenticationRefused('the token has to be JSON with name, player and bot')
  }
}
