/**
 * Where a channel opens that nobody has: among the backs that list the pattern which stands for it, each as many as its weight says. One
 * that is cordoned, drains or is full takes channels only where no other can. Knows nothing of who owns a channel already.
 */
import { isChannelId } from '../protocol/channel-id.js'
import { compilePatterns, type PatternMatcher } from '../protocol/pattern.js'
import type { ListedBack } from './cluster.js'
import { EVERYTHING } from './static-cluster.js'
import { weightedRendezvous } from './weighted-rendezvous.js'

export class Placement {
  readonly #backs: readonly ListedBack[]
  readonly #matcher: PatternMatcher

  constructor(backs: readonly ListedBack[]) {
    this.#backs = backs
    const patterns = new Set(backs.flatMap(({ channels }) => channels))
    patterns.delete(EVERYTHING)
    this.#matcher = matcherOf(patterns)
  }

  /** Null where no back that is not `out` lists a pattern that fits. */
  ownerOf(channelId: string, out: (backId: string) => boolean = () => false): string | null {
    if (!isChannelId(channelId)) return null
    const pattern = this.#matcher.match(channelId)?.pattern ?? EVERYTHING
    const fitting = this.#backs.filter(({ id, channels }) => channels.includes(pattern) && !out(id))
    const open = fitting.filter((back) => takesMore(back))
    return weightedRendezvous(open.length > 0 ? open : fitting, channelId)
  }
}

function takesMore({ isCordoned, isDraining, capacity, channelCount }: ListedBack): boolean {
  return !isCordoned && !isDraining && channelCount < (capacity ?? Infinity)
}

/** Of patterns of two backs that differ only in names the first stands. */
function matcherOf(patterns: ReadonlySet<string>): PatternMatcher {
  let matcher = compilePatterns([])
  const taken: string[] = []
  for (const pattern of patterns) {
    try {
      matcher = compilePatterns([...taken, pattern])
      taken.push(pattern)
    } catch {
      // The other back's pattern fits the same ids.
    }
  }
  return matcher
}
