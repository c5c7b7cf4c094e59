/** What kinds of channels the app of a cluster has, in its tables: by them `send` refuses what would be lost. Knows no master. */
import type { ChannelKind } from '../cluster/cluster.js'
import type { PostgresQueries } from './postgres-connection.js'

/** The app of the newest back is the one that counts. */
export async function announceKinds(queries: PostgresQueries, s: string, kinds: readonly ChannelKind[]): Promise<void> {
  const sorted = inPrecedence(kinds)
  await queries.query(`DELETE FROM ${s}.kind`)
  await queries.query(
    `INSERT INTO ${s}.kind (place, pattern, regex, durability) SELECT row_number() OVER (), t.* FROM unnest($1::text[], $2::text[], $3::text[]) AS t`,
    [
      sorted.map(({ pattern }) => pattern),
      sorted.map(({ pattern }) => regexOf(pattern)),
      sorted.map(({ durability }) => durability),
    ],
  )
}

/** A pattern as PostgreSQL matches it. */
export function regexOf(pattern: string): string {
  const segments = pattern
    .split('/')
    .map((segment) => (isOpen(segment) ? '[^/]+' : segment.replaceAll(/[^\w-]/g, '\\$&')))
  return `^${segments.join('/')}$`
}

/** The exact before the general, segment by segment: text, `:name`, `*`. */
function inPrecedence(kinds: readonly ChannelKind[]): ChannelKind[] {
  const rank = (pattern: string): string =>
    pattern
      .split('/')
      .map((segment) => (segment === '*' ? 2 : isOpen(segment) ? 1 : 0))
      .join('')
  return kinds.toSorted((a, b) => (rank(a.pattern) < rank(b.pattern) ? -1 : 1))
}

function isOpen(segment: string): boolean {
  return segment === '*' || segment.startsWith(':')
}
