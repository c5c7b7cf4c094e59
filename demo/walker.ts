/**
 * A player from the client's side: one connection, the areas it sees, and the one that it walks in, which is its processor.
 * The page and the bots are both made of it; it knows neither pictures nor keys.
 */
import { CentrumError, type ConnectOptions, type Connection, connect } from 'centrum/client'
import type app from './app.js'
import type { Emote } from './emotes.js'
import type { Passport } from './passport.js'
import { Prediction } from './prediction.js'
import { type AreaLink, Sight } from './sight.js'
import {
  type AreaName,
  areaAt,
  areasIn,
  CROSSING,
  distanceTo,
  grown,
  type Point,
  type Rect,
  rectOf,
  stepInto,
} from './world.js'

export interface WalkerOptions {
  /** Fronts, the preferred one first. */
  readonly urls: readonly string[]
  readonly name: string
  /** Known to the player alone. */
  readonly player: string
  readonly bot: boolean
  readonly start: Point
  readonly passport: Passport | null
  readonly connect?: ConnectOptions
}

export interface WalkerListener {
  /** An area has come into sight. */
  arrived?(name: AreaName, link: AreaLink): void
  /** The area that one walks in has changed, that many milliseconds after one has asked for it. */
  crossed?(name: AreaName, link: AreaLink, tookMs: number): void
  /** The score has changed. */
  scored?(passport: Passport): void
}

/** Areas this close to the sight are linked to, and beyond it unlinked from, in units. */
const LINK_WITHIN = 500
const UNLINK_BEYOND = 1_300
/** How long an area has to show the avatar before it is told once more. */
const ENTER_AGAIN_MS = 1_500

export class Walker {
  readonly connection: Connection<typeof app>
  readonly sight: Sight
  readonly #listener: WalkerListener
  readonly #prediction: Prediction
  /** The area that one walks in, or is about to. */
  #home: { readonly name: AreaName; readonly link: AreaLink } | null = null
  #crossing = false
  #enteredAt = -Infinity
  #passport: Passport | null

  constructor(options: WalkerOptions, listener: WalkerListener = {}) {
    const { urls, name, player, bot, start, passport } = options
    this.#listener = listener
    this.#passport = passport
    this.#prediction = new Prediction(start)
    this.connection = connect<typeof app>(urls, { ...options.connect, token: JSON.stringify({ name, player, bot }) })
    this.sight = new Sight(this.connection, (area, link) => this.#arrived(area, link))
  }

  /** Where one is, as far as can be told. */
  get position(): Point {
    return this.#prediction.position
  }

  get home(): { readonly name: AreaName; readonly link: AreaLink } | null {
    return this.#home
  }

  /** Whether one is in an area and can walk. */
  get present(): boolean {
    return this.#home?.link.status === 'live' && this.#avatarIn(this.#home.link) !== undefined
  }

  get score(): number {
    return this.#passport?.score ?? 0
  }

  /** Keeps linked to what is seen. */
  look(seen: Rect): void {
    this.sight.look(areasIn(grown(seen, LINK_WITHIN)), areasIn(grown(seen, UNLINK_BEYOND)))
  }

  /** Takes what the server says of the own avatar, and enters where there should be one and is none. */
  reconcile(): void {
    // The area may have been lost from sight with its link.
    if (this.#home && !this.#crossing && this.sight.links.get(this.#home.name) !== this.#home.link) this.#home = null
    if (this.#home?.link.status !== 'live') return
    const avatar = this.#avatarIn(this.#home.link)
    if (avatar) this.#prediction.learn(this.#home.name, avatar)
    else if (!this.#crossing && performance.now() - this.#enteredAt > ENTER_AGAIN_MS) this.#enter()
  }

  /** A step into a direction of length 1 or less, once each `TICK_MS`; and over the border where there is one. */
  step(direction: Point): void {
    const move = stepInto(direction)
    // While contact is lost one stands: steps that come late would be refused anyway.
    if (move && this.#home && (this.present || this.#crossing)) {
      const step = this.#prediction.walk(this.#home.name, move.dx, move.dy)
      this.#tell(() => this.connection.send('walk', step))
    }
    this.#cross()
  }

  emote(emote: Emote): void {
    if (this.present) this.#tell(() => this.connection.send('emote', emote))
  }

  boom(at: Point): void {
    const point = { x: Math.round(at.x), y: Math.round(at.y) }
    if (this.present) this.#tell(() => this.connection.send('boom', point))
  }

  close(): Promise<void> {
    return this.connection.close()
  }

  #arrived(name: AreaName, link: AreaLink): void {
    link.on('passport', (passport) => {
      this.#passport = passport
      this.#listener.scored?.(passport)
    })
    // A step that was refused, or lost with its area, is seen in the avatar's place.
    link.onRefused(() => undefined)
    // The area has lost its memory, and one's avatar with it.
    link.onReset(() => {
      if (this.#home?.link === link) this.#enter()
    })
    this.#listener.arrived?.(name, link)
  }

  /** Moves the processor to the area at one's feet, if it is in sight and another than now. */
  #cross(): void {
    if (this.#crossing) return
    const here = this.position
    if (this.#home && distanceTo(rectOf(this.#home.name), here) < CROSSING) return
    const name = areaAt(here)
    const link = this.sight.links.get(name)
    if (name === this.#home?.name || link?.status !== 'live') return
    void this.#moveTo(name, link)
  }

  /** What is sent from here on waits in the client until the area has taken over: `enter` first, then the steps after it. */
  async #moveTo(name: AreaName, link: AreaLink): Promise<void> {
    const startedAt = performance.now()
    this.#crossing = true
    this.#home = { name, link }
    try {
      const moved = this.connection.setProcessor(link)
      this.#enter()
      await moved
      this.#listener.crossed?.(name, link, performance.now() - startedAt)
    } catch {
      // Contact was lost on the way: the next step tries again, from wherever one is.
      this.#home = null
    } finally {
      this.#crossing = false
    }
  }

  #enter(): void {
    this.#enteredAt = performance.now()
    const known = this.#prediction.settle()
    this.#tell(() => this.connection.send('enter', { ...known, passport: this.#passport }))
  }

  /** What can't be sent now, because the link to the area is about to end, is made up for by entering the next. */
  #tell(send: () => void): void {
    try {
      send()
    } catch (error) {
      if (!(error instanceof CentrumError && error.retryable)) throw error
    }
  }

  #avatarIn(link: AreaLink): AreaLink['state']['avatars'][string] | undefined {
    return link.state.avatars[this.connection.clientId]
  }
}
