/**
 * More owners as applications write them: things that all move, that come and go, and that are of many kinds, each on plain objects, on `Map`s
 * and on @colyseus/schema. Knows nothing of encoders.
 */
import { schema, t } from '@colyseus/schema'
import { dice, type Form, type Owner, whole } from './owner.js'

interface Fish {
  name: string
  hunger: number
  at: { x: number; y: number }
  speed: { x: number; y: number }
}

const POND = 600

function swim(fish: Fish, next: () => number): void {
  const { at, speed } = fish
  at.x += speed.x
  at.y += speed.y
  if (at.x < 0 || at.x > POND) speed.x = -speed.x
  if (at.y < 0 || at.y > POND) speed.y = -speed.y
  if (next() < 0.04) fish.hunger = (fish.hunger + 9) % 90
}

/** All move, by objects within them. */
export function pond(form: Form): Owner {
  const next = dice(7)
  const made = (i: number): Fish => ({
    name: `fish ${i}`,
    hunger: 5,
    at: { x: next() * POND, y: next() * POND },
    speed: { x: next() - 0.5, y: next() - 0.5 },
  })
  const count = 250
  if (form === 'schema') {
    const Pair = schema({ x: t.float64(), y: t.float64() }, 'Pair')
    const One = schema({ name: t.string(), hunger: t.uint8(), at: t.ref(Pair), speed: t.ref(Pair) }, 'Fish')
    const State = schema({ fish: t.map(One) }, 'Pond')
    const state = new State() as unknown as { fish: Map<string, Fish> }
    for (let i = 0; i < count; i++) {
      const { name, hunger, at, speed } = made(i)
      const pairs = { at: Object.assign(new Pair(), at), speed: Object.assign(new Pair(), speed) }
      state.fish.set(`f${i}`, Object.assign(new One(), { name, hunger, ...pairs }))
    }
    return { state, turn: () => state.fish.forEach((fish) => swim(fish, next)) }
  }
  if (form === 'map') {
    const fish = new Map<string, Fish>()
    for (let i = 0; i < count; i++) fish.set(`f${i}`, made(i))
    return {
      state: { fish },
      turn(get: () => { fish: Map<string, Fish> }) {
        for (const one of get().fish.values()) swim(one, next)
      },
    }
  }
  const fish: Record<string, Fish> = {}
  for (let i = 0; i < count; i++) fish[`f${i}`] = made(i)
  return {
    state: { fish },
    turn(get: () => { fish: Record<string, Fish> }) {
      for (const one of Object.values(get().fish)) swim(one, next)
    },
  }
}

interface Spark {
  x: number
  y: number
  dx: number
  dy: number
  left: number
}

const SPARKS = 15
const SPARK_TURNS = 25

function glow(spark: Spark): boolean {
  spark.x += spark.dx
  spark.y += spark.dy
  return --spark.left > 0
}

/** Some come and as many go in each turn, and all that are there move. */
export function sparks(form: Form): Owner {
  const next = dice(8)
  let made = 0
  const spark = (): Spark => ({ x: next() * 80, y: next() * 80, dx: next() - 0.5, dy: next() - 0.5, left: SPARK_TURNS })
  if (form === 'schema') {
    const One = schema({ x: t.float64(), y: t.float64(), dx: t.float64(), dy: t.float64(), left: t.uint8() }, 'Spark')
    const State = schema({ sparks: t.map(One) }, 'Fire')
    const state = new State() as unknown as { sparks: Map<string, Spark> }
    return {
      state,
      turn() {
        for (let i = 0; i < SPARKS; i++) state.sparks.set(`s${made++}`, Object.assign(new One(), spark()))
        state.sparks.forEach((one, id) => {
          if (!glow(one)) state.sparks.delete(id)
        })
      },
    }
  }
  if (form === 'map') {
    return {
      state: { sparks: new Map() },
      turn(get: () => { sparks: Map<string, Spark> }) {
        const { sparks: all } = get()
        for (let i = 0; i < SPARKS; i++) all.set(`s${made++}`, spark())
        for (const [id, one] of all) if (!glow(one)) all.delete(id)
      },
    }
  }
  return {
    state: { sparks: {} },
    turn(get: () => { sparks: Record<string, Spark> }) {
      const { sparks: all } = get()
      for (let i = 0; i < SPARKS; i++) all[`s${made++}`] = spark()
      for (const [id, one] of Object.entries(all)) if (!glow(one)) delete all[id]
    },
  }
}

