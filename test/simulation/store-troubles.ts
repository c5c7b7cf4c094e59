/**
 * What becomes of the calls of a store that is in trouble: it is full, slow, or not heard, and backs die at each step of a commit. By chance,
 * as its seed says. Knows nothing of what is stored.
 */
import { CentrumError } from '../../src/protocol/errors.js'
import type { StoreCall, StoreFate } from '../../src/store/store-fate.js'
import type { SeededRandom } from '../../src/testing/seeded-random.js'
import { type Counts, count } from './account-app.js'

export const STORE_TROUBLES = [
  'full',
  'unheard-before',
  'unheard-after',
  'unheard-late',
  'slow-before',
  'slow-after',
  'crash-before',
  'crash-after',
] as const
type Kind = (typeof STORE_TROUBLES)[number]

/** How likely each is at a call. */
const CHANCES: Readonly<Record<Kind, number>> = {
  full: 0.01,
  'unheard-before': 0.01,
  'unheard-after': 0.005,
  'unheard-late': 0.005,
  'slow-before': 0.03,
  'slow-after': 0.03,
  'crash-before': 0.005,
  'crash-after': 0.005,
}
const SLOW_MS_MAX = 300

export interface StoreTroublesHost {
  readonly random: SeededRandom
  readonly counts: Counts
  /** Milliseconds since the cluster began. */
  now(): number
  /** The process of a back ends. */
  kill(backId: string): void
}

export class StoreTroubles {
  /** Chances are multiplied by it: 0 for no trouble. */
  scale = 0
  readonly #host: StoreTroublesHost
  #held: { readonly atMs: number; readonly resolve: () => void }[] = []

  constructor(host: StoreTroublesHost) {
    this.#host = host
  }

  /** What has waited long enough goes on. */
  step(): void {
    const now = this.#host.now()
    const due = this.#held.filter(({ atMs }) => atMs <= now)
    this.#held = this.#held.filter(({ atMs }) => atMs > now)
    for (const { resolve } of due) resolve()
  }

  /** No trouble from here on, and nothing waits any more. */
  end(): void {
    this.scale = 0
    for (const { resolve } of this.#held.splice(0)) resolve()
  }

  fate({ backId, method }: StoreCall): StoreFate {
    if (this.scale === 0 || method === 'join') return {}
    const kind = this.#pick()
    count(this.#host.counts, `store ${kind ?? 'fine'}`)
    switch (kind) {
      case null:
        return {}
      case 'full':
        return { error: new CentrumError('store-full', 'the disk is full') }
      case 'unheard-before':
        return { cut: 'before' }
      case 'unheard-after':
        return { cut: 'after' }
      case 'unheard-late':
        return { cut: 'after', after: this.#later() }
      case 'slow-before':
        return { before: this.#later() }
      case 'slow-after':
        return { after: this.#later() }
      case 'crash-before':
        this.#host.kill(backId)
        return {}
      case 'crash-after':
        return { after: whenAwaited(() => this.#host.kill(backId)) }
    }
  }

  #pick(): Kind | null {
    let chance = this.#host.random.float() / this.scale
    for (const kind of STORE_TROUBLES) {
      chance -= CHANCES[kind]
      if (chance < 0) return kind
    }
    return null
  }

  #later(): Promise<void> {
    const { random, now } = this.#host
    return new Promise((resolve) => this.#held.push({ atMs: now() + random.float() * SLOW_MS_MAX, resolve }))
  }
}

/** Does something where it is awaited, and never resolves. */
function whenAwaited(run: () => void): Promise<void> {
  // oxlint-disable-next-line unicorn/no-thenable
  return { then: run } as unknown as Promise<void>
}
