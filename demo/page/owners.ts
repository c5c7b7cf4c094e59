/** Which back owns which area, as far as has been seen, and a colour for each back. */
import type { AreaName } from '../world.js'

const COLOURS = ['#4fd6c4', '#ffa657', '#b392f0', '#f778ba']

export class Owners {
  readonly #backs = new Map<AreaName, string>()
  readonly #known: string[] = []

  learn(area: AreaName, back: string): void {
    this.#backs.set(area, back)
    if (this.#known.includes(back)) return
    this.#known.push(back)
    this.#known.sort()
  }

  of(area: AreaName): string | null {
    return this.#backs.get(area) ?? null
  }

  get all(): readonly string[] {
    return this.#known
  }

  colourOf(back: string | null): string {
    if (back === null) return '#6d7b8c'
    // By its number where it has one, so that colours do not depend on who was seen first.
    const number = Number(/\d+$/.exec(back)?.[0] ?? this.#known.indexOf(back) + 1)
    return COLOURS[(number - 1) % COLOURS.length] ?? '#6d7b8c'
  }
}