interface Thing {
  kind: string
  x: number
  y: number
  [more: string]: unknown
}

const FIELDS = {
  cart: { load: 'number', speed: 'float64' },
  ox: { tired: 'number', name: 'string' },
  well: { water: 'number', covered: 'boolean' },
  tree: { apples: 'number', height: 'float64' },
  gate: { open: 'boolean', owner: 'string' },
  child: { name: 'string', mood: 'string', coins: 'number' },
} as const
const KINDS = Object.keys(FIELDS) as (keyof typeof FIELDS)[]
const FIRST = { number: 1, float64: 0.5, string: 'calm', boolean: false } as const
const THINGS = 240

function firstOf(kind: keyof typeof FIELDS, next: () => number): Thing {
  const fields = Object.entries(FIELDS[kind]).map(([key, type]) => [key, FIRST[type]])
  return { kind, x: next(), y: next(), ...Object.fromEntries(fields) } as Thing
}

function live(thing: Thing, next: () => number): void {
  if (thing.kind === 'cart') thing.x += thing['speed'] as number
  else if (thing.kind === 'ox' && next() < 0.2) thing['tired'] = whole(next, 9)
}

function meet(thing: Thing): void {
  if (thing.kind === 'gate') thing['open'] = thing['open'] !== true
  else if (thing.kind === 'child') thing['mood'] = thing['mood'] === 'calm' ? 'merry' : 'calm'
  else thing.y += 0.25
}

/** Six kinds of things, all of which are visited, and a few met. */
export function village(form: Form): Owner {
  const next = dice(9)
  const made = (i: number): Thing => firstOf(KINDS[i % KINDS.length] as keyof typeof FIELDS, next)
  const some = (of: (id: string) => Thing): void => {
    for (let i = 0; i < 6; i++) meet(of(`t${whole(next, THINGS)}`))
  }
  if (form === 'schema') {
    const Base = schema({ kind: t.string(), x: t.float64(), y: t.float64() }, 'Thing')
    const classes = KINDS.map((kind) => {
      const fields = Object.entries(FIELDS[kind]).map(([key, type]) => [key, t[type]()])
      return Base.extend(Object.fromEntries(fields) as never, kind) as new () => object
    })
    const State = schema({ things: t.map(Base) }, 'Village')
    const state = new State() as unknown as { things: Map<string, Thing> }
    for (let i = 0; i < THINGS; i++) {
      const Class = classes[i % classes.length] as new () => object
      state.things.set(`t${i}`, Object.assign(new Class(), made(i)))
    }
    return {
      state,
      turn() {
        state.things.forEach((thing) => live(thing, next))
        some((id) => state.things.get(id) as Thing)
      },
    }
  }
  if (form === 'map') {
    const things = new Map<string, Thing>()
    for (let i = 0; i < THINGS; i++) things.set(`t${i}`, made(i))
    return {
      state: { things },
      turn(get: () => { things: Map<string, Thing> }) {
        const { things: all } = get()
        for (const thing of all.values()) live(thing, next)
        some((id) => all.get(id) as Thing)
      },
    }
  }
  const things: Record<string, Thing> = {}
  for (let i = 0; i < THINGS; i++) things[`t${i}`] = made(i)
  return {
    state: { things },
    turn(get: () => { things: Record<string, Thing> }) {
      const { things: all } = get()
      for (const thing of Object.values(all)) live(thing, next)
      some((id) => all[id] as Thing)
    },
  }
}
