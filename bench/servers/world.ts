/** What every server of the benches does: rooms with entities that move, and clients that push one of them. Knows no server. */

export interface World {
  readonly rooms: number
  /** Entities of each room. */
  readonly entities: number
  /** Each entity moves in every so many turns: 1 is all in each. */
  readonly movesEvery: number
  /** 0: nothing moves by itself. */
  readonly tickMs: number
  /** How long clients who lose contact are waited for, and so how much of the past is kept. Not given: `GRACE_MS`. */
  readonly graceMs?: number
}

export interface Entity {
  name: string
  x: number
  y: number
  hp: number
}

export interface Push {
  readonly dx: number
  readonly dy: number
}

/** The default of centrum. */
export const GRACE_MS = 30_000

export const WORLD_SIZE = 1_000

export function entityOf(index: number): Entity {
  return { name: `entity ${index}`, x: (index * 37.7) % WORLD_SIZE, y: (index * 91.3) % WORLD_SIZE, hp: 100 }
}

export const idOf = (index: number): string => `e${index}`

/** One step of the entity with this index. Turns back at the walls. */
export function step(entity: Entity, index: number, turn: number): void {
  const direction = (turn + index) & 64 ? -1 : 1
  entity.x += direction * (0.1 + (index % 7) * 0.31)
  entity.y += direction * (0.2 + (index % 5) * 0.17)
}

/** The indices of those that move in this turn, where not all do. */
export function* movingIn(turn: number, { entities, movesEvery }: World): Generator<number, void, undefined> {
  for (let i = turn % movesEvery; i < entities; i += movesEvery) yield i
}

export function push(entity: Entity, { dx, dy }: Push): void {
  entity.x += dx
  entity.y += dy
}

/** What a server counts of its work. */
export const counts = { turns: 0, moves: 0 }
