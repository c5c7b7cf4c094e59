/** An app's patterns as a cluster's list has them. Knows nothing of backs. */

/** A list knows segments, not their names: `arena/:id` is `arena/*`. */
export function listedPatterns(patterns: Iterable<string>): string[] {
  const listed = [...patterns].map((pattern) =>
    pattern
      .split('/')
      .map((segment) => (segment.startsWith(':') ? '*' : segment))
      .join('/'),
  )
  return [...new Set(listed)]
}
