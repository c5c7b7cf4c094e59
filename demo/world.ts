/**
 * The world as numbers: areas side by side, who is where, and how one walks. Plain functions that backs, bots and the page
 * share, so that all of them come to the same result. It knows no channel and no picture.
 *
 * A unit is a quarter of a pixel at ordinary zoom: whole numbers are short on the wire and add up the same everywhere.
 */

/** Areas by their place: rows from north to south, each from west to east. */
export const AREA_ROWS = [
  ['frost', 'shore', 'pines', 'embers'],
  ['swamp', 'meadow', 'desert', 'crystal'],
] as const

export type AreaName = (typeof AREA_ROWS)[number][number]

export const AREA_NAMES: readonly AreaName[] = AREA_ROWS.flat()
export const COLUMNS = AREA_ROWS[0].length
export const ROWS = AREA_ROWS.length

/** The side of an area, in units. */
export const AREA_SIZE = 4_000
export const WORLD = { left: 0, top: 0, right: COLUMNS * AREA_SIZE, bottom: ROWS * AREA_SIZE } as const

/** An area takes a turn, and a walker a step, this often. */
export const TICK_MS = 50
/** The longest step, in units. */
export const STEP_LENGTH = 44
/** How close to the edge of the world one gets. */
export const BODY = 80
/** How far beyond its border one is before the next area takes over: nobody flutters on a border. */
export const CROSSING = 60
/** How far beyond its border an area still moves a walker, while the next one takes over. */
export const OVERLAP = 600
/** How close one has to be to a spark to take it. */
export const REACH = 150

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Rect {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export function isAreaName(name: string): name is AreaName {
  return (AREA_NAMES as readonly string[]).includes(name)
}

/** Where an area lies, in columns and rows. */
export function placeOf(name: AreaName): { readonly column: number; readonly row: number } {
  const index = AREA_NAMES.indexOf(name)
  return { column: index % COLUMNS, row: Math.floor(index / COLUMNS) }
}

export function rectOf(name: AreaName): Rect {
  const { column, row } = placeOf(name)
  const left = column * AREA_SIZE
  const top = row * AREA_SIZE
  return { left, top, right: left + AREA_SIZE, bottom: top + AREA_SIZE }
}

export function middleOf(name: AreaName): Point {
  const { left, top } = rectOf(name)
  return { x: left + AREA_SIZE / 2, y: top + AREA_SIZE / 2 }
}

/** The area at a point; the nearest one for a point outside the world. */
export function areaAt({ x, y }: Point): AreaName {
  const column = clamp(Math.floor(x / AREA_SIZE), 0, COLUMNS - 1)
  const row = clamp(Math.floor(y / AREA_SIZE), 0, ROWS - 1)
  return AREA_NAMES[row * COLUMNS + column] ?? 'meadow'
}

/** The areas that a rectangle touches. */
export function areasIn(seen: Rect): AreaName[] {
  return AREA_NAMES.filter((name) => {
    const { left, top, right, bottom } = rectOf(name)
    return left < seen.right && right > seen.left && top < seen.bottom && bottom > seen.top
  })
}

/** How far a point is outside a rectangle; 0 within. */
export function distanceTo({ left, top, right, bottom }: Rect, { x, y }: Point): number {
  return Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom))
}

/** The rectangle, `by` units larger on each side. */
export function grown({ left, top, right, bottom }: Rect, by: number): Rect {
  return { left: left - by, top: top - by, right: right + by, bottom: bottom + by }
}

/** The point, moved into the world and not farther beyond the area than it still moves walkers. */
export function heldBy(area: AreaName, { x, y }: Point): Point {
  const own = grown(rectOf(area), OVERLAP)
  return {
    x: Math.round(clamp(x, Math.max(own.left, WORLD.left + BODY), Math.min(own.right, WORLD.right - BODY))),
    y: Math.round(clamp(y, Math.max(own.top, WORLD.top + BODY), Math.min(own.bottom, WORLD.bottom - BODY))),
  }
}

export interface Step {
  readonly dx: number
  readonly dy: number
}

/** Where a step leads within an area: what the area does with an avatar, and a walker before it says so. */
export function walked(area: AreaName, { x, y }: Point, { dx, dy }: Step): Point {
  return heldBy(area, { x: x + dx, y: y + dy })
}

/** A step into a direction: whole units, and never longer than allowed. `null` where it leads nowhere. */
export function stepInto(direction: Point): Step | null {
  const length = Math.hypot(direction.x, direction.y)
  if (length < 0.01) return null
  const scale = STEP_LENGTH * Math.min(1, 1 / length)
  const dx = Math.round(direction.x * scale)
  const dy = Math.round(direction.y * scale)
  return dx === 0 && dy === 0 ? null : { dx, dy }
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}
