/**
 * Who wants to be told of changes: a tree of the paths that are watched, and the events of one patch, which are told after
 * all of it has been applied. Events are found by the containers they are of, from the root along the watched paths.
 */
import type { Key } from '../format/fields.js'
import { entriesOf, entryOf, hasEntry, type Tell } from './mirror-nodes.js'

/** Handlers for changes of the entries at a path. `key` is an index in lists. */
export interface ChangeHandlers<V = unknown> {
  /** An entry was added. Also called for each entry that already exists when you start listening. */
  add?: (value: V, key: Key, container: object) => void
  /** An entry, or something in it, has changed. */
  change?: (value: V, key: Key, container: object) => void
  /** An entry was removed. `value` is its last value. */
  remove?: (value: V, key: Key, container: object) => void
}

/** Is told of the error that a handler threw. */
export type HandlerFailed = (error: unknown, kind: keyof ChangeHandlers) => void
type Event = readonly [kind: keyof ChangeHandlers, value: unknown, key: Key]
/** Who is told what of which container. */
export type Told = readonly [handlers: ChangeHandlers, events: readonly Event[], container: object]

/** A place in the tree of paths. `*` stands for every key. */
export class Watch {
  readonly handlers = new Set<ChangeHandlers>()
  readonly next = new Map<Key, Watch>()

  at(key: Key): Watch {
    let next = this.next.get(key)
    if (next === undefined) {
      next = new Watch()
      this.next.set(key, next)
    }
    return next
  }

  /** Drops the places along a path that nobody watches any more. */
  prune([key, ...rest]: readonly Key[]): void {
    const next = key === undefined ? undefined : this.next.get(key)
    next?.prune(rest)
    if (next?.isWatched === false) this.next.delete(key as Key)
  }

  get isWatched(): boolean {
    return this.handlers.size > 0 || this.next.size > 0
  }

  /** Who watches the entry `key` of what is watched here. */
  within(key: Key, container: object): Watch[] {
    const any = this.next.get('*')
    const found: Watch[] = []
    for (const name of namesOf(key, container)) {
      const named = this.next.get(name)
      if (named !== undefined && named !== any) found.push(named)
    }
    if (any !== undefined) found.push(any)
    return found
  }
}

/** What a path may call an entry: the keys 1 and '1' of a Map are two, those of other containers are one. */
function namesOf(key: Key, container: object): Key[] {
  if (container instanceof Map) return [key]
  const number = Number(key)
  return String(number) === String(key) ? [String(key), number] : [String(key)]
}

/** What lay at the watched paths before a patch. */
export interface Watched {
  /** By its place in the tree; nothing below a `*`, where it would be too much to be found before each patch. */
  readonly at: ReadonlyMap<Watch, object>
  /** The same; undefined where there is a `*`. Events of other containers, most of them, need not be noted. */
  readonly containers: readonly object[] | undefined
}

export function watchedIn(root: unknown, watch: Watch): Watched {
  const at = new Map<Watch, object>()
  return { at, containers: findWatched(root, watch, at) ? [...at.values()] : undefined }
}

/** Whether nothing is below a `*`. */
function findWatched(value: unknown, here: Watch, at: Map<Watch, object>): boolean {
  let isAll = !here.next.has('*')
  if (!isContainer(value)) return isAll
  at.set(here, value)
  for (const [key, next] of here.next) {
    if (key === '*') continue
    const entry = hasEntry(value, key) ? entryOf(value, key) : undefined
    if (!findWatched(entry, next, at)) isAll = false
  }
  return isAll
}

export class Events {
  readonly #of = new Map<object, Event[]>()
  readonly #watched: Watched
  /** The container that was watched last, its events, and the one that was met last and was not: most are met again at once. */
  #container: object | undefined = undefined
  #events: Event[] = []
  #unwatched: object | undefined = undefined

  constructor(watched: Watched) {
    this.#watched = watched
  }

  /** Notes an event. */
  readonly push: Tell = (kind, value, key, of) => {
    if (of === this.#unwatched || (of !== this.#container && !this.#turnTo(of))) return
    this.#events.push([kind, value, key])
  }

  /** Whether the container is watched. */
  #turnTo(of: object): boolean {
    if (this.#watched.containers?.includes(of) === false) {
      this.#unwatched = of
      return false
    }
    let events = this.#of.get(of)
    if (events === undefined) this.#of.set(of, (events = []))
    this.#container = of
    this.#events = events
    return true
  }

  /** Tells those who watch. */
  tell(root: unknown, watch: Watch, failed: HandlerFailed): void {
    const all: Told[] = []
    this.#changed(root, watch, all, true)
    tellEach(all, failed)
  }

  /** What lies at a watched path is another container now, or something in it is another. */
  #changed(value: unknown, watch: Watch, all: Told[], mayRepeat: boolean): void {
    const before = this.#watched.at.get(watch)
    if (before === undefined ? this.#of.has(value as object) : before === value) {
      this.#find(value, watch, all, mayRepeat)
    } else {
      whole('remove', before, watch, all)
      whole('add', value, watch, all)
    }
  }

  /** What is within an entry comes before the entry. */
  #find(container: unknown, watch: Watch, all: Told[], mayRepeat: boolean): void {
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
      for (const inner of watch.within(key, container as object)) {
        if (kind === 'change') this.#changed(value, inner, all, repeats)
        else whole(kind, value, inner, all)
      }
      for (const handlers of watch.handlers) all.push([handlers, [event], container as object])
    }
  }
}

/**
 * Without the changes of entries that have been told of already: a patch may have several changes of the root, and then of
 * whatever is within what is named in more than one of them.
 */
function once(events: Event[]): Event[] {
  if (events.length < 2) return events
  const told = new Set<Key>()
  return events.filter(([kind, , key]) => {
    if (kind === 'change' && told.has(key)) return false
    if (kind === 'remove') told.delete(key)
    else told.add(key)
    return true
  })
}

/** A container came or went: so did all its entries, and all within them. */
export function whole(kind: 'add' | 'remove', container: unknown, watch: Watch, all: Told[]): void {
  if (!isContainer(container) || !watch.isWatched) return
  const events = entriesOf(container).map(([key, value]): Event => [kind, value, key])
  if (watch.next.size > 0) {
    for (const [, value, key] of events)
      for (const inner of watch.within(key, container)) whole(kind, value, inner, all)
  }
  for (const handlers of watch.handlers) all.push([handlers, events, container])
}

/** Calls all handlers. One that throws is reported, and disturbs no other. */
export function tellEach(all: readonly Told[], failed: HandlerFailed): void {
  for (const [handlers, events, container] of all) {
    for (const [kind, value, key] of events) {
      try {
        handlers[kind]?.(value, key, container)
      } catch (error) {
        failed(error, kind)
      }
    }
  }
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
}
