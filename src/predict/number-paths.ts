/**
 * The numbers within a value, by their paths: what of a player or a thing can be drawn between two places. Angles go the
 * short way round. It knows neither time nor channels.
 */

/** A number's path within a value: `x`, or `position.x`. */
export type NumberPath = string

/** The numbers that are angles, by path, and their unit. */
export type Angles = { readonly [path: NumberPath]: 'radians' | 'degrees' }

type Container = { [key: string]: unknown }

/** Calls `found` for each number within. Of maps, functions and bytes nothing is looked at. */
export function eachNumber(value: unknown, found: (path: NumberPath, value: number) => void, path = ''): void {
  if (typeof value === 'number') found(path, value)
  if (typeof value !== 'object' || value === null || value instanceof Map || value instanceof Uint8Array) return
  for (const key of Object.keys(value)) {
    eachNumber((value as Container)[key], found, path === '' ? key : `${path}.${key}`)
  }
}

/** The number at a path, or undefined where there is none. */
export function numberAt(value: unknown, path: NumberPath): number | undefined {
  let at = value
  for (const key of path.split('.')) at = (at as Container | null | undefined)?.[key]
  return typeof at === 'number' ? at : undefined
}

/** Replaces the number at a path. Does nothing where there is none. */
export function setNumberAt(value: object, path: NumberPath, number: number): void {
  if (numberAt(value, path) === undefined) return
  const keys = path.split('.')
  const last = keys.pop() as string
  let holder = value as Container
  for (const key of keys) holder = holder[key] as Container
  holder[last] = number
}

/** How far it is from one number to another; of angles the short way round. */
export function differenceOf(from: number, to: number, angle: Angles[NumberPath] | undefined): number {
  const difference = to - from
  if (angle === undefined) return difference
  const turn = angle === 'radians' ? 2 * Math.PI : 360
  return difference - turn * Math.round(difference / turn)
}
