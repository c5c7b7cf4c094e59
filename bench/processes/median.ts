/** Medians over processes that are measured in turns, so that whatever else the machine does meets all of them alike. */

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

/** What was measured of one, run by run, and the median of each number. */
export interface Runs<Measured> {
  readonly all: readonly Measured[]
  readonly median: Measured
}

/** Measures each so many times, every other time in the reverse order. */
export async function alternating<Name extends string, Measured extends Readonly<Record<string, number>>>(
  names: readonly Name[],
  repetitions: number,
  measure: (name: Name) => Promise<Measured>,
): Promise<ReadonlyMap<Name, Runs<Measured>>> {
  const all = new Map<Name, Measured[]>(names.map((name) => [name, []]))
  for (let i = 0; i < repetitions; i++) {
    for (const name of i % 2 === 0 ? names : names.toReversed()) all.get(name)?.push(await measure(name))
  }
  return new Map([...all].map(([name, measured]) => [name, { all: measured, median: medians(measured) }]))
}

/** One to the other: the median over the pairs that were measured next to each other. */
export function ratio<Measured extends Readonly<Record<string, number>>>(
  one: Runs<Measured> | undefined,
  other: Runs<Measured> | undefined,
  key: keyof Measured & string,
): number {
  const of = (runs: Runs<Measured> | undefined, i: number): number => runs?.all[i]?.[key] ?? Number.NaN
  return median((one?.all ?? []).map((_, i) => of(one, i) / of(other, i)))
}

function medians<Measured extends Readonly<Record<string, number>>>(measured: readonly Measured[]): Measured {
  const keys = Object.keys(measured[0] ?? {})
  const of = (key: string): number => median(measured.map((each) => each[key] ?? Number.NaN))
  return Object.fromEntries(keys.map((key) => [key, of(key)])) as Measured
}
