/**
 * A mirror written from docs/protocol.md alone, "Encoded state" and what that refers to: it shows that the document says
 * enough to write one in another language. It imports nothing of `src`, keeps no identities and tells nobody of changes.
 */
import { DocumentedBytes, expect, type NumberKind } from './documented-bytes.js'

interface Field {
  readonly key: string
  /** How numbers are read; undefined for kind any. */
  readonly number: NumberKind | undefined
  readonly range: { readonly min: number; readonly step: number } | undefined
}
/** A container. A struct has its shape, and a record, Map or struct a key for each entry, undefined for a hole. */
interface Box {
  sort: 'struct' | 'record' | 'map' | 'list'
  shape: readonly Field[]
  keys: (Key | undefined)[]
  entries: Entry[]
}
type Key = string | number
type Entry = null | undefined | boolean | number | string | Uint8Array | Box

const KINDS = [undefined, 'Float64', 'Float32', 'Uint8', 'Uint16', 'Uint32', 'Int8', 'Int16', 'Int32'] as const
const RANGES: Readonly<Record<number, NumberKind>> = { 1: 'Uint8', 2: 'Uint16', 4: 'Uint32' }

export class DocumentedMirror extends DocumentedBytes {
  #root: Entry
  #shapes: (readonly Field[] | undefined)[] = []
  #number = 0

  get state(): unknown {
    return plain(this.#root)
  }

  load(keyframe: Uint8Array): void {
    this.begin(keyframe)
    expect(this.number('Uint8') === 1, 'another format')
    const number = this.number('Uint8')
    expect(number < 128, 'no number of a patch')
    this.#shapes = []
    const [count, freeCount] = [this.uvarint(), this.uvarint()]
    expect(count <= 1024, 'shapes too many')
    const free = new Set<number>()
    this.slots(freeCount, (slot) => expect(slot < count && free.add(slot), 'no such shape'))
    for (let i = 0; i < count; i++) this.#shapes.push(free.has(i) ? undefined : this.#fields())
    this.#root = this.#value()
    expect(this.at === keyframe.length, 'bytes too many')
    this.#number = number
  }

  patch(bytes: Uint8Array): void {
    this.begin(bytes)
    const head = this.number('Uint8')
    const number = (this.#number + 1) % 128
    expect(head % 128 === number, 'not the next patch')
    if (head >= 128) {
      this.slots(this.uvarint(), (slot) => {
        expect(this.#shapes[slot] !== undefined, 'no such shape')
        this.#shapes[slot] = undefined
      })
    }
    this.#number = number
    for (let changes = 0; changes === 0 || this.at < bytes.length; changes++) {
      expect(changes < 8, 'changes too many')
      this.#root = this.#change(this.#root)
    }
  }

  #value(): Entry {
    const lead = this.number('Uint8')
    if (lead <= 0x3f) return lead
    if (lead <= 0x5f || lead === 0x88 || lead === 0x89) return this.text(lead)
    if (lead <= 0x6f || lead === 0x8b) return this.#list(lead === 0x8b ? this.uvarint() : lead - 0x60)
    if (lead <= 0x7f || lead === 0x90) return this.#struct(this.#shape(lead === 0x90 ? this.uvarint() : lead - 0x70))
    if (lead === 0x91 || lead === 0x93) return this.nest(() => this.#collection(lead === 0x91 ? 'record' : 'map'))
    if (lead === 0x92) return this.#struct(this.#definition())
    if (lead <= 0x83) return [null, undefined, false, true][lead - 0x80]
    if (lead === 0x84 || lead === 0x85) return this.number(lead === 0x84 ? 'Float64' : 'Float32')
    if (lead === 0x86 || lead === 0x87) return lead === 0x86 ? this.uvarint() : -1 - this.uvarint()
    expect(lead === 0x8a, 'no value')
    return this.take(this.uvarint())
  }

  #shape(number: number): readonly Field[] {
    const shape = this.#shapes[number]
    expect(shape !== undefined, 'no such shape')
    return shape as readonly Field[]
  }

  /** A shape gets the smallest number that is free. */
  #definition(): readonly Field[] {
    const shape = this.#fields()
    let number = 0
    while (this.#shapes[number] !== undefined) number++
    expect(number < 1024, 'shapes too many')
    this.#shapes[number] = shape
    return shape
  }

  #fields(): readonly Field[] {
    const shape: Field[] = []
    const count = this.uvarint()
    expect(count <= 31, 'no shape')
    for (let i = 0; i < count; i++) {
      const key = this.text()
      expect(key !== '__proto__' && !shape.some((field) => field.key === key), 'no key')
      const kind = this.number('Uint8')
      const range = kind === 9 ? { min: this.number('Float64'), step: this.number('Float64') } : undefined
      const number = range ? RANGES[this.number('Uint8')] : KINDS[kind]
      expect(number !== undefined || kind === 0, 'no kind')
      shape.push({ key, number, range })
    }
    return shape
  }

  /** `change` reads what a field becomes that is no bare number. */
  #field({ number, range }: Field, change: () => Entry): Entry {
    if (number === undefined) return change()
    const escape = number === 'Float64' ? [...this.bytes.subarray(this.at, this.at + 8)].join() : ''
    const value = this.number(number)
    if (escape === '1,0,0,0,0,0,248,127') return change()
    return range ? range.min + range.step * value : value
  }

