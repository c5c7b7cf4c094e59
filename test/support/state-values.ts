/**
 * Random values of states, plain ones and ones of a declared type, and the worlds that programs begin with.
 * Knows nothing of encoders and mirrors.
 */
import { TRACKED_ENTRIES_MIN } from '../../src/state/shadow/shadow.js'
import {
  any,
  bool,
  bytes,
  f32,
  f64,
  i16,
  i8,
  list,
  map,
  optional,
  range,
  record,
} from '../../src/state/schema/struct.js'
import { type FieldType, struct, text, u16, u32, u8 } from '../../src/state/schema/struct.js'
import { infoOf, type TypeInfo } from '../../src/state/schema/type-info.js'
import type { Dice } from './dice.js'

export type Fields = Record<string, unknown>

/** Of which worlds are made: `entriesMax` keeps records below the size from which they are handled apart. */
export interface Sizes {
  readonly entriesMax: number
  readonly fieldsMax: number
}
export const SMALL: Sizes = { entriesMax: TRACKED_ENTRIES_MIN - 2, fieldsMax: TRACKED_ENTRIES_MIN - 2 }
export const LARGE: Sizes = { entriesMax: 110, fieldsMax: 40 }

const KEYS = ['a', 'b', 'x', 'y', 'hp', 'id', 'name', 'list', '', '0', '7', '10', 'é', '\ud800', 'f3', 'f11']
const INHERITED = ['__proto__', 'length', 'constructor', 'toString', 'hasOwnProperty']
const LEAVES = [0, -0, 1, 63, 64, -1, 127, 128, NaN, Infinity, -Infinity, 2 ** 53, 2 ** 53 - 1, -(2 ** 53), 2 ** 31]
const OTHERS = [
  0.1,
  0.5,
  1e300,
  5e-324,
  null,
  true,
  false,
  undefined,
  '',
  'text',
  'é'.repeat(20),
  '\udfff',
  'x'.repeat(40),
]

/** A class with methods, an accessor and a secret: only its fields are state. */
export class Unit {
  id: string
  x = 0
  speed = 1
  path: number[] = []
  #secret = 1

  constructor(id: string) {
    this.id = id
  }

  get isMoving(): boolean {
    return this.speed * this.#secret > 0
  }

  move(): void {
    this.#secret++
    this.x += this.speed / 3
    this.path.push(this.x)
    if (this.path.length > 4) this.path.shift()
  }
}

export function anyKey(dice: Dice): string {
  return dice.chance(0.1) ? dice.pick(INHERITED) : dice.chance(0.2) ? `k${dice.below(40)}` : dice.pick(KEYS)
}

export function mapKey(dice: Dice): string | number {
  return dice.chance(0.3) ? dice.pick([0, 1, 7, -3, 2 ** 53 - 1, -(2 ** 53) + 1]) : anyKey(dice)
}

/** What it inherits is not state: fields, an accessor, and those that it has itself as well. */
function heir(dice: Dice): Fields {
  const parent = {
    x: 1,
    speed: 2,
    hidden: [3],
    get twice(): number {
      return this.speed * 2
    },
  }
  const made = Object.create(dice.chance(0.5) ? parent : (Object.create(parent) as object)) as Fields
  if (dice.chance(0.7)) made['x'] = dice.below(5)
  if (dice.chance(0.7)) made['own'] = leaf(dice)
  return made
}

export function leaf(dice: Dice): unknown {
  switch (dice.below(6)) {
    case 0:
      return dice.pick(LEAVES)
    case 1:
      return dice.pick(OTHERS)
    case 2:
      return dice.below(200) - 50
    case 3:
      return Uint8Array.from({ length: dice.below(4) }, () => dice.below(256))
    case 4:
      return `t${dice.below(30)}`
    default:
      return dice.next() * 100
  }
}

export function entity(dice: Dice, id: string): Fields {
  const made: Fields = { id, x: dice.next() * 100, y: dice.below(9), hp: dice.below(100), name: `bot ${id}` }
  if (dice.chance(0.3)) made['bag'] = [{ item: 'sword', count: 1 }, `of ${id}`]
  return made
}

export function plainValue(dice: Dice, sizes: Sizes, depth = 2): unknown {
  const kind = depth === 0 ? 0 : dice.below(16)
  switch (kind) {
    case 6:
    case 7:
      return Array.from({ length: dice.below(6) }, () => plainValue(dice, sizes, depth - 1))
    case 8:
      return Object.fromEntries(
        Array.from({ length: dice.below(5) }, () => [anyKey(dice), plainValue(dice, sizes, depth - 1)]),
      )
    case 9:
    case 10:
      return entity(dice, `e${dice.below(99)}`)
    case 11:
      return new Unit(`u${dice.below(9)}`)
    case 12:
      return wide(dice, sizes)
    case 14:
      return new Map(Array.from({ length: dice.below(6) }, () => [mapKey(dice), plainValue(dice, sizes, depth - 1)]))
    case 15:
      return heir(dice)
    case 13: {
      const bare = Object.assign(Object.create(null) as Fields, { a: leaf(dice), b: leaf(dice) })
      return dice.chance(0.5) ? bare : Object.freeze({ a: leaf(dice), list: Object.freeze([leaf(dice)]) })
    }
    default:
      return leaf(dice)
  }
}

