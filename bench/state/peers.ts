/** What is compared: each peer holds the same entities, plays ticks on them and encodes what changed. */
import * as colyseus from '@colyseus/schema'
import jsonPatch from 'fast-json-patch'
import * as fossil from 'fossil-delta'
import { enablePatches, produceWithPatches } from 'immer'
import { Packr } from 'msgpackr'
import * as notepack from 'notepack.io'
import { f32, f64, record, struct, StateEncoder, text, u8, type FieldType } from 'centrum/state'
import { type Entity, hit, type Tick } from './world.js'

export interface Peer {
  /** Plays a tick and encodes it; the bytes are valid until the next tick. */
  tick(tick: Tick): Uint8Array
  /** The whole state. */
  keyframe(): Uint8Array
  /** Reads every entity and encodes; gives a sum that says that it did, and how many bytes were written. */
  read(ids: readonly string[]): { sum: number; bytes: number }
  /** Removes and adds entities, and encodes. */
  churn(gone: readonly string[], come: readonly Entity[]): Uint8Array
}

interface World {
  entities: Record<string, Entity>
}

function worldOf(entities: readonly Entity[]): World {
  const world: World = { entities: {} }
  for (const { id, x, y, hp, name } of entities) world.entities[id] = { id, x, y, hp, name }
  return world
}

type Move = (world: World, tick: Tick) => void

/** Plays a tick. Each peer has such code of its own: what several share is slow for all of them, because their states differ. */
function makeMove(): Move {
  // oxlint-disable-next-line typescript/no-implied-eval
  const make = new Function(
    'hit',
    `return (world, { ids, hits, dx, dy }) => {
      for (let i = 0; i < ids.length; i++) {
        const entity = world.entities[ids[i]]
        entity.x += dx[i]
        entity.y += dy[i]
        if (hits[i] === 1) entity.hp = hit(entity.hp)
      }
    }`,
  )
  return (make as (health: typeof hit) => Move)(hit)
}

function sumOf(world: World, ids: readonly string[]): number {
  let sum = 0
  for (const id of ids) sum += (world.entities[id] as Entity).x
  return sum
}

function turnOver(world: World, gone: readonly string[], come: readonly Entity[]): void {
  for (const id of gone) delete world.entities[id]
  for (const { id, x, y, hp, name } of come) world.entities[id] = { id, x, y, hp, name }
}

const NOTHING = new Uint8Array(0)

/** A peer that works on plain objects. */
function plainPeer(world: () => World, encode: () => Uint8Array, keyframe: () => Uint8Array): Peer {
  const move = makeMove()
  return {
    tick(tick) {
      move(world(), tick)
      return encode()
    },
    keyframe,
    read: (ids) => ({ sum: sumOf(world(), ids), bytes: encode().length }),
    churn(gone, come) {
      turnOver(world(), gone, come)
      return encode()
    },
  }
}

function centrum(entities: readonly Entity[], shape?: FieldType<World>): Peer {
  const encoder = new StateEncoder<World>(worldOf(entities), { shape })
  return plainPeer(
    () => encoder.state,
    () => encoder.patch() ?? NOTHING,
    () => encoder.keyframe(),
  )
}

const EXACT = struct({ entities: record(struct({ id: text, x: f64, y: f64, hp: u8, name: text })) })
const NARROW = struct({ entities: record(struct({ id: text, x: f32, y: f32, hp: u8, name: text })) })

/**
 * Not by a literal: the engine would take it and the literal of an entity for objects of one kind, with a field that is an object in the one and a
 * number in the other, and all peers with plain entities would be slow for it. Its own are of a class.
 */
const SCHEMA_FIELDS = {} as {
  id: ReturnType<typeof colyseus.t.string>
  x: ReturnType<typeof colyseus.t.float64>
  y: ReturnType<typeof colyseus.t.float64>
  hp: ReturnType<typeof colyseus.t.uint8>
  name: ReturnType<typeof colyseus.t.string>
}
SCHEMA_FIELDS.id = colyseus.t.string()
SCHEMA_FIELDS.x = colyseus.t.float64()
SCHEMA_FIELDS.y = colyseus.t.float64()
SCHEMA_FIELDS.hp = colyseus.t.uint8()
SCHEMA_FIELDS.name = colyseus.t.string()
const SchemaEntity = colyseus.schema(SCHEMA_FIELDS, 'Entity')
export const SchemaWorld = colyseus.schema({ entities: colyseus.t.map(SchemaEntity) }, 'World')
colyseus.Encoder.BUFFER_SIZE = 4 * 1024 * 1024

