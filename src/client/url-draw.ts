/**
 * Which URL is dialled next: each client draws by its own chance among those that it has not tried since it was connected, so
 * that the clients of a front that died spread over the others, and a front that is back is found again. Dials nothing.
 */

export class UrlDraw {
  readonly #urls: string[]
  /** How many were given; behind them the last one that a front named. */
  readonly #given: number
  readonly #float: () => number
  /** In this round. */
  #tried = new Set<string>()
  /** Rounds without success. */
  failures = 0

  constructor(urls: readonly string[], float: () => number) {
    this.#urls = [...urls]
    this.#given = urls.length
    this.#float = float
  }

  next(): string {
    let left = this.#urls.filter((url) => !this.#tried.has(url))
    if (left.length === 0) {
      this.#tried.clear()
      left = this.#urls
    }
    return this.take(left[Math.floor(this.#float() * left.length)] as string)
  }

  take(url: string): string {
    this.#tried.add(url)
    return url
  }

  /** A front named this one. Of those the last is kept. */
  named(url: string): string {
    if (!this.#urls.includes(url)) this.#urls[this.#given] = url
    return this.take(url)
  }

  /** Connected by this one: should that be lost, the others come first. */
  connected(url: string): void {
    this.#tried = new Set([url])
  }

  /** How long to wait until the next is dialled: a round over all of them counts as one failure. */
  failed(msMin: number, msMax: number): number {
    const ms = this.#float() * Math.min(msMax, msMin * 2 ** this.failures)
    if (this.#tried.size >= this.#urls.length) this.failures++
    return ms
  }
}
