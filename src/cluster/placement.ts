/**
 * Where a channel opens that nobody has: among the backs that list the pattern which stands for it, each as many as its weight says, and of
 * two candidates the one that has less to do. One that is cordoned, drains or is full takes channels only where no other can. Knows nothing
 * of who owns a channel already.
 */
import { isChannelId } from '../protocol/channel-id.js'
import { compilePatterns, type PatternMatcher } from '../protocol/pattern.js'
import type { ListedBack, PlaceWish } from './cluster.js'
import { EVERYTHING } from './static-cluster.js'
import { weightedCandidates } from './weighted-candidates.js'

/**
 * How much more than the other's the load of the first candidate has to be until the other gets the channel. Loads are known a second late:
 * without it all that opens within that second would go to one of the two.
 */
const MORE_LOAD = 1.25
const MORE_CHANNELS = 4

export class Placement {
  readonly #backs: readonly ListedBack[]
  readonly #matcher: PatternMatcher

  constructor(backs: readonly ListedBack[]) {
    this.#backs = backs
    const patterns = new Set(backs.flatMap(({ channels }) => channels))
    patterns.delete(EVERYTHING)
    this.#matcher = matcherOf(patterns)
  }

  /** Null where no back that is not left out lists a pattern that fits. */
  ownerOf(channelId: string, { out = () => false, choose }: PlaceWish = {}): string | null {
    if (!isChannelId(channelId)) return null
    const pattern = this.#matcher.match(channelId)?.pattern ?? EVERYTHING
    const fitting = this.#backs.filter(({ id, channels }) => channels.includes(pattern) && !out(id))
    const open = fitting.filter((back) => takesMore(back))
    const chosen = open.length > 0 ? (choose?.(channelId, open) ?? null) : null
    if (chosen !== null) return chosen
    const [first, second] = weightedCandidates(open.length > 0 ? open : fitting, channelId)
    if (first === undefined) return null
    return second !== undefined && isBusier(first, second) ? second.id : first.id
  }
}

/** Whether a back takes channels that nobody has. */
export function takesMore({ isCordoned, isDraining, capacity, channelCount }: ListedBack): boolean {
  return !isCordoned && !isDraining && channelCount < (capacity ?? Infinity)
}

function isBusier(one: ListedBack, other: ListedBack): boolean {
  return one.channelCount / one.weight > (MORE_LOAD * other.channelCount + MORE_CHANNELS) / other.weight
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
