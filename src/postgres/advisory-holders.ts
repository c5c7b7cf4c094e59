/** Who holds a place in the database. Knows nothing of what the place is for. */

/** SQL for whether some session holds the lock of a kind and an id, both given as SQL. It reads `hashtext` as two numbers without a sign. */
export function advisoryHolders(kind: string, id: string): string {
  return `EXISTS (
    SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.classid::bigint = hashtext(${kind})::bigint & 4294967295 AND l.objid::bigint = hashtext(${id})::bigint & 4294967295
  )`
}
