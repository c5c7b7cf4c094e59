/**
 * A value as a tree that stays while the value changes: branches keep whether they are open, and what changed is marked for a moment. What is
 * the same object as before is not looked at.
 */
import { make } from './element.js'

/** Of one collection; the rest is counted. */
const ENTRIES_MAX = 200

export class StateTree {
  readonly #into: HTMLElement
  readonly #branches = new Map<string, Branch>()

  constructor(into: HTMLElement) {
    this.#into = into
  }

  clear(): void {
    this.#into.replaceChildren()
    this.#branches.clear()
  }

  /** Shows another value: an immutable one that shares what did not change. */
  show(value: unknown): void {
    const branch = this.#branches.get('') ?? new Branch(1)
    if (!this.#branches.has('')) {
      this.#branches.set('', branch)
      this.#into.append(branch.element)
    }
    branch.show('state', value)
  }
}

class Branch {
  element: HTMLElement = make('div', '')
  readonly #depth: number
  readonly #children = new Map<string, Branch>()
  #shown: { readonly value: unknown } | null = null

  constructor(depth: number) {
    this.#depth = depth
  }

  show(key: string, value: unknown): void {
    if (this.#shown?.value === value && this.#shown !== null) return
    const isNew = this.#shown === null
    const entries = entriesOf(value)
    if (entries === null) this.#leaf(key, value, isNew)
    else this.#inner(key, value, entries)
    this.#shown = { value }
  }

  #leaf(key: string, value: unknown, isNew: boolean): void {
    const leaf = make('div', '', make('span', 'key', key), ': ', textOf(value))
    if (!isNew) leaf.classList.add('changed')
    this.#replace(leaf)
    this.#children.clear()
  }

  #inner(key: string, value: unknown, entries: readonly (readonly [string, unknown])[]): void {
    const label = `${nameOf(value)} ${entries.length}`
    let details = this.element instanceof HTMLDetailsElement ? this.element : null
    if (details === null) {
      details = document.createElement('details')
      // Few branches are read at once.
      details.open = this.#depth < 4
      details.append(document.createElement('summary'))
      this.#replace(details)
    }
    details.firstElementChild?.replaceChildren(make('span', 'key', key), ' ', make('small', '', label))
    const shown = entries.slice(0, ENTRIES_MAX)
    const names = new Set(shown.map(([name]) => name))
    for (const [name, child] of this.#children) {
      if (names.has(name)) continue
      child.element.remove()
      this.#children.delete(name)
    }
    for (const [name, each] of shown) {
      let child = this.#children.get(name)
      if (child === undefined) {
        child = new Branch(this.#depth + 1)
        this.#children.set(name, child)
        details.append(child.element)
      }
      child.show(name, each)
    }
  }

  #replace(element: HTMLElement): void {
    this.element.replaceWith(element)
    this.element = element
  }
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] | null {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return null
  if (value instanceof Map) return [...value].map(([key, each]) => [textOf(key), each] as const)
  return Object.entries(value)
}

function nameOf(value: unknown): string {
  return value instanceof Map ? 'Map' : Array.isArray(value) ? 'list' : 'object'
}

export function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (typeof value === 'object' && value !== null) return JSON.stringify(value)
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
