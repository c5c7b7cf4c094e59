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
/** A container. A struct has its shape, and a record or struct a key for each entry, undefined for a free slot. */
interface Box {
  sort: 'struct' | 'record' | 'list'
  shape: readonly Field[]
  keys: (string | undefined)[]
  entries: Entry[]
}
type Entry = null | undefined | boolean | number | string | Uint8Array | Box

const KINDS = [undefined, 'Float64', 'Float32', 'Uint8', 'Uint16', 'Uint32', 'Int8', 'Int16', 'Int32'] as const
const RANGES: Readonly<Record<number, NumberKind>> = { 1: 'Uint8', 2: 'Uint16', 4: 'Uint32' }

export class DocumentedMirror extends DocumentedBytes {
  #root: Entry
  #shapes: (readonly Field[])[] = []

  get state(): unknown {
    return plain(this.#root)
  }

  load(keyframe: Uint8Array): void {
    this.begin(keyframe)
    expect(this.number('Uint8') === 1, 'another format')
    this.#shapes = []
    for (let count = this.uvarint(); count > 0; count--) this.#definition()
    this.#root = this.#value()
    expect(this.at === keyframe.length, 'bytes too many')
  }

  patch(bytes: Uint8Array): void {
    this.begin(bytes)
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
    if (lead === 0x91) return this.nest(() => this.#record())
    if (lead === 0x92) return this.#struct(this.#definition())
    if (lead <= 0x83) return [null, undefined, false, true][lead - 0x80]
    if (lead === 0x84 || lead === 0x85) return this.number(lead === 0x84 ? 'Float64' : 'Float32')
    if (lead === 0x86 || lead === 0x87) return lead === 0x86 ? this.uvarint() : -1 - this.uvarint()
    expect(lead === 0x8a, 'no value')
    return this.take(this.uvarint())
  }

  #shape(number: number): readonly Field[] {
    expect(number in this.#shapes, 'no such shape')
    return this.#shapes[number] as readonly Field[]
  }

  #definition(): readonly Field[] {
    const shape: Field[] = []
    const count = this.uvarint()
    expect(count <= 31 && this.#shapes.length < 1024, 'no shape')
    for (let i = 0; i < count; i++) {
      const key = this.text()
      expect(key !== '__proto__' && !shape.some((field) => field.key === key), 'no key')
      const kind = this.number('Uint8')
      const range = kind === 9 ? { min: this.number('Float64'), step: this.number('Float64') } : undefined
      const number = range ? RANGES[this.number('Uint8')] : KINDS[kind]
      expect(number !== undefined || kind === 0, 'no kind')
      shape.push({ key, number, range })
    }
    this.#shapes.push(shape)
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

  #record(): Box {
    const [count, freeCount] = [this.uvarint(), this.uvarint()]
    expect(count + freeCount <= this.bytes.length, 'cut short')
    const free = new Set<number>()
    this.slots(freeCount, (slot) => expect(slot < count + freeCount && free.add(slot), 'no such slot'))
    const slots = Array.from({ length: count + freeCount }, (_, slot) => slot).filter((slot) => !free.has(slot))
    const box: Box = { sort: 'record', shape: [], keys: Array.from({ length: count + freeCount }), entries: [] }
    let key = ''
    const readKey = (slot: number): void => {
      key = this.difference(key)
      expect(!box.keys.includes(key), 'a key twice')
      box.keys[slot] = key
    }
    while (slots.length > 0) {
      const head = this.uvarint()
      expect(head >= 2 && Math.floor(head / 2) <= slots.length, 'no run')
      const run = slots.splice(0, Math.floor(head / 2))
      if (head % 2 === 0) {
        for (const slot of run) {
          readKey(slot)
          box.entries[slot] = this.#value()
        }
        continue
      }
      const reference = this.uvarint()
      const shape = reference === 0 ? this.#definition() : this.#shape(reference - 1)
      run.forEach(readKey)
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
    return box
  }

  #restructure({ keys, entries }: Box): void {
    this.slots(this.uvarint(), (slot) => {
      expect(keys[slot] !== undefined, 'a slot that is free')
      keys[slot] = entries[slot] = undefined
    })
    this.slots(this.uvarint(), (slot) => {
      const key = this.text()
      expect(slot <= keys.length && keys[slot] === undefined && !keys.includes(key), 'a slot or key that is taken')
      keys[slot] = key
      entries[slot] = this.#value()
    })
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

function plain(entry: Entry): unknown {
  if (typeof entry !== 'object' || entry === null || entry instanceof Uint8Array) return entry
  if (entry.sort === 'list') return entry.entries.map(plain)
  const pairs = entry.keys.map((key, i) => [key, plain(entry.entries[i])] as const)
  return Object.fromEntries(pairs.filter(([key]) => key !== undefined))
}
