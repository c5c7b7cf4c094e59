/**
 * The database of the soak, at one address whoever is the primary: it crashes, stands still, and a synchronous standby is promoted and gets a
 * standby of its own. Knows nothing of what is stored.
 */
import { freePort, PostgresNode } from '../support/postgres-node.js'
import { TcpDoor } from '../support/tcp-door.js'

/** Commits wait until a second machine has them. */
const SYNCHRONOUS = { synchronous_standby_names: 'ANY 1 (*)' }

export class SoakDatabase {
  /** Whether it has been answering since. */
  isUp = true
  readonly #door: TcpDoor
  #primary: PostgresNode
  #standby: PostgresNode | null = null

  private constructor(primary: PostgresNode, port: number) {
    this.#primary = primary
    this.#door = new TcpDoor(port, primary.port)
  }

  static async start(bin: string, hasStandby: boolean): Promise<SoakDatabase> {
    const primary = await PostgresNode.create(bin, { max_connections: 120, ...(hasStandby && SYNCHRONOUS) })
    await primary.start()
    const database = new SoakDatabase(primary, await freePort())
    if (hasStandby) await database.#addStandby()
    return database
  }

  /** Straight to it where it is always the same: what passes here waits for all that this process does. */
  get url(): string {
    const port = this.#standby === null ? this.#primary.port : this.#door.port
    return `postgres://centrum@127.0.0.1:${port}/postgres`
  }

  get hasStandby(): boolean {
    return this.#standby !== null
  }

  async crash(downMs: number): Promise<void> {
    await this.#down(async () => {
      await this.#primary.crash()
      await pause(downMs)
      await this.#primary.start()
    })
  }

  async standStill(ms: number): Promise<void> {
    await this.#down(async () => {
      this.#primary.pause(true)
      await pause(ms)
      this.#primary.pause(false)
    })
  }

  /** The primary crashes for good, its standby takes over, and another standby follows that. */
  async failOver(): Promise<void> {
    const standby = this.#standby
    if (standby === null) return
    this.#standby = null
    await this.#down(async () => {
      const gone = this.#primary
      await gone.crash()
      await standby.promote()
      this.#primary = standby
      this.#door.leadTo(standby.port)
      await gone.remove()
      await this.#addStandby()
    })
  }

  async stop(): Promise<void> {
    this.#door.close()
    await this.#standby?.remove()
    await this.#primary.remove()
  }

  async #down(happen: () => Promise<void>): Promise<void> {
    this.isUp = false
    await happen()
    this.isUp = true
  }

  async #addStandby(): Promise<void> {
    const standby = await PostgresNode.standbyOf(this.#primary)
    await standby.start()
    this.#standby = standby
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
