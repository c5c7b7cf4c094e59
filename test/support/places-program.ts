/**
 * Random programs over records that stand at several places of a state, by seed: put there, moved, taken away and changed through
 * any of them, while they grow large and small. Where a record lies within an entry of another is left out: that is found late.
 */
import { any, f64, record, struct, text, u8 } from '../../src/state/schema/struct.js'
import { StateEncoder } from '../../src/state/encoder/state-encoder.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { Dice } from './dice.js'
import { difference } from './raw-state.js'

type Entry = Record<string, unknown>
type Entries = Record<string, Entry>
interface Places {
  a: unknown
  b: unknown
  c: unknown
  list: unknown[]
  deep: { one: unknown; two: unknown }
  declared: Entries
}
/** A field, or an index, of an object. */
type Place = readonly [holder: Record<string, unknown>, key: string]

const shape = struct({
  a: any,
  b: any,
  c: any,
  list: any,
  deep: any,
  declared: record(struct({ id: text, x: f64, hp: u8, name: text })),
})

const LIST_MAX = 5

function entry(i: number): Entry {
  return { id: `p${i}`, x: i / 3, hp: i, name: `n${i}` }
}

function entries(count: number): Entries {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`e${i}`, entry(i)]))
}

/** Plays random turns, after each of which the mirror is compared. Throws, with what differs and where. */
export function playPlaces(seed: number, turns: number): void {
  const dice = new Dice(seed)
  const first: Places = {
    a: entries(30),
    b: entries(5),
    c: null,
    list: [entries(28), 1, entries(3)],
    deep: { one: entries(40), two: null },
    declared: entries(30),
  }
  const encoder = new StateEncoder<Places>(first, { shape: dice.chance(0.4) ? (shape as never) : undefined })
  const mirror = new StateMirror<Places>()
  mirror.load(encoder.keyframe())
  for (let turn = 0; turn < turns; turn++) {
    for (let i = dice.below(4); i >= 0; i--) mutate(dice, encoder.state, turn)
    const patch = encoder.patch({ complete: dice.chance(0.05) })
    if (patch) mirror.patch(patch)
    const found = difference(encoder.state, mirror.state)
    if (found !== undefined) throw new Error(`in turn ${turn}: the owner and its mirror differ at ${found}`)
    if (dice.chance(0.1) && encoder.patch() !== null) throw new Error(`in turn ${turn}: a patch without a change`)
  }
}

function mutate(dice: Dice, state: Places, turn: number): void {
  const places = placesOf(state)
  const at = dice.pick(places)
  const full = places.filter(([holder, key]) => typeof holder[key] === 'object' && holder[key] !== null)
  const [from, name] = dice.pick(full) ?? at
  const those = full.length > 0 ? (from[name] as Entries) : state.declared
  const kind = dice.below(16)
  if (kind < 7) change(dice, those, turn)
  else if (kind < 9) those[`e${dice.below(60)}`] = entry(turn)
  else if (kind < 10) delete those[dice.pick(Object.keys(those)) ?? '']
  else if (kind < 12) put(at, from[name])
  else if (kind < 13) put(at, dice.below(9))
  else if (kind < 14) {
    const made = entries(dice.below(60))
    put(at, made)
    if (dice.chance(0.5)) put(dice.pick(places), made)
  } else if (kind < 15) arrange(dice, state.list)
  else if (dice.chance(0.5)) state.declared[`e${dice.below(50)}`] = entry(dice.below(200))
  else delete state.declared[dice.pick(Object.keys(state.declared))]
}

function placesOf(state: Places): Place[] {
  const { list, deep } = state
  const inList = list.map((_, i): Place => [list as never, String(i)])
  const root = state as unknown as Record<string, unknown>
  return [[root, 'a'], [root, 'b'], [root, 'c'], [deep, 'one'], [deep, 'two'], ...inList]
}

function put([holder, key]: Place, value: unknown): void {
  holder[key] = value
}

function change(dice: Dice, those: Entries, turn: number): void {
  const one = those[dice.pick(Object.keys(those))]
  if (one === undefined) return
  const kind = dice.below(4)
  if (kind === 0) one['x'] = turn / 7
  else if (kind === 1) one['hp'] = dice.below(255)
  else if (kind === 2) one['name'] = `n${turn}`
  else one['id'] = `p${dice.below(9)}`
}

function arrange(dice: Dice, list: unknown[]): void {
  const kind = dice.below(5)
  if (kind === 0) list.reverse()
  else if (kind === 1) list.push(list[0])
  else if (kind === 2 && list.length > 1) list.shift()
  else if (kind === 3) list.copyWithin(0, 1, 2)
  else if (list.length > LIST_MAX) list.length = 3
}
