/**
 * The player of this page: its walker, its link to the lobby, and what is in sight of it. A new name or another front makes
 * a new one, at the same place.
 */
import type { ChannelLink } from 'centrum/client'
import type { lobby } from '../lobby.js'
import type { AreaLink } from '../sight.js'
import { Walker } from '../walker.js'
import type { AreaName, Point } from '../world.js'
import type { Effects } from './effects.js'
import { playerId, rememberedPassport, rememberPassport } from './memory.js'
import type { Owners } from './owners.js'
import { OwnMotion } from './own-motion.js'
import type { Scene } from './scene.js'
import { Traffic } from './traffic.js'

export type LobbyLink = ChannelLink<typeof lobby>

export interface PlayerOptions {
  readonly urls: readonly string[]
  readonly name: string
  readonly start: Point
}

/** What a player has to do with. */
export interface Surroundings {
  readonly scene: Scene
  readonly effects: Effects
  readonly owners: Owners
  /** A boom was near. */
  shaken(): void
  crossed(name: AreaName, tookMs: number): void
}

/** How long what is said may take: a network that is gone for a while keeps it, and it arrives once. */
const SAY_MS = 40_000
/** How long after a refusal the lobby is asked again. */
const LOBBY_AGAIN_MS = 2_000

export class Player {
  readonly walker: Walker
  readonly motion: OwnMotion
  readonly traffic = new Traffic()
  readonly #surroundings: Surroundings
  #lobby: LobbyLink | null = null
  #left = false

  constructor({ urls, name, start }: PlayerOptions, surroundings: Surroundings) {
    this.#surroundings = surroundings
    this.motion = new OwnMotion(start)
    const player = playerId()
    const options = { urls, name, player, bot: false, start, passport: rememberedPassport() }
    this.walker = new Walker(
      { ...options, connect: { WebSocket: this.traffic.WebSocket, backoffMsMax: 2_000 } },
      {
        arrived: (area, link) => this.#arrived(area, link),
        crossed: (area, _, tookMs) => surroundings.crossed(area, tookMs),
        scored: (passport) => {
          rememberPassport(passport)
          this.#lobby?.send('score', passport)
        },
      },
    )
    void this.#enterLobby()
  }

  get id(): string {
    return this.walker.connection.clientId
  }

  get lobby(): LobbyLink | null {
    return this.#lobby
  }

  /** Says something in the lobby; resolves with the milliseconds to wait first, or 0. */
  async say(text: string): Promise<number> {
    if (!this.#lobby) return -1
    return (await this.#lobby.request('say', text, { timeoutMs: SAY_MS })).waitMs
  }

  leave(): void {
    this.#left = true
    void this.walker.close()
  }

  async #enterLobby(): Promise<void> {
    try {
      const lobby = await this.walker.connection.link('lobby')
      this.#lobby = lobby
      const score = (): void => {
        const passport = rememberedPassport()
        if (passport) lobby.send('score', passport)
      }
      score()
      lobby.onReset(score)
      lobby.onStatus((status) => {
        if (status !== 'closed' || this.#left) return
        this.#lobby = null
        void this.#enterLobby()
      })
    } catch {
      if (!this.#left) setTimeout(() => void this.#enterLobby(), LOBBY_AGAIN_MS)
    }
  }

  #arrived(name: AreaName, link: AreaLink): void {
    const { scene, effects, owners, shaken } = this.#surroundings
    if (this.#left) return
    scene.add(name, link)
    owners.learn(name, link.state.back)
    link.onReset(() => owners.learn(name, link.state.back))
    link.on('taken', ({ x, y, worth, id }) => effects.taken({ x, y }, worth, id === this.id))
    link.on('boomed', ({ x, y, hue }) => {
      effects.boomed({ x, y }, hue)
      if (Math.hypot(x - this.walker.position.x, y - this.walker.position.y) < 1_600) shaken()
    })
  }
}
