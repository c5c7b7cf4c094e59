/** Shared by page and server: the field, and the effect of an input. It imports nothing, and its arithmetic gives the same result everywhere. */
export const WIDTH = 800
export const HEIGHT = 500
export const RADIUS = 16
/** The time between two turns of the channel, and the duration of one input. */
export const TICK_MS = 50
/** How far behind the newest state the others are shown, so that they move smoothly. */
export const DELAY_MS = 100

/** Units per millisecond. */
const SPEED = 0.2

export interface Player {
  x: number
  y: number
  hue: number
  hits: number
}

/** A direction: each from -1 to 1. */
export interface Move {
  dx: number
  dy: number
}

export function step(player: Player, { dx, dy }: Move, dtMs: number): void {
  const way = (SPEED * dtMs) / Math.max(1, Math.sqrt(dx * dx + dy * dy))
  player.x = Math.min(WIDTH - RADIUS, Math.max(RADIUS, player.x + dx * way))
  player.y = Math.min(HEIGHT - RADIUS, Math.max(RADIUS, player.y + dy * way))
}
