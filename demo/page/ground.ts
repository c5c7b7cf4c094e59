/**
 * The ground of the world: a picture of a few hundred dots an area, drawn larger, in the colours of each area. The borders
 * between colours wander a little, as nature's do; the true ones are drawn by `borders.ts`.
 */
import { AREA_NAMES, AREA_SIZE, type AreaName, areaAt, COLUMNS, placeOf, type Rect, ROWS, WORLD } from '../world.js'
import { chanceAt, mix, ramp, roughNoise } from './noise.js'

type Colour = readonly [red: number, green: number, blue: number]

/** Dots along an area's side. */
const DOTS = 200
/** How far the colours wander over a border, and how wide they blend, in units. */
const WANDER = 420
const BLEND = 150

/** The colour at a place, in units, of each kind of ground. `rough` is noise from 0 to 1. */
const GROUNDS: Readonly<Record<AreaName, (x: number, y: number, rough: number) => Colour>> = {
  frost(x, y, rough) {
    const snow = blend([96, 121, 150], [150, 172, 196], ramp(0.25, 0.75, rough))
    return blend(snow, [84, 128, 158], ramp(0.66, 0.72, roughNoise(x / 900, y / 900, 41)) * 0.75)
  },
  shore(x, y, rough) {
    const depth = roughNoise(x / 2_100, y / 2_100, 51)
    const sand = blend([158, 134, 96], [183, 160, 118], rough)
    const sea = blend([44, 104, 128], [20, 62, 92], ramp(0.53, 0.68, depth))
    const foam = ramp(0.485, 0.5, depth) * (1 - ramp(0.51, 0.535, depth))
    return blend(blend(sand, sea, ramp(0.49, 0.515, depth)), [190, 212, 214], foam * 0.55)
  },
  pines(x, y, rough) {
    const moss = blend([23, 50, 43], [43, 80, 62], ramp(0.2, 0.8, rough))
    return blend(moss, [66, 74, 50], ramp(0.58, 0.75, roughNoise(x / 1_300, y / 1_300, 61)) * 0.7)
  },
  embers(x, y, rough) {
    const rock = blend([38, 27, 32], [66, 44, 45], ramp(0.2, 0.85, rough))
    const crack = Math.abs(roughNoise(x / 1_000, y / 1_000, 71) - 0.5)
    const heat = 1 - ramp(0, 0.022, crack)
    return blend(blend(rock, [122, 45, 30], (1 - ramp(0.01, 0.07, crack)) * 0.7), [255, 158, 66], heat * 0.95)
  },
  swamp(x, y, rough) {
    const mud = blend([42, 58, 42], [68, 84, 55], ramp(0.2, 0.8, rough))
    return blend(mud, [26, 54, 56], ramp(0.56, 0.6, roughNoise(x / 1_100, y / 1_100, 81)))
  },
  meadow(x, y, rough) {
    const grass = blend([48, 88, 58], [82, 124, 72], ramp(0.2, 0.85, rough))
    return blend(grass, [126, 138, 78], ramp(0.6, 0.8, roughNoise(x / 1_600, y / 1_600, 91)) * 0.6)
  },
  desert(x, y, rough) {
    const wave = Math.sin((y + 500 * roughNoise(x / 1_500, y / 1_500, 101)) / 62)
    return blend(blend([147, 108, 68], [184, 142, 92], rough), [205, 166, 114], ramp(0.2, 1, wave) * 0.4)
  },
  crystal(x, y, rough) {
    const stone = blend([46, 37, 82], [79, 62, 124], ramp(0.2, 0.8, rough))
    const vein = 1 - ramp(0, 0.03, Math.abs(roughNoise(x / 1_200, y / 1_200, 111) - 0.5))
    return blend(stone, [132, 118, 208], vein * 0.5)
  },
}

/** Whether one would stand in water there: nothing grows in it. */
export function isWet(x: number, y: number): boolean {
  const area = areaAt({ x, y })
  if (area === 'shore') return roughNoise(x / 2_100, y / 2_100, 51) > 0.48
  return area === 'swamp' && roughNoise(x / 1_100, y / 1_100, 81) > 0.57
}

