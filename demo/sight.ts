/**
 * The areas that a client sees: links to them, made and ended as it walks. It runs in the page and in bots, and knows
 * nothing of who walks.
 */
import type { ChannelLink, Connection } from 'centrum/client'
import type app from './app.js'
import type { area } from './area.js'
import type { AreaName } from './world.js'

export type AreaLink = ChannelLink<typeof area>

/** How long to let an area be that could not be linked to. */
const RETRY_MS = 1_000

export class Sight {
  /** Areas whose state is here, live or stalled. */
  readonly links = new Map<AreaName, AreaLink>()
  readonly #connection: Connection<typeof app>
  readonly #arrived: (name: AreaName, link: AreaLink) => void
  /** Areas that are being linked to or unlinked, or had better be let be for a while. */
  readonly #busy = new Set<AreaName>()

  constructor(connection: Connection<typeof app>, arrived: (name: AreaName, link: AreaLink) => void) {
    this.#connection = connection
    this.#arrived = arrived
  }

  /** Links to what is wanted, and unlinks from what is no longer to be kept. */
  look(wanted: readonly AreaName[], kept: readonly AreaName[]): void {
    for (const name of wanted) if (!this.links.has(name) && !this.#busy.has(name)) void this.#link(name)
    for (const [name, link] of this.links)
      if (!kept.includes(name) && !this.#busy.has(name)) void this.#unlink(name, link)
  }

  async #link(name: AreaName): Promise<void> {
    this.#busy.add(name)
    try {
      const link = await this.#connection.link(`area/${name}`)
      this.links.set(name, link)
      link.onStatus((status) => {
        if (status === 'closed' && this.links.get(name) === link) this.links.delete(name)
      })
      this.#arrived(name, link)
      this.#busy.delete(name)
    } catch {
      // The status of the connection says what is wrong; a while later it is tried again.
      setTimeout(() => this.#busy.delete(name), RETRY_MS)
    }
  }

  async #unlink(name: AreaName, link: AreaLink): Promise<void> {
    this.#busy.add(name)
    this.links.delete(name)
    await link.unlink().catch(() => undefined)
    this.#busy.delete(name)
  }
}