/** An object with many fields, some of which are numbers: its mask has several bytes. */
function wide(dice: Dice, { fieldsMax }: Sizes): Fields {
  const made: Fields = {}
  const count = dice.below(fieldsMax)
  for (let i = 0; i < count; i++) made[`f${i}`] = i % 3 === 0 ? dice.next() : leaf(dice)
  return made
}

/** A value that fits a type, as it is before it is narrowed; plain without one. */
export function valueOf(dice: Dice, type: TypeInfo | undefined, sizes: Sizes): unknown {
  const element = (): unknown => valueOf(dice, type?.element, sizes)
  switch (type?.check) {
    case 'number':
      return dice.chance(0.2) ? dice.pick(LEAVES) : dice.next() * 100 - 50
    case 'integer':
      return dice.chance(0.2)
        ? dice.pick([type.min, type.max, 0, -0])
        : Math.max(type.min, Math.min(type.max, dice.next() * 300 - 100))
    case 'range':
      return dice.chance(0.1) ? dice.pick([type.min, type.max]) : type.min + dice.next() * (type.max - type.min)
    case 'text':
      return dice.chance(0.1) ? dice.pick(['', '\udc00', 'é'.repeat(30)]) : `t${dice.below(50)}`
    case 'bool':
      return dice.chance(0.5)
    case 'bytes':
      return Uint8Array.from({ length: dice.below(4) }, () => dice.below(256))
    case 'list':
      return Array.from({ length: dice.below(4) }, element)
    case 'map':
      return new Map(Array.from({ length: dice.below(4) }, () => [`e${dice.below(60)}`, element()]))
    case 'record':
      return Object.fromEntries(Array.from({ length: dice.below(4) }, () => [`e${dice.below(60)}`, element()]))
    case 'struct': {
      const fields = Object.entries(type.fields ?? {}).filter(([, field]) => !field.isOptional || dice.chance(0.5))
      return Object.fromEntries(fields.map(([key, field]) => [key, valueOf(dice, field, sizes)]))
    }
    default:
      // Absence is no value of a declared field.
      return plainValue(dice, sizes) ?? (type ? null : undefined)
  }
}

function many<T>(count: number, prefix: string, make: (id: string) => T): Record<string, T> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${prefix}${i}`, make(`${prefix}${i}`)]))
}

export function plainWorld(dice: Dice, sizes: Sizes): Fields {
  const count = (): number => dice.below(sizes.entriesMax)
  return {
    players: many(count(), 'e', (id) => entity(dice, id)),
    teams: { red: many(count(), 'e', (id) => entity(dice, id)), blue: {} },
    rooms: many(Math.min(count(), 30), 'r', () => ({
      open: dice.chance(0.5),
      guests: many(dice.chance(0.2) ? count() : 2, 'e', (id) => entity(dice, id)),
      log: ['begun'],
    })),
    units: many(count(), 'u', (id) => new Unit(id)),
    crowd: new Map(Object.entries(many(count(), 'c', (id) => entity(dice, id)))),
    seats: new Map(Array.from({ length: count() }, (_, i) => [i, dice.chance(0.5) ? i : { who: `e${i}` }])),
    scores: many(count(), 'k', () => dice.below(1000)),
    list: [1, 'two', { three: 3 }, [4, [5]]],
    queue: Array.from({ length: 12 }, (_, i) => entity(dice, `q${i}`)),
    words: ['one', 'two', 'three'],
    bytes: new Uint8Array([1, 2, 3]),
    leader: null,
  }
}

const player = struct({
  id: text,
  x: f32,
  y: f64,
  angle: range(-Math.PI, Math.PI, Math.PI / 128),
  far: range(0, 1000, 0.5),
  wide: range(-5, 1e6, 0.01),
  odd: range(0, 1, 0.3),
  hp: u8,
  ammo: u16,
  score: u32,
  heat: i8,
  depth: i16,
  alive: bool,
  team: optional(text),
  boost: optional(f32),
  extra: any,
  bag: list(struct({ item: text, count: u8 })),
  mark: bytes,
  at: struct({ x: f32, y: f32 }),
})
/** Nothing in it is optional. */
const bot = struct({
  id: text,
  x: f64,
  y: f32,
  hp: u8,
  angle: range(0, 6, 0.1),
  alive: bool,
  extra: any,
  at: struct({ x: f32, y: f32 }),
})
export const declaredWorld: FieldType<Fields> = struct({
  players: record(player),
  bots: record(bot),
  rooms: record(struct({ open: bool, guests: record(struct({ x: f32, hp: u8 })) })),
  walls: list(struct({ x: f32, w: f64 })),
  tiles: list(u8),
  scores: record(u32),
  crowd: map(bot),
  round: u32,
  leader: optional(player),
  free: any,
})

export function firstDeclared(dice: Dice, sizes: Sizes): Fields {
  const world = valueOf(dice, infoOf(declaredWorld, 'the world'), sizes) as Fields
  world['free'] = plainWorld(dice, SMALL)
  world['players'] = many(dice.below(sizes.entriesMax), 'e', () => valueOf(dice, infoOf(player, 'a player'), sizes))
  world['bots'] = many(dice.below(sizes.entriesMax), 'e', () => valueOf(dice, infoOf(bot, 'a bot'), sizes))
  world['crowd'] = new Map(
    Object.entries(many(dice.below(sizes.entriesMax), 'c', () => valueOf(dice, infoOf(bot, 'a bot'), sizes))),
  )
  world['scores'] = many(dice.below(sizes.entriesMax), 'k', () => dice.below(1000))
  return world
}
