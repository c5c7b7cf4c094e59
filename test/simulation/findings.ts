/**
 * What checkers found wrong in one run, with the time at which they did; the first few are enough. And what they had before them: a check
 * that never has anything to look at finds nothing, whatever is wrong.
 */

const FINDINGS_MAX = 12

/** What checkers wait for. Each of them has to happen in the seeds of every run of the tests. */
const SIGHTS = [
  'a message handled behind another of its stream',
  'a state compared',
  'a state of a later epoch',
  'a state compared with what is acknowledged',
  'a message acknowledged',
  'a message refused',
  'a message in doubt at a reset',
  'a direct event behind another',
  'a broadcast event behind another',
  'a broadcast event from which its sender is excepted',
  'a gap of broadcast events that was told',
  'a request answered',
  'a request that failed',
  'bytes of a version that were seen before',
  'an entry on a socket behind another',
  'an acknowledgement on the wire',
  'an outcome on the wire that was told before',
  'something private behind another of its ref',
  'something private for a ref that another has replaced',
  'a link that goes on where it was',
  'a message of a front that its log says to be refused',
  'a state compared at a front',
] as const
type Sight = (typeof SIGHTS)[number]

export class Findings {
  readonly #now: () => number
  readonly #said = new Set<string>()
  readonly list: string[] = []
  /** How often each thing was seen, and how high each count rose. */
  readonly seen = new Map<string, number>(SIGHTS.map((sight) => [sight, 0]))

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

  saw(sight: Sight): void {
    this.seen.set(sight, (this.seen.get(sight) ?? 0) + 1)
  }

  /** Counts that are held below a limit, or come to nothing in the end. */
  rose(role: string, counts: Readonly<Record<string, number>>): void {
    for (const [name, count] of Object.entries(counts)) {
      const key = `${role} ${name} above 0`
      this.seen.set(key, Math.max(this.seen.get(key) ?? 0, count))
    }
  }
}
