/**
 * Who wants to be told of changes: a tree of the paths that are watched, and the events of one patch, which are told after
 * all of it has been applied. Events are found by the containers they are of, from the root along the watched paths.
 */
import type { Tell } from './mirror-nodes.js'

/** What happened to the entries of the containers at a path. `key` is an index in lists. */
export interface ChangeHandlers<V = unknown> {
  /** An entry came. Also called for each entry that is there when one begins to watch. */
  add?: (value: V, key: string | number, container: object) => void
  /** An entry has another value, or something within it has. */
  change?: (value: V, key: string | number, container: object) => void
  /** An entry went. `value` is what it was. */
  remove?: (value: V, key: string | number, container: object) => void
}

type Event = readonly [kind: keyof ChangeHandlers, value: unknown, key: string | number]
type Told = readonly [handlers: ChangeHandlers, events: readonly Event[], container: object]

/** A place in the tree of paths. `*` stands for every key. */
export class Watch {
  readonly handlers = new Set<ChangeHandlers>()
  readonly next = new Map<string, Watch>()

  at(key: string): Watch {
    let next = this.next.get(key)
    if (next === undefined) {
      next = new Watch()
      this.next.set(key, next)
    }
    return next
  }

  get isWatched(): boolean {
    return this.handlers.size > 0 || this.next.size > 0
  }

  /** Who watches the entry `key` of what is watched here. */
  within(key: string | number): Watch[] {
    const named = this.next.get(String(key))
    const any = this.next.get('*')
    return named === any ? asList(any) : [...asList(named), ...asList(any)]
  }
}

function asList(watch: Watch | undefined): Watch[] {
  return watch === undefined ? [] : [watch]
}

/**
 * The containers whose entries are watched, or undefined if a `*` makes them too many to be found before each patch. Events of
 * others, most of them, then need not be noted.
 */
export function watchedIn(root: unknown, watch: Watch): Set<object> | undefined {
  const found = new Set<object>()
  const walk = (value: unknown, at: Watch): boolean => {
    if (at.next.has('*')) return false
    if (!isContainer(value)) return true
    found.add(value)
    for (const [key, next] of at.next) {
      if (!walk(Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined, next)) return false
    }
    return true
  }
  return walk(root, watch) ? found : undefined
}

export class Events {
  readonly #of = new Map<object, Event[]>()
  readonly #watched: Set<object> | undefined
  /** The container that was watched last, its events, and the one that was met last and was not: most are met again at once. */
  #container: object | undefined = undefined
  #events: Event[] = []
  #unwatched: object | undefined = undefined

  constructor(watched?: Set<object>) {
    this.#watched = watched
  }

  /** Notes an event. */
  readonly push: Tell = (kind, value, key, of) => {
    if (of === this.#unwatched || (of !== this.#container && !this.#turnTo(of))) return
    this.#events.push([kind, value, Array.isArray(of) ? Number(key) : key])
  }

  /** Whether the container is watched. */
  #turnTo(of: object): boolean {
    if (this.#watched !== undefined && !this.#watched.has(of)) {
      this.#unwatched = of
      return false
    }
    let events = this.#of.get(of)
    if (events === undefined) this.#of.set(of, (events = []))
    this.#container = of
    this.#events = events
    return true
  }

  /** Tells those who watch, then throws the first error that a handler threw. */
  tell(root: unknown, watch: Watch): void {
    const all: Told[] = []
    this.#find(root, watch, all)
    const failures: unknown[] = []
    for (const [handlers, events, container] of all) {
      for (const event of events) {
        try {
          tellOne(handlers, event, container)
        } catch (error) {
          failures.push(error)
        }
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  /** What is within an entry comes before the entry. */
  #find(container: unknown, watch: Watch, all: Told[], mayRepeat = true): void {
    const noted = isContainer(container) ? this.#of.get(container) : undefined
    if (noted === undefined) return
    const events = mayRepeat ? once(noted) : noted
    const repeats = events.length < noted.length
    if (watch.next.size === 0) {
      for (const handlers of watch.handlers) all.push([handlers, events, container as object])
      return
    }
    for (const event of events) {
      const [kind, value, key] = event
      if (kind !== 'remove') for (const inner of watch.within(key)) this.#find(value, inner, all, repeats)
      for (const handlers of watch.handlers) all.push([handlers, [event], container as object])
    }
  }
}

function tellOne(handlers: ChangeHandlers, [kind, value, key]: Event, container: object): void {
  if (kind === 'change') handlers.change?.(value, key, container)
  else if (kind === 'add') handlers.add?.(value, key, container)
  else handlers.remove?.(value, key, container)
}

/**
 * Without the changes of entries that have been told of already: a patch may have several changes of the root, and then of
 * whatever is within what is named in more than one of them.
 */
function once(events: Event[]): Event[] {
  if (events.length < 2) return events
  const told = new Set<string | number>()
  return events.filter(([kind, , key]) => {
    if (kind === 'change' && told.has(key)) return false
    if (kind === 'remove') told.delete(key)
    else told.add(key)
    return true
  })
}

/** An `add` for every entry of every container at a path. */
export function tellAll(value: unknown, path: readonly string[], handlers: ChangeHandlers): void {
  if (!isContainer(value)) return
  const [first, ...rest] = path
  const isList = Array.isArray(value)
  for (const [key, entry] of Object.entries(value)) {
    if (first === undefined) handlers.add?.(entry, isList ? Number(key) : key, value)
    else if (first === '*' || first === key) tellAll(entry, rest, handlers)
  }
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
}
