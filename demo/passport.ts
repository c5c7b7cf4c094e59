/**
 * What a player carries from area to area: its score, sealed by the area that gave it. Areas live on different backs, which
 * do not speak to each other; so the client brings the passport along, and whoever reads it can tell that it is genuine.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'

export const passportSchema = z.object({ score: z.int().nonnegative(), seal: z.string().max(64) })

export type Passport = z.infer<typeof passportSchema>

/** All backs of one run have the same secret from the environment; a back on its own makes one. */
const SECRET = process.env['DEMO_SECRET'] ?? randomBytes(32).toString('hex')

export function issuePassport(userId: string, score: number): Passport {
  return { score, seal: sealOf(userId, score) }
}

/** The score that a passport proves; 0 for none, for a forged one and for somebody else's. */
export function provenScore(userId: string, passport: Passport | null): number {
  if (passport === null) return 0
  const given = Buffer.from(passport.seal)
  const genuine = Buffer.from(sealOf(userId, passport.score))
  return given.length === genuine.length && timingSafeEqual(given, genuine) ? passport.score : 0
}

function sealOf(userId: string, score: number): string {
  return createHmac('sha256', SECRET).update(`${userId} ${score}`).digest('base64url')
}
