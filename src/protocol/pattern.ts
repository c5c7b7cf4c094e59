/**
 * Which of several patterns an id reaches. `:name` and `*` stand for one segment each, and the exact wins over the general,
 * segment by segment from the left: text, then `:name`, then `*`. It knows nothing of what stands under a pattern.
 */

import { channelIdProblem, type RefusePattern } from './channel-id.js'
import { CentrumError } from './errors.js'

type PatternSegment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'named'; readonly name: string }
  | { readonly kind: 'any' }

/** The segments of a pattern, checked. */
function parsePattern(pattern: string, refuse: RefusePattern): readonly PatternSegment[] {
  const problem = channelIdProblem(pattern)
  if (problem !== null) refuse(`the pattern '${pattern}' ${problem}.`)
  const names = new Set<string>()
  return pattern.split('/').map((text): PatternSegment => {
    if (text === '*') return { kind: 'any' }
    if (text.includes('*')) refuse(`the pattern '${pattern}' contains '${text}': '*' must stand for a whole segment.`)
    if (!text.startsWith(':')) return { kind: 'literal', text }
    const name = text.slice(1)
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      refuse(`the pattern '${pattern}' contains '${text}': a name consists of letters, digits and _, such as :id.`)
    }
    if (names.has(name)) refuse(`the pattern '${pattern}' has the name '${name}' twice.`)
    names.add(name)
    return { kind: 'named', name }
  })
}

/** The default: an error about an option. */
function refusePattern(problem: string): never {
  throw new CentrumError('invalid-option', problem)
}

/** Whether a pattern is the id of one channel. */
export function isExact(pattern: string): boolean {
  return pattern.split('/').every((segment) => segment !== '*' && !segment.startsWith(':'))
}

export interface PatternMatch {
  readonly pattern: string
  /** The segments that stand for `:name`, by name. Those that stand for `*` have none. */
  readonly params: Readonly<Record<string, string>>
}

export interface PatternMatcher {
  /** The pattern that wins for an id; `null` if none matches, or if it is no id. */
  match(channelId: string): PatternMatch | null
}

/** Whether one pattern matches an id; its named segments if so. */
export function matchPattern(pattern: string, channelId: string): PatternMatch | null {
  return compilePatterns([pattern]).match(channelId)
}

/**
 * Prepares patterns for matching. The same pattern may be given more than once; two that differ only in names may not,
 * since neither would win.
 */
export function compilePatterns(patterns: Iterable<string>, refuse: RefusePattern = refusePattern): PatternMatcher {
  const root = createNode()
  for (const pattern of patterns) insert(root, pattern, refuse)
  return {
    match(channelId) {
      if (channelIdProblem(channelId) !== null) return null
      const segments = channelId.split('/')
      const leaf = find(root, segments, 0)
      if (leaf === null) return null
      const named = leaf.names.map(({ name, index }) => [name, segments[index] ?? ''] as const)
      return { pattern: leaf.pattern, params: Object.fromEntries(named) }
    },
  }
}

/** A place in the tree of segments: what may follow, and the pattern that ends here. */
interface Node {
  readonly literals: Map<string, Node>
  named: Node | null
  any: Node | null
  leaf: Leaf | null
}

interface Leaf {
  readonly pattern: string
  readonly names: readonly { readonly name: string; readonly index: number }[]
}

function createNode(): Node {
  return { literals: new Map(), named: null, any: null, leaf: null }
}

function insert(root: Node, pattern: string, refuse: RefusePattern): void {
  const segments = parsePattern(pattern, refuse)
  let node = root
  for (const segment of segments) node = next(node, segment)
  if (node.leaf !== null && node.leaf.pattern !== pattern) {
    refuse(`the patterns '${node.leaf.pattern}' and '${pattern}' match the same ids. Keep one.`)
  }
  const names = segments.flatMap((segment, index) => (segment.kind === 'named' ? [{ name: segment.name, index }] : []))
  node.leaf = { pattern, names }
}

function next(node: Node, segment: PatternSegment): Node {
  switch (segment.kind) {
    case 'literal': {
      const child = node.literals.get(segment.text) ?? createNode()
      node.literals.set(segment.text, child)
      return child
    }
    case 'named':
      return (node.named ??= createNode())
    case 'any':
      return (node.any ??= createNode())
  }
}

/** The first leaf in the order of precedence. Where an exact segment leads nowhere the more general ones are tried. */
function find(node: Node, segments: readonly string[], index: number): Leaf | null {
  const segment = segments[index]
  if (segment === undefined) return node.leaf
  for (const child of [node.literals.get(segment), node.named, node.any]) {
    const leaf = child ? find(child, segments, index + 1) : null
    if (leaf !== null) return leaf
  }
  return null
}
