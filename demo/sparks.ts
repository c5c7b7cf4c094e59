/**
 * Sparks: what lies about in an area for anybody to take. Plain functions over an area's state.
 */
import { AREA_SIZE, type AreaName, type Point, REACH, rectOf } from './world.js'

export interface Spark {
  readonly x: number
  readonly y: number
  /** How many points it is worth. */
  readonly worth: number
}

export type Sparks = Record<string, Spark>

export const SPARKS_MAX = 16
/** A new one appears on average this often, while there are fewer than the most. */
const SPARK_EVERY_MS = 900
/** They keep this far from the border of their area. */
const MARGIN = 260
const RARE = 0.08
const RARE_WORTH = 5

/** Lets sparks appear, as many as the time allows. */
export function growSparks(sparks: Sparks, area: AreaName, dtMs: number, random: () => number): void {
  if (Object.keys(sparks).length >= SPARKS_MAX || random() > dtMs / SPARK_EVERY_MS) return
  addSpark(sparks, area, random)
}

export function addSpark(sparks: Sparks, area: AreaName, random: () => number): void {
  const { left, top } = rectOf(area)
  const along = (): number => Math.round(MARGIN + random() * (AREA_SIZE - 2 * MARGIN))
  const id = Math.floor(random() * 2 ** 32).toString(36)
  sparks[id] = { x: left + along(), y: top + along(), worth: random() < RARE ? RARE_WORTH : 1 }
}

/** Takes away the sparks within reach of a point, and returns them. */
export function takeSparks(sparks: Sparks, at: Point): Spark[] {
  const taken: Spark[] = []
  for (const [id, spark] of Object.entries(sparks)) {
    if (Math.hypot(spark.x - at.x, spark.y - at.y) > REACH) continue
    delete sparks[id]
    taken.push(spark)
  }
  return taken
}
