/** A client's part in the world: it keeps linked to the areas around it, and moves its processor where it walks. */
import type { ChannelLink, Connection } from 'centrum/client'
import type app from './app.js'
import type { area } from './app.js'
import { areaAt, areasAround, type Walker } from './areas.js'

type World = Connection<typeof app>
type AreaLink = ChannelLink<typeof area>

export class Traveller {
  readonly #connection: World
  readonly #links = new Map<string, AreaLink>()
  #position: Walker

  constructor(connection: World, start: Walker) {
    this.#connection = connection
    this.#position = start
  }

  /** Where it has walked to, which the area may know a moment later. */
  get position(): Walker {
    return this.#position
  }

  /** All walkers in sight, by the ids of their clients. */
  get walkers(): Map<string, Walker> {
    const links = areasAround(this.#position).map((id) => this.#connection.linked(id))
    return new Map(links.flatMap((link) => Object.entries(link?.state.walkers ?? {})))
  }

  async enter(): Promise<void> {
    await this.#look()
    await this.#cross()
  }

  /** A step; over a border the area behind it takes over. */
  async walk(dx: number, dy: number): Promise<void> {
    this.#connection.send('walk', { dx, dy })
    const { x, y } = this.#position
    const before = areaAt(this.#position)
    this.#position = { x: x + dx * 10, y: y + dy * 10 }
    if (areaAt(this.#position) === before) return
    await this.#look()
    await this.#cross()
  }

  async #cross(): Promise<void> {
    const link = this.#connection.linked(areaAt(this.#position))
    if (link === null) return
    const moved = this.#connection.setProcessor(link)
    // It waits in the client until the area has taken over.
    this.#connection.send('enter', this.#position)
    await moved
  }

  /** Links to what has come into sight, then lets go of what is out of it. */
  async #look(): Promise<void> {
    const seen = areasAround(this.#position)
    const added = seen.filter((id) => !this.#links.has(id))
    for (const [id, link] of await Promise.all(
      added.map(async (id) => [id, await this.#connection.link(id)] as const),
    )) {
      this.#links.set(id, link)
    }
    for (const [id, link] of this.#links) {
      if (seen.some((each) => each === id) || link === this.#connection.processor) continue
      this.#links.delete(id)
      void link.unlink()
    }
  }
}