export function makeSchemaEntity(entity: Entity): InstanceType<typeof SchemaEntity> {
  return Object.assign(new SchemaEntity(), entity)
}

function schema(entities: readonly Entity[]): Peer {
  const world = new SchemaWorld()
  for (const entity of entities) world.entities.set(entity.id, makeSchemaEntity(entity))
  const encoder = new colyseus.Encoder(world)
  encoder.encodeAll()
  encoder.discardChanges()
  return {
    tick({ ids, hits, dx, dy }) {
      for (let i = 0; i < ids.length; i++) {
        const entity = world.entities.get(ids[i] as string) as InstanceType<typeof SchemaEntity>
        entity.x += dx[i] as number
        entity.y += dy[i] as number
        if (hits[i] === 1) entity.hp = hit(entity.hp)
      }
      const bytes = encoder.encode()
      encoder.discardChanges()
      return bytes
    },
    keyframe: () => encoder.encodeAll(),
    read(ids) {
      let sum = 0
      for (const id of ids) sum += (world.entities.get(id) as InstanceType<typeof SchemaEntity>).x
      const { length } = encoder.encode()
      encoder.discardChanges()
      return { sum, bytes: length }
    },
    churn(gone, come) {
      for (const id of gone) world.entities.delete(id)
      for (const entity of come) world.entities.set(entity.id, makeSchemaEntity(entity))
      const bytes = encoder.encode()
      encoder.discardChanges()
      return bytes
    },
  }
}

/** The whole state packed, and a binary difference to the one before. */
function whole(entities: readonly Entity[], pack: (world: World) => Uint8Array): Peer {
  const world = worldOf(entities)
  let before = new Uint8Array(pack(world))
  const encode = (): Uint8Array => {
    const next = new Uint8Array(pack(world))
    const delta = fossil.createDelta(before, next)
    before = next
    return delta
  }
  return plainPeer(
    () => world,
    encode,
    () => pack(world),
  )
}

/** What the package did that had this name before. */
const notepackFossil = (entities: readonly Entity[]): Peer =>
  whole(entities, (world) => notepack.encode(world) as Uint8Array)

function msgpackFossil(entities: readonly Entity[]): Peer {
  const packr = new Packr({ useRecords: false })
  return whole(entities, (world) => packr.pack(world))
}

function jsonPatches(entities: readonly Entity[]): Peer {
  const world = worldOf(entities)
  const observer = jsonPatch.observe<World>(world)
  return plainPeer(
    () => world,
    () => Buffer.from(JSON.stringify(jsonPatch.generate(observer))),
    () => Buffer.from(JSON.stringify(world)),
  )
}

function immerPatches(entities: readonly Entity[]): Peer {
  enablePatches()
  const move = makeMove()
  let world = worldOf(entities)
  const play = (recipe: (draft: World) => void): Uint8Array => {
    const [next, patches] = produceWithPatches(world, (draft) => {
      recipe(draft)
    })
    world = next
    return Buffer.from(JSON.stringify(patches))
  }
  return {
    tick: (tick) => play((draft) => move(draft, tick)),
    keyframe: () => Buffer.from(JSON.stringify(world)),
    read: (ids) => ({ sum: sumOf(world, ids), bytes: 0 }),
    churn: (gone, come) => play((draft) => turnOver(draft, gone, come)),
  }
}

/** Mutating alone, nothing tracked or encoded. */
function nothing(entities: readonly Entity[]): Peer {
  const world = worldOf(entities)
  return plainPeer(
    () => world,
    () => NOTHING,
    () => NOTHING,
  )
}

export const PEERS: Readonly<Record<string, (entities: readonly Entity[]) => Peer>> = {
  plain: (entities) => centrum(entities),
  declared: (entities) => centrum(entities, EXACT),
  narrow: (entities) => centrum(entities, NARROW),
  schema,
  'notepack+fossil': notepackFossil,
  'msgpack+fossil': msgpackFossil,
  'fast-json-patch': jsonPatches,
  immer: immerPatches,
  nothing,
}

/** Packs with records whose structures are inline: the smallest that msgpackr does. */
export function packRecords(entities: readonly Entity[]): () => Uint8Array {
  const world = worldOf(entities)
  const packr = new Packr({ useRecords: true })
  return () => packr.pack(world)
}
