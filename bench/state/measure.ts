/**
 * Measures one thing in one process, ours beside the peers': blocks of all of them in turn and in alternating order, so that
 * whatever else the machine does befalls all alike. CPU time, not the clock's: machines are shared. Prints JSON.
 */
import * as colyseus from '@colyseus/schema'
import { deflateRawSync } from 'node:zlib'
import { StateMirror } from 'centrum/state'
import { packRecords, type Peer, PEERS, SchemaWorld } from './peers.js'
import { type Entity, makeEntities, makeTicks, type Tick, TICKS } from './world.js'

/** The medians of one side: microseconds for one run, its ratio to the first side's, and bytes. */
export interface Measured {
  readonly name: string
  readonly us: number
  readonly ratio: number
  readonly bytes: number
}

interface Side {
  readonly name: string
  /** Runs once and gives how many bytes came of it. */
  readonly run: () => number
}

const ROUNDS = 15
/** Long enough for the engine to have made its last code: after 150 ms it is still at it. */
const WARM_MS = 1000
const BLOCK_MS = 10

const isReversed = process.argv.includes('--reverse')
const [what = '', ...rest] = process.argv.slice(2).filter((word) => word !== '--reverse')

const cpuUs = (): number => process.cpuUsage().user

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number
}

/** A loop of its own for each side: one that all share is slower the more sides there are, and by as much for each. */
function loopOf({ run }: Side): (times: number) => number {
  // oxlint-disable-next-line typescript/no-implied-eval
  const make = new Function(
    'run',
    'return (times) => { let sum = 0; for (; times > 0; times--) sum += run(); return sum }',
  )
  return (make as (run: Side['run']) => (times: number) => number)(run)
}

/** The first side is what the others are compared with, whatever the order in which they are measured. */
function measure(sides: readonly Side[]): Measured[] {
  const inOrder = isReversed ? sides.toReversed() : sides
  const rows = inOrder.map((side) => {
    return { name: side.name, loop: loopOf(side), times: [] as number[], bytes: 0, runs: 0, batch: 1 }
  })
  const block = (row: (typeof rows)[number], ms: number): number => {
    const start = cpuUs()
    let end = start
    let runs = 0
    while (end - start < ms * 1000) {
      row.bytes += row.loop(row.batch)
      runs += row.batch
      end = cpuUs()
    }
    row.runs += runs
    return (end - start) / runs
  }
  for (const row of rows) {
    const us = block(row, WARM_MS)
    row.batch = Math.max(1, Math.round(1000 / us))
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const row of round % 2 ? rows : rows.toReversed()) row.times.push(block(row, BLOCK_MS))
  }
  const first = rows.find(({ name }) => name === sides[0]?.name)?.times ?? []
  return rows.map(({ name, times, bytes, runs }) => ({
    name,
    us: median(times),
    ratio: median(times.map((time, i) => time / (first[i] as number))),
    bytes: bytes / runs,
  }))
}

function ticking(name: string, peer: Peer, ticks: readonly Tick[]): Side {
  let number = 0
  return {
    name,
    run() {
      return peer.tick(ticks[number++ & (TICKS - 1)] as Tick).length
    },
  }
}

/** Mutating and encoding. */
function encode(names: readonly string[], count: number, percent: number): Measured[] {
  const entities = makeEntities(count)
  const ticks = makeTicks(count, percent)
  return measure(names.map((name) => ticking(name, (PEERS[name] as (e: readonly Entity[]) => Peer)(entities), ticks)))
}

