/** What channel and page share: the field, and what an input does. */
export const WIDTH = 320
export const HEIGHT = 180
export const TICK_MS = 50
/** Units in a millisecond. */
export const SPEED = 0.12

export interface Walker {
  x: number
  y: number
}

export interface Move {
  readonly dx: number
  readonly dy: number
}

export function step(walker: Walker, { dx, dy }: Move, dtMs: number): void {
  const way = (SPEED * dtMs) / Math.max(1, Math.sqrt(dx * dx + dy * dy))
  walker.x = Math.min(WIDTH - 10, Math.max(10, walker.x + dx * way))
  walker.y = Math.min(HEIGHT - 10, Math.max(10, walker.y + dy * way))
}
