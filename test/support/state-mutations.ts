/**
 * Random mutations of a state, as users make them: each is made of a number alone, goes to a random place in the state,
 * through the Proxies, and reads no more on its way than that place. Knows nothing of patches.
 */
import { plainCopy } from '../../src/state/format/plain-copy.js'
import type { TypeInfo } from '../../src/state/schema/type-info.js'
import { Dice } from './dice.js'
import { contains, depthOf, isContainer, rawEntry, sizeOf } from './raw-state.js'
import {
  anyKey,
  entity,
  type Fields,
  LARGE,
  mapKey,
  plainValue,
  SMALL,
  type Sizes,
  Unit,
  valueOf,
} from './state-values.js'

export interface Manners {
  /** Records stay below the size from which they are handled apart. */
  readonly isSmall: boolean
  /** Objects are kept, and changed in later turns. */
  readonly keeps: boolean
  /** What may be put at a second place: entries of records, or whatever there is. */
  readonly aliases: 'none' | 'entries' | 'any'
}

const LIST_MAX = 40
const ALIAS_SIZE_MAX = 60
const ALIAS_DEPTH_MAX = 5
const DEPTH_MAX = 7
const KEPT_MAX = 12

interface Place {
  readonly container: Fields | unknown[] | Map<unknown, unknown>
  readonly type: TypeInfo | undefined
}

export class Mutations {
  readonly #holder: { state: unknown }
  readonly #type: TypeInfo | undefined
  readonly #manners: Manners
  readonly #sizes: Sizes
  readonly #kept: Place[] = []

  constructor(holder: { state: unknown }, type: TypeInfo | undefined, manners: Manners) {
    this.#holder = holder
    this.#type = type
    this.#manners = manners
    this.#sizes = manners.isSmall ? SMALL : LARGE
  }

  /** The mutation of a seed. What an object refuses, because it is frozen, is not done. */
  run(seed: number): void {
    const dice = new Dice(seed)
    const kept = this.#manners.keeps && dice.chance(0.3) ? this.#kept[dice.below(KEPT_MAX)] : undefined
    const place = kept ?? this.#reach(dice)
    if (place === undefined) return
    if (this.#manners.keeps && dice.chance(0.3)) this.#kept[dice.below(KEPT_MAX)] = place
    unlessRefused(() => {
      if (Array.isArray(place.container)) this.#changeList(dice, place.container, place.type?.element)
      else if (place.container instanceof Map) this.#changeMap(dice, place.container, place.type)
      else this.#changeFields(dice, place.container, place.type)
    })
  }

  /** Puts something into the state that it may not hold. Gives what takes it back. */
  spoil(dice: Dice): (() => void) | undefined {
    const place = this.#reach(dice)
    if (place === undefined) return undefined
    const { container } = place
    const bad = this.#badValue(dice, container)
    if (Array.isArray(container)) {
      return unlessRefused(() => container.push(bad)) ? () => void container.pop() : undefined
    }
    if (container instanceof Map) {
      container.set('spoilt', bad)
      return () => void container.delete('spoilt')
    }
    const key = place.type?.check === 'struct' ? dice.pick(Object.keys(container)) : anyKey(dice)
    const before = Object.hasOwn(container, key) ? { value: rawEntry(container, key) } : undefined
    if (key === undefined || !unlessRefused(() => put(container, key, bad))) return undefined
    return () => (before ? put(container, key, before.value) : delete container[key])
  }

  #badValue(dice: Dice, container: object): unknown {
    let deep: unknown = 1
    for (let i = 0; i < 130; i++) deep = i % 2 ? [deep] : { deep }
    return dice.pick([
      () => 1,
      Symbol('no'),
      10n,
      new Map([[{}, 1]]),
      new Set(),
      new Date(0),
      new Float32Array(1),
      container,
      deep,
    ])
  }