/** The colour that stands for an area on a map. */
export const MAP_COLOURS: Readonly<Record<AreaName, string>> = {
  frost: '#8aa3be',
  shore: '#3d7f9b',
  pines: '#2f5b4a',
  embers: '#7a3a30',
  swamp: '#46603f',
  meadow: '#5b8f57',
  desert: '#b58d58',
  crystal: '#6a56a8',
}

export class Ground {
  readonly #picture = document.createElement('canvas')
  readonly #context: CanvasRenderingContext2D
  readonly #painted = new Set<AreaName>()

  constructor() {
    this.#picture.width = COLUMNS * DOTS
    this.#picture.height = ROWS * DOTS
    const context = this.#picture.getContext('2d')
    if (!context) throw new Error('this browser has no canvas')
    this.#context = context
  }

  /** Paints an area of those given, if one is missing; one at a time, since each takes some milliseconds. */
  prepare(areas: readonly AreaName[]): void {
    const missing = [...areas, ...AREA_NAMES].find((name) => !this.#painted.has(name))
    if (missing) this.#paint(missing)
  }

  /** Draws what is seen into a context that is measured in units. */
  draw(context: CanvasRenderingContext2D, seen: Rect): void {
    const left = Math.max(seen.left, WORLD.left)
    const top = Math.max(seen.top, WORLD.top)
    const width = Math.min(seen.right, WORLD.right) - left
    const height = Math.min(seen.bottom, WORLD.bottom) - top
    if (width <= 0 || height <= 0) return
    const scale = DOTS / AREA_SIZE
    context.imageSmoothingEnabled = true
    context.drawImage(this.#picture, left * scale, top * scale, width * scale, height * scale, left, top, width, height)
  }

  #paint(name: AreaName): void {
    this.#painted.add(name)
    const { column, row } = placeOf(name)
    const image = this.#context.createImageData(DOTS, DOTS)
    const unit = AREA_SIZE / DOTS
    for (let j = 0, at = 0; j < DOTS; j++) {
      for (let i = 0; i < DOTS; i++, at += 4) {
        const [red, green, blue] = colourAt(column * AREA_SIZE + (i + 0.5) * unit, row * AREA_SIZE + (j + 0.5) * unit)
        image.data[at] = red
        image.data[at + 1] = green
        image.data[at + 2] = blue
        image.data[at + 3] = 255
      }
    }
    this.#context.putImageData(image, column * DOTS, row * DOTS)
  }
}

/** At a place that has wandered: the colours of the areas to its four sides, the closer the more. */
function colourAt(x: number, y: number): Colour {
  const rough = roughNoise(x / 520, y / 520, 7)
  const nearX = x + (roughNoise(x / 800, y / 800, 21) - 0.5) * WANDER * 2
  const nearY = y + (roughNoise(x / 800, y / 800, 31) - 0.5) * WANDER * 2
  const names = [-BLEND, BLEND].flatMap((down) =>
    [-BLEND, BLEND].map((across) => areaAt({ x: nearX + across, y: nearY + down })),
  ) as [AreaName, AreaName, AreaName, AreaName]
  const grain = (chanceAt(x, y, 5) - 0.5) * 7
  if (names.every((name) => name === names[0])) return grainy(GROUNDS[names[0]](x, y, rough), grain)
  const [a, b, c, d] = names.map((name) => GROUNDS[name](x, y, rough)) as [Colour, Colour, Colour, Colour]
  const across = ramp(-BLEND, BLEND, beyondBorder(nearX))
  return grainy(blend(blend(a, b, across), blend(c, d, across), ramp(-BLEND, BLEND, beyondBorder(nearY))), grain)
}

/** How far beyond the nearest border between areas, in units; negative before it. */
function beyondBorder(along: number): number {
  return along - Math.round(along / AREA_SIZE) * AREA_SIZE
}

function blend(from: Colour, to: Colour, part: number): Colour {
  return [mix(from[0], to[0], part), mix(from[1], to[1], part), mix(from[2], to[2], part)]
}

function grainy([red, green, blue]: Colour, by: number): Colour {
  return [red + by, green + by, blue + by]
}
