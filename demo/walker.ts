/**
 * A player from the client's side: one connection, the areas it sees, and the one that it walks in, which is its processor.
 * The page and the bots are both made of it; it knows neither pictures nor keys.
 */
import { CentrumError, type ConnectOptions, type Connection, connect } from 'centrum/client'
import { createPredictor, type Predictor } from 'centrum/predict'
import type app from './app.js'
import type { Emote } from './emotes.js'
import type { Passport } from './passport.js'
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
  type Step,
  stepInto,
  TICK_MS,
  walked,
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

/** The area that one walks in. */
interface Home {
  readonly name: AreaName
  readonly link: AreaLink
  /** Where one's avatar is, before the area says so; `null` while the area takes over. */
  me: Predictor<Step, Point> | null
}

export class Walker {
  readonly connection: Connection<typeof app>
  readonly sight: Sight
  readonly #listener: WalkerListener
  /** The area that one walks in, or is about to. */
  #home: Home | null = null
  /** Where one is as long as no area says so. */
  #position: Point
  /** Steps since one asked for another area: made there once it has taken over. `null` while none is asked for. */
  #onTheWay: Step[] | null = null
  #crossings = 0
  #enteredAt = -Infinity
  #passport: Passport | null

  constructor(options: WalkerOptions, listener: WalkerListener = {}) {
    const { urls, name, player, bot, start, passport } = options
    this.#listener = listener
    this.#passport = passport
    this.#position = start
    this.connection = connect<typeof app>(urls, { ...options.connect, token: JSON.stringify({ name, player, bot }) })
    this.sight = new Sight(this.connection, (area, link) => this.#arrived(area, link))
  }

  /** Where one is, as far as can be told. */
  get position(): Point {
    return (this.#position = this.#home?.me?.at(performance.now()) ?? this.#position)
  }

  get home(): Readonly<Home> | null {
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

  /** Enters where there should be an avatar and is none. */
  reconcile(): void {
    // The area may have been lost from sight with its link.
    if (this.#home && !this.#onTheWay && this.sight.links.get(this.#home.name) !== this.#home.link) this.#leave()
    if (this.#home?.link.status !== 'live' || this.#onTheWay) return
    const isLate = performance.now() - this.#enteredAt > ENTER_AGAIN_MS
    if (!this.#avatarIn(this.#home.link) && isLate) this.#enter(this.#home)
  }

  /** A step into a direction of length 1 or less, once each `TICK_MS`; and over the border where there is one. */
  step(direction: Point): void {
    const step = stepInto(direction)
    if (step && this.#home && this.#onTheWay) {
      this.#onTheWay.push(step)
      this.#position = walked(this.#home.name, this.#position, step)
    } else if (step && this.present) {
      // While contact is lost one stands: steps that come late would be refused anyway.
      this.#tell(() => this.#home?.me?.input(step))
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
      if (this.#home?.link === link && !this.#onTheWay) this.#enter(this.#home)
    })
    this.#listener.arrived?.(name, link)
  }

  /** Moves the processor to the area at one's feet, if it is in sight and another than now. */
  #cross(): void {
    if (this.#onTheWay) return
    const here = this.position
    if (this.#home && distanceTo(rectOf(this.#home.name), here) < CROSSING) return
    const name = areaAt(here)
    const link = this.sight.links.get(name)
    if (name === this.#home?.name || link?.status !== 'live') return
    void this.#moveTo(name, link)
  }

  /** `enter` waits in the client until the area has taken over; the steps since then are made behind it. */
  async #moveTo(name: AreaName, link: AreaLink): Promise<void> {
    const startedAt = performance.now()
    this.#leave()
    const home: Home = (this.#home = { name, link, me: null })
    const steps: Step[] = (this.#onTheWay = [])
    this.#crossings++
    try {
      const moved = this.connection.setProcessor(link)
      const from = this.#enter(home)
      await moved
      home.me = this.#predict(home, from)
      for (const step of steps) this.#tell(() => home.me?.input(step))
      this.#listener.crossed?.(name, link, performance.now() - startedAt)
    } catch {
      // Contact was lost on the way: the next step tries again, from wherever one is.
      this.#leave()
    } finally {
      this.#onTheWay = null
    }
  }

  /** Asks for an avatar at one's place, which is returned. */
  #enter(home: Home): Point {
    const { x, y } = this.position
    this.#enteredAt = performance.now()
    this.#tell(() => this.connection.send('enter', { x, y, crossings: this.#crossings, passport: this.#passport }))
    if (!this.#onTheWay) {
      home.me?.close()
      home.me = this.#predict(home, { x, y })
    }
    return { x, y }
  }

  /** Until the area shows an avatar it is taken to be where one has entered. */
  #predict({ name, link }: Home, entered: Point): Predictor<Step, Point> {
    return createPredictor(link, {
      message: 'walk',
      select: (): Point => this.#avatarIn(link) ?? entered,
      step: (avatar, step) => void Object.assign(avatar, walked(name, avatar, step)),
      stepMs: TICK_MS,
      // What the page shows glides by itself, over borders as well.
      smoothMs: 0,
    })
  }

  #leave(): void {
    this.#position = this.position
    this.#home?.me?.close()
    this.#home = null
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
