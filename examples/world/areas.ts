/** Which areas there are, for the server and for pages. It imports nothing. */
/** The side of an area. */
export const AREA = 100

export interface Walker {
  x: number
  y: number
}

/** The id of the area at a place. */
export function areaAt({ x, y }: Walker): `area/${string}/${string}` {
  return `area/${Math.floor(x / AREA)}/${Math.floor(y / AREA)}`
}

/** The ids of the areas that are seen from a place. */
export function areasAround({ x, y }: Walker): ReturnType<typeof areaAt>[] {
  const steps = [-AREA, 0, AREA]
  return steps.flatMap((dx) => steps.map((dy) => areaAt({ x: x + dx, y: y + dy })))
}
