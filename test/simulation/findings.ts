/** What checkers found wrong in one run, with the time at which they did. The first few are enough. */

const FINDINGS_MAX = 12

export class Findings {
  readonly #now: () => number
  readonly #said = new Set<string>()
  readonly list: string[] = []

  constructor(now: () => number) {
    this.#now = now
  }

  /** `rule`: which promise or rule is broken; the same one of the same `who` is noted once. */
  add(rule: string, who: string, what: string): void {
    const key = `${rule} ${who}`
    if (this.#said.has(key) || this.list.length >= FINDINGS_MAX) return
    this.#said.add(key)
    this.list.push(`${(this.#now() / 1_000).toFixed(3)} s  ${rule}  ${who}: ${what}`)
  }
}