/** Applying patches with change callbacks on. */
function decode(count: number, percent: number): Measured[] {
  const entities = makeEntities(count)
  const ticks = makeTicks(count, percent)
  const patches = (name: string): { keyframe: Uint8Array; patches: Uint8Array[] } => {
    const peer = (PEERS[name] as (e: readonly Entity[]) => Peer)(entities)
    const keyframe = peer.keyframe().slice()
    return { keyframe, patches: ticks.map((tick) => peer.tick(tick).slice()) }
  }
  const theirs = patches('schema')
  const decoder = new colyseus.Decoder(new SchemaWorld())
  let told = 0
  const callbacks = colyseus.Callbacks.get(decoder)
  callbacks.onAdd('entities', (entity) => callbacks.onChange(entity, () => told++))
  decoder.decode(theirs.keyframe)
  const sides: Side[] = [{ name: 'schema', run: replay(theirs.patches, (patch) => decoder.decode(patch)) }]
  for (const name of ['plain', 'narrow']) {
    const ours = patches(name)
    const mirror = new StateMirror()
    mirror.on(['entities'], { change: () => told++ })
    mirror.load(ours.keyframe)
    sides.push({ name, run: replay(ours.patches, (patch) => mirror.patch(patch)) })
  }
  const result = measure(sides)
  if (told === 0) throw new Error('no callback was called')
  return result
}

function replay(patches: readonly Uint8Array[], apply: (patch: Uint8Array) => void): () => number {
  let number = 0
  return () => {
    const patch = patches[number++ % patches.length] as Uint8Array
    apply(patch)
    return patch.length
  }
}

/** Reading every entity and changing none. */
function read(count: number): Measured[] {
  const entities = makeEntities(count)
  const names = entities.map(({ id }) => id)
  let sum = 0
  const reading = (name: 'schema' | 'plain' | 'declared'): Side => {
    const { read } = PEERS[name]!(entities)
    return {
      name,
      run() {
        const result = read(names)
        sum += result.sum
        return result.bytes
      },
    }
  }
  const result = measure([reading('schema'), reading('plain'), reading('declared')])
  if (sum === 0) throw new Error('nothing was read')
  return result
}

/** A tenth of the entities go and as many come, in each tick. */
function churn(count: number): Measured[] {
  const entities = makeEntities(count)
  const churning = (name: string): Side => {
    const peer = (PEERS[name] as (e: readonly Entity[]) => Peer)(entities)
    let first = 0
    let next = count
    return {
      name,
      run() {
        const gone: string[] = []
        const come: Entity[] = []
        for (let i = 0; i < count / 10; i++) {
          gone.push(`e${first++}`)
          come.push({ ...(entities[i] as Entity), id: `e${next}`, name: `bot ${next++}` })
        }
        return peer.churn(gone, come).length
      },
    }
  }
  return measure(['schema', 'plain', 'declared'].map(churning))
}

/** Whole states; bytes, and bytes compressed in `ratio` of the packed bytes. */
function keyframes(count: number): Measured[] {
  const entities = makeEntities(count)
  const ticks = makeTicks(count, 1)
  const pack = packRecords(entities)
  const sides: Side[] = [{ name: 'msgpackr', run: () => pack().length }]
  for (const name of ['plain', 'narrow']) {
    const peer = (PEERS[name] as (e: readonly Entity[]) => Peer)(entities)
    let number = 0
    sides.push({
      name,
      run() {
        // A keyframe is kept until the next change.
        peer.tick(ticks[number++ & (TICKS - 1)] as Tick)
        return peer.keyframe().length
      },
    })
  }
  const packed = pack()
  const compressed = ['plain', 'narrow'].map((name) => {
    const bytes = deflateRawSync(PEERS[name]!(entities).keyframe()).length
    return { name: `${name}, compressed`, us: 0, ratio: 0, bytes }
  })
  const theirs = { name: 'msgpackr, compressed', us: 0, ratio: 0, bytes: deflateRawSync(packed).length }
  return [...measure(sides), theirs, ...compressed]
}

const numbers = rest.filter((word) => /^\d+$/.test(word)).map(Number)
const names = rest.filter((word) => !/^\d+$/.test(word))
const [count = 100, percent = 10] = numbers
const results: Record<string, () => Measured[]> = {
  encode: () => encode(names, count, percent),
  decode: () => decode(count, percent),
  read: () => read(count),
  churn: () => churn(count),
  keyframes: () => keyframes(count),
}
process.stdout.write(JSON.stringify(results[what]?.() ?? []))
