/**
 * The "did you mean …" of errors about names: the known name that is nearest to a mistyped one.
 * It knows nothing of what the names stand for.
 */

/** ` Did you mean 'onTick'?`, or nothing where no name is near. To be appended to a sentence. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const closest = closestName(name, known)
  return closest === null ? '' : ` Did you mean '${closest}'?`
}

/** The nearest of the known names, if it differs in no more than a third of its letters. Case is no difference. */
export function closestName(name: string, known: Iterable<string>): string | null {
  let closest: string | null = null
  let least = Infinity
  for (const candidate of known) {
    const distance = distanceOf(name.toLowerCase(), candidate.toLowerCase())
    if (distance < least && distance <= Math.max(1, candidate.length / 3)) {
      least = distance
      closest = candidate
    }
  }
  return closest
}

/** Names longer than this are not compared, because the work grows with the square of the length. */
const COMPARED_LENGTH_MAX = 64

/** How many letters must be added, left out, replaced or swapped with their neighbour to come from `a` to `b`. */
function distanceOf(a: string, b: string): number {
  if (a.length > COMPARED_LENGTH_MAX || b.length > COMPARED_LENGTH_MAX) return a === b ? 0 : Infinity
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  const at = (i: number, j: number): number => rows[i]?.[j] ?? 0
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    rows.push(row)
    for (let j = 1; j <= b.length; j++) {
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Infinity
      row.push(Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, changed, swapped))
    }
  }
  return at(a.length, b.length)
}