  /** The container that a random way leads to. Of each container on the way one entry is read, or a few. */
  #reach(dice: Dice): Place | undefined {
    let container = this.#holder.state
    let type = this.#type
    if (!isContainer(container)) return undefined
    for (let depth = 0; depth < DEPTH_MAX && dice.chance(0.8); depth++) {
      const keys = container instanceof Map ? ([...container.keys()] as string[]) : Object.keys(container as object)
      let found = false
      for (let tries = 0; tries < 3 && !found && keys.length > 0; tries++) {
        const key = dice.pick(keys)
        const inner: unknown = container instanceof Map ? container.get(key) : (container as Fields)[key]
        if (!isContainer(inner)) continue
        type = type?.check === 'struct' ? type.fields?.[key] : type?.element
        container = inner
        found = true
      }
      if (!found) break
    }
    return { container: container as Fields, type: type?.check === 'any' ? undefined : type }
  }

  #value(dice: Dice, type: TypeInfo | undefined): unknown {
    return valueOf(dice, type, this.#sizes)
  }

  #changeFields(dice: Dice, target: Fields, type: TypeInfo | undefined): void {
    if (type?.check === 'struct') return this.#changeStruct(dice, target, type)
    const element = type?.element
    const keys = Object.keys(target)
    const existing = keys.length > 0 ? dice.pick(keys) : undefined
    const room = this.#entriesMax(target) - keys.length
    const kind = room <= 0 ? 7 : dice.below(19)
    if (kind < 3 || existing === undefined)
      put(target, type ? `e${dice.below(60)}` : anyKey(dice), this.#value(dice, element))
    else if (kind < 5) put(target, existing, this.#value(dice, element))
    else if (kind === 5) addSome(dice, target, room, () => (type ? this.#value(dice, element) : undefined))
    else if (kind < 9)
      for (let i = dice.below(room <= 0 ? 30 : 3); i >= 0; i--) delete target[keys[(i * 7) % keys.length] as string]
    else if (kind === 9) rename(target, existing, anyKey(dice))
    else if (kind === 10) swap(target, existing, dice.pick(keys))
    else if (kind === 11) this.#alias(dice, target, type)
    else if (kind === 12 && !type && room > 5) Object.assign(target, entity(dice, 'assigned'))
    else if (kind === 13 && !type) addToNumbers(target, keys)
    else if (kind === 14) replaceByCopy(target, existing, this.#manners.aliases === 'any')
    else if (kind === 15) put(target, existing, undefined)
    else if (kind === 16 && dice.chance(0.1) && !type && target === this.#holder.state) {
      this.#holder.state = { players: {}, ...(plainValue(dice, this.#sizes) as object) }
    } else if (!type) {
      const entry = target[existing]
      if (entry instanceof Unit) entry.move()
      else if (isContainer(entry) && !Array.isArray(entry) && !(entry instanceof Map))
        addToNumbers(entry, Object.keys(entry))
    }
  }

  #changeMap(dice: Dice, target: Map<unknown, unknown>, type: TypeInfo | undefined): void {
    const keys = [...target.keys()]
    const key = keys.length > 0 && dice.chance(0.7) ? dice.pick(keys) : type ? `e${dice.below(60)}` : mapKey(dice)
    const value = (): unknown => this.#value(dice, type?.element)
    const kind = target.size >= this.#sizes.entriesMax ? 3 : dice.below(12)
    if (kind < 3) target.set(key, value())
    else if (kind === 3) for (let i = dice.below(30); i >= 0; i--) target.delete(keys[i])
    else if (kind === 4) target.delete(key)
    else if (kind === 5) {
      const moved = target.get(key)
      if (target.delete(key)) target.set(key, moved)
    } else if (kind === 6)
      target.forEach((entry) => {
        if (isContainer(entry) && !Array.isArray(entry) && !(entry instanceof Map) && !type)
          addToNumbers(entry, Object.keys(entry))
      })
    else if (kind === 7 && dice.chance(0.2)) target.clear()
    else if (kind === 8) {
      for (const [each, entry] of target) {
        if (dice.chance(0.2)) target.set(each, isContainer(entry) ? plainCopy(entry) : entry)
      }
    } else if (kind === 9 && !type && dice.chance(0.3)) target.set(key, undefined)
    else {
      const entry = target.get(key)
      if (entry instanceof Unit) entry.move()
      else if (isContainer(entry) && !Array.isArray(entry) && !(entry instanceof Map) && !type)
        addToNumbers(entry, Object.keys(entry))
    }
  }

  #changeStruct(dice: Dice, target: Fields, type: TypeInfo): void {
    const fields = type.fields ?? {}
    for (let i = dice.below(4); i >= 0; i--) {
      const key = dice.pick(Object.keys(fields))
      const field = fields[key]
      const players = (this.#holder.state as Fields)['players']
      if (key === 'leader' && isContainer(players) && dice.chance(0.7)) {
        const id = dice.pick(Object.keys(players))
        if (id !== undefined && this.#manners.aliases !== 'none') target[key] = players[id]
      } else if (field?.isOptional && dice.chance(0.5)) delete target[key]
      else target[key] = this.#value(dice, field)
    }
  }

  /** Puts an object that is in the state at a second place, or moves it there. Never into itself. */
  #alias(dice: Dice, target: Fields, type: TypeInfo | undefined): void {
    const { aliases } = this.#manners
    const isAnywhere = aliases === 'any'
    if (aliases === 'none' || (!isAnywhere && target !== this.#holder.state && !this.#records().includes(target)))
      return
    const place = isAnywhere ? this.#reach(dice) : { container: dice.pick(this.#records()), type: undefined }
    const from = place?.container
    if (
      from === undefined ||
      Array.isArray(from) ||
      from instanceof Map ||
      type !== undefined ||
      place?.type !== undefined
    )
      return
    const key = dice.pick(Object.keys(from))
    const value = key === undefined ? undefined : from[key]
    if (key === undefined || !isContainer(value)) return
    if (sizeOf(value, ALIAS_SIZE_MAX) > ALIAS_SIZE_MAX || depthOf(value) > ALIAS_DEPTH_MAX || contains(value, target))
      return
    if (dice.chance(0.5)) delete from[key]
    put(target, dice.chance(0.5) ? key : anyKey(dice), value)
  }

  /** The records that are large by intent, where they still are. */
  #records(): Fields[] {
    const root = this.#holder.state
    if (!isContainer(root)) return []
    const teams = root['teams']
    const records = [root['players'], root['units'], isContainer(teams) ? teams['red'] : undefined]
    return records.filter((value) => isContainer(value) && !Array.isArray(value) && !(value instanceof Map)) as Fields[]
  }

  /** What stands at two places must not become so large that it is handled apart, or it is not found at once. */
  #entriesMax(target: Fields): number {
    if (this.#manners.aliases !== 'entries' || this.#records().includes(target)) return this.#sizes.entriesMax
    return SMALL.entriesMax
  }

  #changeList(dice: Dice, list: unknown[], element: TypeInfo | undefined): void {
    const value = (): unknown => this.#value(dice, element)
    const at = dice.below(list.length + 1)
    const some = dice.below(4)
    const kind = list.length > LIST_MAX ? 3 : dice.below(20)
    if (kind < 3) list.push(...Array.from({ length: some }, value))
    else if (kind === 3) list.splice(at, some + (list.length >> 2))
    else if (kind === 4) list.splice(at, some, value(), value())
    else if (kind === 5) list.pop()
    else if (kind === 6) list.shift()
    else if (kind === 7) list.unshift(value())
    else if (kind === 8) list.reverse()
    else if (kind === 9) list.sort((a, b) => rank(a) - rank(b))
    else if (kind === 10) list.push(...list.splice(0, some))
    else if (kind === 11) swap(list as unknown as Fields, String(at), String(some))
    else if (kind === 12 && list.length > 1) list.copyWithin(at, some, some + 2)
    else if (kind === 13 && !element) list.fill(leafOf(list, at), at, at + 2)
    else if (kind === 14 && !element) Reflect.deleteProperty(list, at)
    else if (kind === 15 && !element) list[list.length + some] = value()
    else if (kind === 16) list.length = Math.min(list.length, at)
    else if (kind === 17 && !element) list.length += some
    else if (kind === 18) for (const entry of list) if (entry instanceof Unit) entry.move()
    if (kind === 19 && at < list.length) list[at] = value()
  }
}

/** Whether a mutation took place: frozen objects refuse theirs. */
function unlessRefused(mutate: () => void): boolean {
  try {
    mutate()
    return true
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  }
}

function put(target: Fields, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
  } else {
    target[key] = value
  }
}

function addSome(dice: Dice, target: Fields, most: number, make: (id: string) => unknown): void {
  const first = dice.below(100)
  const count = dice.below(Math.min(12, most))
  for (let i = 0; i < count; i++) {
    const id = `e${first + i}`
    put(target, id, make(id) ?? entity(dice, id))
  }
}

function rename(target: Fields, from: string, to: string): void {
  const value = target[from]
  delete target[from]
  put(target, to, value)
}

function swap(target: Fields, a: string, b: string): void {
  if (!Object.hasOwn(target, a) || !Object.hasOwn(target, b)) return
  const [first, second] = [target[a], target[b]]
  put(target, a, second)
  put(target, b, first)
}

function addToNumbers(target: Fields, keys: readonly string[]): void {
  for (const key of keys) {
    const value = target[key]
    if (typeof value === 'number' && value > 0 && value < 60) put(target, key, value + 1)
  }
}

/** Another object with the same in it; a flat copy has what is deeper in common with the one before. */
function replaceByCopy(target: Fields, key: string, isFlat: boolean): void {
  const value = target[key]
  if (!isContainer(value)) return
  if (value instanceof Map) put(target, key, isFlat ? new Map(value as Map<unknown, unknown>) : plainCopy(value))
  else if (isFlat) put(target, key, Array.isArray(value) ? [...(value as unknown[])] : { ...value })
  else put(target, key, plainCopy(value))
}

function rank(value: unknown): number {
  if (typeof value === 'number') return value === value ? value : -1
  return typeof value === 'string' ? value.length : isContainer(value) ? Object.keys(value).length * 10 : -2
}

function leafOf(list: readonly unknown[], at: number): unknown {
  const value = list[at]
  return isContainer(value) ? 7 : value
}
