/**
 * What a channel's id may be, what a pattern of ids is (`lobby`, `arena/:id`, `world/*`), and `channelId`, which makes an id
 * from a pattern and its parts. It runs in browsers, and knows no app: whether a channel stands under an id is not its question.
 */

import { CentrumError } from './errors.js'

/** The longest channel id, in UTF-16 units. Ids are keys of many maps, and are in logs. */
export const CHANNEL_ID_LENGTH_MAX = 256

/** What is wrong with an id, as the end of a sentence that begins with it; `null` if nothing is. */
export function channelIdProblem(id: unknown): string | null {
  if (typeof id !== 'string') return `must be a string, not ${typeof id}`
  if (id.length > CHANNEL_ID_LENGTH_MAX) return `has ${id.length} characters, at most ${CHANNEL_ID_LENGTH_MAX}`
  if (id.split('/').includes('')) return 'has an empty part'
  // Control characters garble logs; half a surrogate pair does not survive UTF-8.
  if (/[\p{Cc}\p{Cs}]/u.test(id)) return 'contains a control character or half a surrogate pair'
  return null
}

/** Whether a value is a channel id. */
export function isChannelId(id: unknown): id is string {
  return channelIdProblem(id) === null
}

/** Throws the error that fits where the pattern was given. */
export type RefusePattern = (problem: string) => never

/**
 * The id of a channel from its pattern and the parts: `channelId('arena/:id', { id: 1 })` is `arena/1`.
 * @throws CentrumError `invalid-channel-id` if a part is missing, empty, contains `/` or is not in the pattern: such an
 * id would lead to another channel.
 */
export function channelId<const P extends string>(pattern: P, params: PatternParams<P>): PatternId<P>
export function channelId(pattern: string, params: Readonly<Record<string, unknown>>): string {
  const refuse = (problem: string): never => {
    throw new CentrumError('invalid-channel-id', `channelId('${pattern}'): ${problem}`)
  }
  const left = new Set(Object.keys(params))
  const parts = pattern.split('/').map((segment) => {
    if (!/^(:|\*$)/.test(segment)) return segment
    const name = segment.slice(1)
    const part = left.delete(name) ? params[name] : undefined
    return (typeof part === 'string' && /^[^/]+$/.test(part)) || Number.isFinite(part)
      ? part
      : refuse(`the part '${segment}' must be a number or a text without '/', not '${String(part)}'`)
  })
  if (left.size > 0) refuse(`the pattern has no part '${[...left].join()}'`)
  const id = parts.join('/')
  const problem = channelIdProblem(id)
  return problem === null ? id : refuse(`the id ${problem}`)
}

/** The type of the ids that a pattern matches: `arena/${string}` for `arena/:id`. */
export type PatternId<P extends string> = P extends `${infer Head}/${infer Rest}`
  ? `${SegmentId<Head>}/${PatternId<Rest>}`
  : SegmentId<P>

type SegmentId<S extends string> = S extends `:${string}` | '*' ? string : S

/** The parts of a pattern's ids as `channelId` takes them. A pattern with `*` has parts that can't be given. */
export type PatternParams<P extends string> = { readonly [N in PatternNames<P>]: string | number }

/** The names of a pattern: `'id'` for `arena/:id`. */
export type PatternNames<P extends string> = P extends `${infer Head}/${infer Rest}`
  ? PatternNames<Head> | PatternNames<Rest>
  : P extends `:${infer Name}`
    ? Name
    : string extends P
      ? string
      : never
