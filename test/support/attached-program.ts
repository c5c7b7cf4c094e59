/**
 * A state of two large records whose entries can be attached, with its mirror compared in every step, and random programs over it.
 */
import assert from 'node:assert/strict'
import { any, bool, f32, f64, i16, range, record, type StateOf, struct, text, u8 } from '../../src/state/struct.js'
import { StateEncoder } from '../../src/state/state-encoder.js'
import { StateMirror } from '../../src/state/state-mirror.js'
import { EncodeError } from '../../src/value/encode-error.js'
import { Dice } from './dice.js'
import { difference } from './raw-state.js'

const player = struct({ id: text, x: f64, y: f32, angle: range(-4, 4, 0.01), hp: u8, heat: i16, alive: bool })
const world = struct({ players: record(player), others: record(player), extra: any })
type World = StateOf<typeof world>
export type Player = StateOf<typeof player>

/** More patches than it takes until entries that came are attached. */
export const SETTLED_PATCHES = 100

export class Body implements Player {
  x = 1
  y = 2
  angle = 0
  hp = 100
  heat = -5
  alive = true
  id: string
  constructor(id: string) {
    this.id = id
  }

  hurt(by: number): void {
    this.hp -= by
  }
}

export function makePlayer(id: string): Player {
  return { id, x: 0.1, y: 0.5, angle: 1, hp: 100, heat: 0, alive: true }
}

export function isAttached(entry: object): boolean {
  return Object.getOwnPropertyDescriptor(entry, 'x')?.get !== undefined
}

interface Stage {
  readonly encoder: StateEncoder<World>
  /** Makes a patch, applies it and compares. Whether there was one. */
  readonly step: (complete?: boolean) => boolean
  /** As many as it takes until all are attached. */
  readonly settle: () => void
}

export function setUp(count = 30): Stage {
  const players = Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, makePlayer(`p${i}`)]))
  const others = Object.fromEntries(Array.from({ length: count }, (_, i) => [`o${i}`, makePlayer(`o${i}`)]))
  const encoder = new StateEncoder<World>({ players, others, extra: null }, { shape: world })
  const mirror = new StateMirror()
  mirror.load(encoder.keyframe())
  const step = (complete = false): boolean => {
    const patch = encoder.patch({ complete })
    if (patch) mirror.patch(patch)
    assert.equal(difference(encoder.state, mirror.state), undefined)
    return patch !== null
  }
  const settle = (): void => {
    for (let i = 0; i < SETTLED_PATCHES; i++) step()
  }
  settle()
  return { encoder, step, settle }
}

/** Plays random turns; with `aliases` objects are also at several places, and then only changed through the state. */
export function playAttached(seed: number, turns: number, aliases: boolean): void {
  const dice = new Dice(seed)
  const { encoder, step } = setUp(25 + dice.below(10))
  const kept: Player[] = []
  let next = 0
  const recordOf = (): Record<string, Player> => encoder.state[dice.below(2) ? 'players' : 'others']
  const keyOf = (entries: object): string => {
    const keys = Object.keys(entries)
    return keys[dice.below(keys.length)] as string
  }
  const change = (entry: Player): void => {
    if (dice.below(3) === 0) entry.x = [NaN, 0, -0, Infinity, 0.1][dice.below(5)] as number
    if (dice.below(3) === 0) entry.y += dice.below(100) / 7
    if (dice.below(4) === 0) entry.angle = dice.below(700) / 100 - 3.5
    if (dice.below(3) === 0) entry.hp = dice.below(256)
    if (dice.below(4) === 0) entry.heat -= dice.below(3)
    if (dice.below(4) === 0) entry.id = `n${dice.below(5)}`
    if (dice.below(4) === 0) entry.alive = !entry.alive
    if (dice.below(9) === 0 && isAttached(entry)) assert.throws(() => (entry.hp = 300), EncodeError)
  }
  const mutations: (() => void)[] = [
    () => {
      const entries = recordOf()
      const entry = entries[keyOf(entries)]
      if (entry) change(entry)
    },
    () => {
      const entry = kept[dice.below(kept.length)]
      if (entry && !aliases) change(entry)
    },
    () => {
      const entries = recordOf()
      const entry = entries[keyOf(entries)]
      if (entry) kept.push(entry)
    },
    () => (recordOf()[`k${next++}`] = dice.below(2) ? makePlayer('new') : new Body('new')),
    () => {
      const entries = recordOf()
      if (Object.keys(entries).length > 24) delete entries[keyOf(entries)]
    },
    () => {
      const from = recordOf()
      const key = keyOf(from)
      const entry = from[key]
      if (!entry) return
      recordOf()[`k${next++}`] = entry
      if (!aliases || dice.below(2)) delete from[key]
    },
    () => {
      const entries = recordOf()
      entries[keyOf(entries)] = makePlayer('instead')
    },
    () => {
      const entries = recordOf()
      const key = keyOf(entries)
      const same = entries[key] as Player
      entries[key] = same
    },
    () => {
      const gone = kept[dice.below(kept.length)]
      const { players, others } = encoder.state
      if (gone && (aliases || !(Object.values(players).includes(gone) || Object.values(others).includes(gone)))) {
        recordOf()[`k${next++}`] = gone
      }
    },
    () => {
      if (dice.below(10) === 0) encoder.state.players = { ...encoder.state.players }
      if (aliases && dice.below(10) === 0) encoder.state.others = { ...encoder.state.players }
      if (dice.below(10) === 0) {
        const { players, others } = encoder.state
        encoder.state.players = others
        encoder.state.others = players
      }
    },
    () => {
      if (aliases) encoder.state.extra = dice.below(2) ? null : [recordOf()[keyOf(recordOf())] ?? 1]
    },
    () => {
      if (dice.below(5)) return
      const { extra } = encoder.state
      encoder.state.extra = Symbol('no value')
      assert.throws(() => encoder.patch(), EncodeError)
      encoder.state.extra = extra
    },
  ]
  for (let turn = 0; turn < turns; turn++) {
    const picks = Array.from({ length: dice.below(8) }, () => dice.below(mutations.length))
    // What is changed through one of several places is looked for at the others if that place is still there at the end of the turn.
    if (aliases) picks.sort((a, b) => b - a)
    for (const pick of picks) mutations[pick]?.()
    step(dice.below(6) === 0)
    if (dice.below(40) === 0) for (let quiet = 0; quiet < 40; quiet++) step()
  }
}
