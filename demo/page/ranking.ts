/** Who has most: the first few players of the lobby. Bots don't compete. */
import type { LobbyState } from '../lobby.js'
import { element, made } from './element.js'

const SHOWN_MAX = 5

export class Ranking {
  readonly #list = element('ranking', HTMLOListElement)
  #shown = ''
  #leader: string | null = null

  /** The id of the client that leads, if anybody has anything. */
  get leader(): string | null {
    return this.#leader
  }

  show(members: LobbyState['members'], ownId: string): void {
    const ranked = Object.entries(members)
      .filter(([, { bot, score }]) => !bot && score > 0)
      .toSorted(([, a], [, b]) => b.score - a.score)
      .slice(0, SHOWN_MAX)
    const [first] = ranked
    this.#leader = first?.[0] ?? null
    const shown = JSON.stringify(ranked)
    if (shown === this.#shown) return
    this.#shown = shown
    this.#list.replaceChildren(
      ...ranked.map(([id, { name, hue, score }]) => {
        const item = made('li', '', id === ownId ? 'own' : '')
        item.style.setProperty('--hue', `hsl(${hue} 80% 65%)`)
        item.append(made('span', name), made('span', String(score)))
        return item
      }),
    )
  }
}
