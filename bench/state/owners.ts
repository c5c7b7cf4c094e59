/**
 * Owners as applications write them, each on plain objects, on `Map`s where it has things by id, and on @colyseus/schema, with the same
 * changes. Knows nothing of encoders.
 */
import { ArraySchema, schema, t } from '@colyseus/schema'
import { pond, sparks, village } from './moving-owners.js'
import { dice, type Form, type Owner, whole } from './owner.js'

const ids = (count: number, prefix: string): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`)

interface Sheep {
  id: string
  x: number
  y: number
  wool: number
  name: string
}

/** All are visited in each turn, one in twenty moves. */
function herd(form: Form): Owner {
  const next = dice(1)
  const made = (id: string): Sheep => ({ id, x: next() * 900, y: next() * 900, wool: 10, name: `sheep ${id}` })
  const visit = (sheep: Sheep): void => {
    if (next() < 0.95) return
    sheep.x += next() - 0.5
    sheep.y += next() - 0.5
  }
  return byId(
    form,
    2000,
    made,
    { id: 'string', x: 'float64', y: 'float64', wool: 'uint8', name: 'string' },
    {
      all: (each) => each(visit),
    },
  )
}

/** A few are reached by their ids, and change. */
function letters(form: Form): Owner {
  const next = dice(2)
  const made = (id: string): Sheep => ({ id, x: next() * 900, y: next() * 900, wool: 10, name: `letter ${id}` })
  return byId(
    form,
    3000,
    made,
    { id: 'string', x: 'float64', y: 'float64', wool: 'uint8', name: 'string' },
    {
      some: (of) => {
        for (let i = 0; i < 30; i++) {
          const one = of(`k${whole(next, 3000)}`)
          one.x += next()
          one.wool = whole(next, 200)
        }
      },
    },
  )
}

/** Entries are replaced by changed copies, as with immutable updates. */
function ledger(form: Form): Owner {
  const next = dice(3)
  const made = (id: string): Sheep => ({ id, x: next(), y: next(), wool: 1, name: `account ${id}` })
  return byId(
    form,
    400,
    made,
    { id: 'string', x: 'float64', y: 'float64', wool: 'uint8', name: 'string' },
    {
      replaced: (replace) => {
        for (let i = 0; i < 40; i++) replace(`k${whole(next, 400)}`, next(), next())
      },
    },
  )
}

/** A room of eight. */
function room(form: Form): Owner {
  const next = dice(4)
  const made = (id: string): Sheep => ({ id, x: next(), y: next(), wool: 100, name: `guest ${id}` })
  return byId(
    form,
    8,
    made,
    { id: 'string', x: 'float64', y: 'float64', wool: 'uint8', name: 'string' },
    {
      some: (of) => {
        for (let i = 0; i < 3; i++) of(`k${whole(next, 8)}`).x = next()
      },
    },
  )
}

type Kinds = Readonly<Record<string, 'string' | 'float64' | 'uint8'>>

interface Turn {
  all?: (each: (visit: (entry: Sheep) => void) => void) => void
  some?: (of: (id: string) => Sheep) => void
  /** By a changed copy; the peer has no such thing, and sets the fields. */
  replaced?: (replace: (id: string, x: number, y: number) => void) => void
}

function byId(form: Form, count: number, made: (id: string) => Sheep, kinds: Kinds, turn: Turn): Owner {
  const keys = ids(count, 'k')
  if (form === 'schema') {
    const fields = Object.fromEntries(Object.entries(kinds).map(([key, kind]) => [key, t[kind]()]))
    const Entry = schema(fields, 'Entry')
    const State = schema({ entries: t.map(Entry) }, 'State')
    const state = new State() as unknown as { entries: Map<string, Sheep> }
    for (const key of keys) state.entries.set(key, Object.assign(new Entry(), made(key)))
    const of = (id: string): Sheep => state.entries.get(id) as Sheep
    return {
      state,
      turn() {
        turn.all?.((visit) => state.entries.forEach(visit))
        turn.some?.(of)
        turn.replaced?.((id, x, y) => {
          const one = of(id)
          one.x = x
          one.y = y
        })
      },
    }
  }
  if (form === 'map') {
    return {
      state: { entries: new Map(keys.map((key) => [key, made(key)])) },
      turn(get: () => { entries: Map<string, Sheep> }) {
        const { entries } = get()
        turn.all?.((visit) => {
          for (const entry of entries.values()) visit(entry)
        })
        turn.some?.((id) => entries.get(id) as Sheep)
        turn.replaced?.((id, x, y) => entries.set(id, { ...(entries.get(id) as Sheep), x, y }))
      },
    }
  }
  return {
    state: { entries: Object.fromEntries(keys.map((key) => [key, made(key)])) },
    turn(get: () => { entries: Record<string, Sheep> }) {
      const { entries } = get()
      turn.all?.((visit) => {
        for (const entry of Object.values(entries)) visit(entry)
      })
      turn.some?.((id) => entries[id] as Sheep)
      turn.replaced?.((id, x, y) => (entries[id] = { ...(entries[id] as Sheep), x, y }))
    },
  }
}

interface Shelf {
  name: string
  books: { title: string; pages: number; read: boolean }[]
}

/** Lists in lists, in which little changes. */
function library(form: Form): Owner {
  const next = dice(5)
  const book = (i: number) => ({ title: `book ${i}`, pages: 100 + i, read: false })
  const change = (shelves: Shelf[]): void => {
    for (let i = 0; i < 3; i++) {
      const books = shelves[whole(next, 40)]?.books as Shelf['books']
      const one = books[whole(next, books.length)] as Shelf['books'][number]
      one.read = !one.read
      books.push(books.shift() as Shelf['books'][number])
    }
  }
  if (form !== 'schema') {
    const shelves = Array.from({ length: 40 }, (_, i) => ({
      name: `shelf ${i}`,
      books: Array.from({ length: 25 }, (_, b) => book(b)),
    }))
    return { state: { shelves }, turn: (get: () => { shelves: Shelf[] }) => change(get().shelves) }
  }
  const Book = schema({ title: t.string(), pages: t.uint16(), read: t.boolean() }, 'Book')
  const Case = schema({ name: t.string(), books: t.array(Book) }, 'Shelf')
  const State = schema({ shelves: t.array(Case) }, 'Library')
  const state = new State() as unknown as { shelves: Shelf[] }
  for (let i = 0; i < 40; i++) {
    const shelf = Object.assign(new Case(), { name: `shelf ${i}` }) as unknown as Shelf
    shelf.books = new ArraySchema(...Array.from({ length: 25 }, (_, b) => Object.assign(new Book(), book(b)))) as never
    state.shelves.push(shelf)
  }
  return { state, turn: () => change(state.shelves) }
}

/** Numbers in a list, of which few change. */
function heights(form: Form): Owner {
  const next = dice(6)
  const values = Array.from({ length: 4000 }, () => 60 + whole(next, 9))
  const change = (list: number[]): void => {
    for (let i = 0; i < 5; i++) list[whole(next, 4000)] = 60 + whole(next, 9)
  }
  if (form !== 'schema') return { state: { values }, turn: (get: () => { values: number[] }) => change(get().values) }
  const State = schema({ values: t.array('uint8') }, 'Heights')
  const state = new State() as unknown as { values: number[] }
  for (const value of values) state.values.push(value)
  return { state, turn: () => change(state.values) }
}

export const OWNERS: Readonly<
  Record<string, { readonly about: string; readonly hasMap: boolean; make: (form: Form) => Owner }>
> = {
  herd: { about: 'a loop over 2,000, of which 5 % move', hasMap: true, make: herd },
  pond: { about: '250 that all move, by objects within them', hasMap: true, make: pond },
  sparks: { about: '375 that move, 15 come and 15 go', hasMap: true, make: sparks },
  village: { about: 'a loop over 240 of six kinds, 6 met by id', hasMap: true, make: village },
  letters: { about: '30 of 3,000 by their ids', hasMap: true, make: letters },
  ledger: { about: '40 of 400 replaced by `{ ...entry, x, y }`', hasMap: true, make: ledger },
  room: { about: 'a room of 8', hasMap: true, make: room },
  library: { about: '1,000 objects in lists of lists, 3 change and move', hasMap: false, make: library },
  heights: { about: '4,000 numbers in a list, 5 change', hasMap: false, make: heights },
}