  #struct(shape: readonly Field[]): Box {
    const read = (field: Field): Entry => this.#field(field, () => this.#value())
    return this.nest(() => structOf(shape, shape.map(read)))
  }

  #list(count: number): Box {
    const entries: Entry[] = []
    this.nest(() => {
      for (let i = 0; i < count; i++) entries.push(this.#value())
    })
    return { sort: 'list', shape: [], keys: [], entries }
  }

  #collection(sort: 'record' | 'map'): Box {
    const [count, freeCount] = [this.uvarint(), this.uvarint()]
    expect(count + freeCount <= this.bytes.length, 'cut short')
    const free = new Set<number>()
    this.slots(freeCount, (slot) => expect(slot < count + freeCount && free.add(slot), 'no such slot'))
    const slots = Array.from({ length: count + freeCount }, (_, slot) => slot).filter((slot) => !free.has(slot))
    const box: Box = { sort, shape: [], keys: Array.from({ length: count + freeCount }), entries: [] }
    let [text, number] = ['', 0]
    const readKey = (slot: number, isNumber: boolean): void => {
      let key: Key
      if (!isNumber) key = text = this.difference(text)
      else {
        expect(sort === 'map', 'a number in a record')
        const difference = this.#value()
        key = number = wholeKey(difference === null ? this.#value() : number + (difference as number))
      }
      expect(!box.keys.includes(key), 'a key twice')
      box.keys[slot] = key
    }
    while (slots.length > 0) {
      const head = this.uvarint()
      expect(head >= 4 && Math.floor(head / 4) <= slots.length, 'no run')
      const run = slots.splice(0, Math.floor(head / 4))
      const isNumber = head % 4 >= 2
      if (head % 2 === 0) {
        for (const slot of run) {
          readKey(slot, isNumber)
          box.entries[slot] = this.#value()
        }
        continue
      }
      const reference = this.uvarint()
      const shape = reference === 0 ? this.#definition() : this.#shape(reference - 1)
      run.forEach((slot) => readKey(slot, isNumber))
      const rows = run.map((slot) => (box.entries[slot] = structOf(shape, [])))
      const keys = run.map((slot) => box.keys[slot])
      this.nest(() => shape.forEach((field, i) => this.#column(field, i, rows, keys)))
    }
    return box
  }

  #column(field: Field, i: number, rows: readonly Box[], keys: readonly Entry[]): void {
    const mode = field.number === undefined ? this.number('Uint8') : 0
    expect(mode <= 2, 'no column')
    let text = ''
    rows.forEach(({ entries }, row) => {
      if (mode === 0) entries[i] = this.#field(field, () => this.#value())
      else entries[i] = mode === 1 ? (text = this.difference(text)) : keys[row]
    })
  }

  #change(entry: Entry): Entry {
    if (typeof entry !== 'object' || entry === null) return this.#value()
    return this.nest(() => {
      if (entry instanceof Uint8Array)
        return expect(this.number('Uint8') === 0, 'bytes change as a whole') ?? this.#value()
      return entry.sort === 'struct' ? this.#changeStruct(entry) : this.#changeEntries(entry)
    })
  }

  /** Bit 0 of the mask, and which fields changed. */
  #mask(shape: readonly Field[]): [bit0: boolean, changed: boolean[]] {
    const bytes = this.take(Math.floor((shape.length + 8) / 8))
    const bits = [...bytes].flatMap((byte) => Array.from({ length: 8 }, (_, bit) => ((byte >> bit) & 1) === 1))
    expect(bits.lastIndexOf(true) <= shape.length, 'no such field')
    return [bits[0] === true, bits.slice(1)]
  }

  #changeStruct(box: Box): Entry {
    const { shape, entries, keys } = box
    const [isReshaped, changed] = this.#mask(shape)
    if (!isReshaped) {
      if (!changed.includes(true)) return this.#value()
      const change = (i: number): Entry => this.#change(entries[i])
      shape.forEach((field, i) => changed[i] && (entries[i] = this.#field(field, () => change(i))))
      return box
    }
    expect(!changed.includes(true), 'a mask of both')
    const code = this.uvarint()
    if (code === 0) return this.#changeEntries(Object.assign(box, { sort: 'record' as const }))
    const next = code === 1 ? this.#definition() : this.#shape(code - 3)
    const [isWrong, given] = this.#mask(next)
    expect(!isWrong, 'bit 0 in the second mask')
    const fields = next.map((field, i) => {
      const before = keys.indexOf(field.key)
      if (given[i]) return this.#field(field, () => this.#change(entries[before]))
      return expect(before >= 0, 'a new field that is not given') ?? entries[before]
    })
    return Object.assign(box, structOf(next, fields))
  }

  #changeEntries(box: Box): Entry {
    const head = this.uvarint()
    if (head === 0) return this.#value()
    if (head % 2 === 1 && box.sort === 'list') this.#rearrange(box)
    else if (head % 2 === 1) this.#restructure(box)
    this.slots(Math.floor(head / 2), (slot) => {
      expect(box.sort === 'list' ? slot < box.entries.length : box.keys[slot] !== undefined, 'nothing there')
      box.entries[slot] = this.#change(box.entries[slot])
    })
    if (head % 2 === 1 && box.sort !== 'list') giveNewSlots(box)
    return box
  }

  #restructure({ sort, keys, entries }: Box): void {
    this.slots(this.uvarint(), (slot) => {
      expect(keys[slot] !== undefined, 'a hole')
      keys[slot] = entries[slot] = undefined
    })
    for (let count = this.uvarint(); count > 0; count--) {
      const value = this.#value()
      const key = typeof value === 'string' ? value : sort === 'map' ? wholeKey(value) : undefined
      expect(key !== undefined && !keys.includes(key), 'no key, or one that is taken')
      keys.push(key)
      entries[keys.length - 1] = this.#value()
    }
  }

  #rearrange(box: Box): void {
    const used = new Set<number>()
    const entries: Entry[] = []
    let expected = 0
    for (let runs = this.uvarint(); runs > 0; runs--) {
      const run = this.uvarint()
      const isNew = run % 2 === 1
      const jump = isNew ? 0 : this.uvarint()
      expected += jump % 2 === 0 ? jump / 2 : -(jump + 1) / 2
      for (let left = Math.floor(run / 2); left > 0; left--) {
        const from = isNew ? -1 : expected++
        expect(isNew || (from in box.entries && !used.has(from)), 'no element to be moved')
        used.add(from)
        entries.push(isNew ? this.#value() : box.entries[from])
      }
    }
    box.entries = entries
  }
}

function structOf(shape: readonly Field[], entries: Entry[]): Box {
  return { sort: 'struct', shape, keys: shape.map(({ key }) => key), entries }
}

function wholeKey(value: unknown): number {
  expect(Number.isSafeInteger(value) && !Object.is(value, -0), 'no whole number')
  return value as number
}

/** Where holes are more than 32, and more than entries, they are left out. */
function giveNewSlots(box: Box): void {
  const slots = [...box.keys.keys()].filter((slot) => box.keys[slot] !== undefined)
  const holes = box.keys.length - slots.length
  if (holes <= 32 || holes <= slots.length) return
  const { keys, entries } = box
  box.keys = slots.map((slot) => keys[slot])
  box.entries = slots.map((slot) => entries[slot])
}

function plain(entry: Entry): unknown {
  if (typeof entry !== 'object' || entry === null || entry instanceof Uint8Array) return entry
  if (entry.sort === 'list') return entry.entries.map(plain)
  const all = entry.keys.map((key, i) => [key, plain(entry.entries[i])] as const)
  const pairs = all.filter(([key]) => key !== undefined) as [Key, unknown][]
  if (entry.sort === 'map') return new Map(pairs)
  return Object.fromEntries(pairs)
}
