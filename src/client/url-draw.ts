/**
 * Chooses the URL that is dialled next: the one that a front named, or else a random one of those that were not tried since the last
 * connection. So the clients of a dead front spread over the others, and a front that returns is found again. Dials nothing.
 */

/** So long a client does not go back to a front that asked to be left, in milliseconds: what sent it away is over then, or found again. */
const LEFT_MS = 60_000

export class UrlDraw {
  readonly #urls: string[]
  /** How many were given; behind them the last one that a front named. */
  readonly #given: number
  readonly #float: () => number
  /** In this round. */
  #tried = new Set<string>()
  /** Fronts that stay and asked to be left, and when. */
  readonly #left = new Map<string, number>()
  /** The one that a front named, until it is dialled. */
  #named = ''
  /** Rounds without success. */
  failures = 0

  constructor(urls: readonly string[], float: () => number) {
    this.#urls = [...urls]
    this.#given = urls.length
    this.#float = float
  }

  next(): string {
    let url = this.#named
    this.#named = ''
    if (url === '') {
      if (!this.hasOther) this.#tried.clear()
      const left = this.#urls.filter((each) => !this.#tried.has(each))
      url = left[Math.floor(this.#float() * left.length)] as string
    }
    this.#tried.add(url)
    return url
  }

  /** Whether there is one that was not tried in this round. */
  get hasOther(): boolean {
    return this.#urls.some((url) => !this.#tried.has(url))
  }

  /** A front named this one: it is next. Of those the last is kept. */
  named(url: string): void {
    if (url === '') return
    if (!this.#urls.includes(url)) this.#urls[this.#given] = url
    this.#named = url
  }

  /** A front that stays asks to be left. Whether there is another, which has not asked for the same of late. */
  leaves(url: string, now: number): boolean {
    for (const [each, at] of this.#left) if (now - at > LEFT_MS) this.#left.delete(each)
    this.#left.set(url, now)
    if (this.#left.has(this.#named)) this.#named = ''
    this.connected(url)
    return this.hasOther
  }

  /** Connected by this one: should that be lost, the others come first. */
  connected(url: string): void {
    this.#tried = new Set([url, ...this.#left.keys()])
  }

  /** How long to wait until the next is dialled: a round over all of them counts as one failure. */
  failed(msMin: number, msMax: number): number {
    const ms = this.#float() * Math.min(msMax, msMin * 2 ** this.failures)
    if (!this.hasOther) this.failures++
    return ms
  }
}
