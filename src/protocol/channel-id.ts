/**
 * What a channel's id may be, what a pattern of ids is (`lobby`, `arena/:id`, `world/*`), and `channelId`, which makes an id
 * from a pattern and its parts. It runs in browsers, and knows no app: whether a channel stands under an id is not its question.
 */

import { CentrumError } from './errors.js'

/** The longest channel id, in UTF-16 units. Ids are keys in many maps and stand in logs. */
export const CHANNEL_ID_LENGTH_MAX = 256

/** What is wrong with an id, as the end of a sentence that begins with it; `null` if nothing is. */
export function channelIdProblem(id: unknown): string | null {
  if (typeof id !== 'string') return `must be a string, got ${id === null ? 'null' : typeof id}`
  if (id === '') return 'must not be empty'
  if (id.length > CHANNEL_ID_LENGTH_MAX) return `has ${id.length} characters, the limit is ${CHANNEL_ID_LENGTH_MAX}`
  if (id.startsWith('/') || id.endsWith('/') || id.includes('//')) {
    return "has an empty part: there must be something before, between and after each '/'"
  }
  // Control characters garble logs; half a surrogate pair does not survive UTF-8.
  if (/[\p{Cc}\p{Cs}]/u.test(id)) return 'contains a control character or half a surrogate pair'
  return null
}

export function isChannelId(id: unknown): id is string {
  return channelIdProblem(id) === null
}

export type PatternSegment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'any' }

/** Throws the error of whoever was given the pattern. */
export type RefusePattern = (problem: string) => never

/** The segments of a pattern, checked. */
export function parsePattern(pattern: string, refuse: RefusePattern = refusePattern): readonly PatternSegment[] {
  const problem = channelIdProblem(pattern)
  if (problem !== null) refuse(`the pattern '${pattern}' ${problem}.`)
  const names = new Set<string>()
  return pattern.split('/').map((text): PatternSegment => {
    if (text === '*') return { kind: 'any' }
    if (text.includes('*')) refuse(`the pattern '${pattern}' has '${text}': '*' stands for a whole segment.`)
    if (!text.startsWith(':')) return { kind: 'literal', text }
    const name = text.slice(1)
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      refuse(`the pattern '${pattern}' has '${text}': a name is letters, digits and _, such as :id.`)
    }
    if (names.has(name)) refuse(`the pattern '${pattern}' has the name '${name}' twice.`)
    names.add(name)
    return { kind: 'named', name }
  })
}

/**
 * The id of a channel from its pattern and the parts: `channelId('arena/:id', { id: 1 })` is `arena/1`.
 * @throws CentrumError `invalid-channel-id` where a part is missing, empty, contains `/` or is not in the pattern: such an
 * id would reach another channel than the one that was meant.
 */
export function channelId<const P extends string>(pattern: P, params: PatternParams<P>): PatternId<P>
export function channelId(pattern: string, params: Readonly<Record<string, unknown>>): string {
  const refuse = (problem: string): never => {
    throw new CentrumError('invalid-channel-id', `channelId('${pattern}'): ${problem}`)
  }
  const names = new Set<string>()
  const id = parsePattern(pattern, refuse)
    .map((segment) => {
      if (segment.kind === 'literal') return segment.text
      if (segment.kind === 'any') return refuse("'*' has no name to give a part by. Write :name in its place.")
      names.add(segment.name)
      const part = Object.hasOwn(params, segment.name) ? params[segment.name] : undefined
      return partOf(segment.name, part, refuse)
    })
    .join('/')
  for (const name of Object.keys(params)) {
    if (!names.has(name)) refuse(`the pattern has no part '${name}'. It has: ${[...names].join(', ') || 'none'}.`)
  }
  const problem = channelIdProblem(id)
  if (problem !== null) refuse(`the id ${problem}.`)
  return id
}

function partOf(name: string, part: unknown, refuse: (problem: string) => never): string {
  if (typeof part === 'number' && Number.isFinite(part)) return String(part)
  if (typeof part !== 'string') {
    return refuse(
      `the part '${name}' must be a string or a finite number, got ${part === null ? 'null' : String(typeof part === 'number' ? part : typeof part)}.`,
    )
  }
  if (part === '') return refuse(`the part '${name}' is empty.`)
  if (part.includes('/'))
    return refuse(`the part '${name}' contains '/', which would reach another channel: '${part}'.`)
  return part
}

/** What happens where nobody else says: an error about an option. */
export function refusePattern(problem: string): never {
  throw new CentrumError('invalid-option', problem)
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
