/**
 * Where things stand and grow: the same on every visit, since chance has a seed. Cosmetic: one walks around nothing.
 */
import { AREA_NAMES, AREA_SIZE, type AreaName, type Rect, rectOf } from '../world.js'
import { isWet } from './ground.js'
import { rowOfChance } from './noise.js'
import { type Prop, type PropName, PROPS } from './props.js'

export interface Thing {
  readonly prop: PropName
  readonly variant: number
  readonly x: number
  readonly y: number
  readonly flat: boolean
}

/** How many of each in an area. */
const GROWS: Readonly<Record<AreaName, Partial<Record<PropName, number>>>> = {
  frost: { snowPine: 11, iceRock: 7, iceTuft: 26, pebbles: 8 },
  shore: { palm: 7, rock: 4, reeds: 8, shell: 14, dryTuft: 12 },
  pines: { pine: 24, rock: 3, fern: 34, bush: 3 },
  embers: { deadTree: 7, lavaRock: 11, pebbles: 14 },
  swamp: { darkTree: 7, glowshroom: 13, reeds: 18, fern: 16 },
  meadow: { roundTree: 7, bush: 7, flower: 40, tuft: 42 },
  desert: { cactus: 9, sandRock: 7, dryTuft: 22, pebbles: 8 },
  crystal: { crystal: 9, shard: 15, pebbles: 12 },
}

const VARIANTS = 4
/** Nothing stands this close to a border, in units: it stays legible. */
const MARGIN = 130

/** All things, those in the north first. */
const THINGS: readonly Thing[] = AREA_NAMES.flatMap(thingsOf).toSorted((a, b) => a.y - b.y)

function thingsOf(name: AreaName, index: number): Thing[] {
  const chance = rowOfChance(1_000 + index)
  const { left, top } = rectOf(name)
  const along = (): number => MARGIN + chance() * (AREA_SIZE - 2 * MARGIN)
  return Object.entries(GROWS[name]).flatMap(([prop, count]) =>
    Array.from({ length: count }, (): Thing => {
      const { flat = false }: Prop = PROPS[prop as PropName]
      return {
        prop: prop as PropName,
        variant: Math.floor(chance() * VARIANTS),
        x: left + along(),
        y: top + along(),
        flat,
      }
    }).filter(({ x, y }) => !isWet(x, y)),
  )
}

/** The things that reach into what is seen, those in the north first. */
export function thingsIn({ left, top, right, bottom }: Rect): Thing[] {
  const wide = 260
  const high = 600
  return THINGS.filter(({ x, y }) => x > left - wide && x < right + wide && y > top - wide && y < bottom + high)
}

/** Pictures of things, drawn once for each size of a pixel. */
export class ThingPictures {
  readonly #pictures = new Map<string, HTMLCanvasElement>()
  #scale = 0

  /** Draws a thing with its foot at 0, 0 of a context that is measured in pixels at ordinary zoom. */
  draw(context: CanvasRenderingContext2D, { prop, variant }: Thing, scale: number): void {
    if (scale !== this.#scale) this.#pictures.clear()
    this.#scale = scale
    const key = `${prop} ${variant}`
    const picture = this.#pictures.get(key) ?? this.#picture(prop, variant)
    this.#pictures.set(key, picture)
    const { width, height } = PROPS[prop]
    context.drawImage(picture, -width / 2, -height, width, height + FOOT)
  }

  #picture(prop: PropName, variant: number): HTMLCanvasElement {
    const { width, height, draw }: Prop = PROPS[prop]
    const picture = document.createElement('canvas')
    picture.width = Math.ceil(width * this.#scale)
    picture.height = Math.ceil((height + FOOT) * this.#scale)
    const context = picture.getContext('2d')
    context?.scale(picture.width / width, picture.height / (height + FOOT))
    context?.translate(width / 2, height)
    if (context) draw(context, variant)
    return picture
  }
}

/** Pixels below the foot, for the shade. */
const FOOT = 16
