/**
 * State as asynchronous handlers of a stored channel see it: as it is, and read-only, until the function that they gave runs in its turn.
 * What they kept of it can be written then. Knows nothing of handlers.
 */
type Key = string | symbol

export class StateViews {
  readonly #refuse: (what: string) => Error
  readonly #views = new WeakMap<object, object>()
  readonly #targets = new WeakMap<object, object>()
  #isWritable = false

  /** `refuse`: the error for a write out of turn. */
  constructor(refuse: (what: string) => Error) {
    this.#refuse = refuse
  }

  get isWritable(): boolean {
    return this.#isWritable
  }

  /** Runs what may write. */
  writing<T>(run: () => T): T {
    this.#isWritable = true
    try {
      return run()
    } finally {
      this.#isWritable = false
    }
  }

  /** A value as it is shown. Bytes are copied. */
  of(value: unknown, path: string): unknown {
    if (typeof value !== 'object' || value === null) return value
    if (ArrayBuffer.isView(value)) return (value as Uint8Array).slice()
    let view = this.#views.get(value)
    if (view === undefined) {
      view = value instanceof Map ? this.#viewOfMap(value, path) : this.#viewOfObject(value, path)
      this.#views.set(value, view)
      this.#targets.set(view, value)
    }
    return view
  }

  /** Throws out of turn. */
  expectWritable(what: string): void {
    if (!this.#isWritable) throw this.#refuse(what)
  }

  #viewOfObject(target: object, path: string): object {
    const write = (key: Key): void => this.expectWritable(`${path}.${String(key)}`)
    return new Proxy(target, {
      get: (_, key) => this.of(Reflect.get(target, key), `${path}.${String(key)}`),
      getOwnPropertyDescriptor: (_, key) => {
        const found = Reflect.getOwnPropertyDescriptor(target, key)
        return found && { ...found, value: this.of(found.value, `${path}.${String(key)}`) }
      },
      set: (_, key, value) => {
        write(key)
        return Reflect.set(target, key, this.#targetOf(value))
      },
      deleteProperty: (_, key) => {
        write(key)
        return Reflect.deleteProperty(target, key)
      },
      defineProperty: (_, key, descriptor) => {
        write(key)
        return Reflect.defineProperty(target, key, { ...descriptor, value: this.#targetOf(descriptor.value) })
      },
      setPrototypeOf: () => false,
    })
  }

  #viewOfMap(target: Map<unknown, unknown>, path: string): object {
    const shown = (key: unknown): unknown => this.of(target.get(key), `${path}.get(${String(key)})`)
    const entries = function* (): Generator<[unknown, unknown]> {
      for (const key of target.keys()) yield [key, shown(key)]
    }
    const view: Map<unknown, unknown> = new Proxy(target, {
      get: (_, name) =>
        name in methods ? methods[name as keyof typeof methods] : own(Reflect.get(target, name, target)),
    })
    const own = (value: unknown): unknown =>
      typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
    const write = (): void => this.expectWritable(path)
    const methods = {
      get: shown,
      set: (key: unknown, value: unknown) => {
        write()
        target.set(key, this.#targetOf(value))
        return view
      },
      delete: (key: unknown) => {
        write()
        return target.delete(key)
      },
      clear: () => {
        write()
        target.clear()
      },
      forEach: (run: (value: unknown, key: unknown, map: unknown) => void) => {
        for (const [key, value] of entries()) run(value, key, view)
      },
      entries,
      [Symbol.iterator]: entries,
      values: function* () {
        for (const [, value] of entries()) yield value
      },
    }
    return view
  }

  #targetOf(value: unknown): unknown {
    return typeof value === 'object' && value !== null ? (this.#targets.get(value) ?? value) : value
  }
}
