/** The world without any library that syncs state: rooms whose owner tells what moved. What sends it is given. */
import { counts, type Entity, entityOf, movingIn, type Push, push, step, type World } from './world.js'

/** What goes to all clients of a room each tick: the index and the position of each entity that moved. */
export type Moved = readonly (readonly [index: number, x: number, y: number])[]

export class BareRoom {
  readonly entities: readonly Entity[]
  readonly #world: World
  readonly #touched = new Set<number>()
  #turn = 0
  #joined = 0

  constructor(world: World, tell: (moved: Moved) => void) {
    this.#world = world
    this.entities = Array.from({ length: world.entities }, (_, i) => entityOf(i))
    if (world.tickMs > 0) setInterval(() => tell(this.#moveAll()), world.tickMs)
  }

  /** The entity that the next client pushes. */
  join(): number {
    return this.#joined++ % Math.max(1, this.entities.length)
  }

  push(index: number, by: Push): void {
    counts.moves++
    const entity = this.entities[index]
    if (entity === undefined) return
    push(entity, by)
    this.#touched.add(index)
  }

  #moveAll(): Moved {
    counts.turns++
    const turn = this.#turn++
    const moved: [number, number, number][] = []
    for (const index of movingIn(turn, this.#world)) {
      step(this.entities[index] as Entity, index, turn)
      this.#touched.add(index)
    }
    for (const index of this.#touched) {
      const { x, y } = this.entities[index] as Entity
      moved.push([index, x, y])
    }
    this.#touched.clear()
    return moved
  }
}
