/** What handlers at a path were told, kept as a copy of the entries, to be compared with what the mirror has there. */
import type { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { isContainer } from './raw-state.js'

export class FollowedEntries {
  readonly #mirror: StateMirror
  readonly #path: readonly string[]
  readonly #told = new Map<string, unknown>()
  readonly #mistakes: string[] = []

  constructor(mirror: StateMirror, path: readonly string[]) {
    this.#mirror = mirror
    this.#path = path
    mirror.on(path, {
      add: (value, key, container) => {
        if (Array.isArray(container) || container instanceof Map) return
        if (this.#told.has(String(key))) this.#mistakes.push(`${key} was added twice`)
        this.#told.set(String(key), value)
      },
      change: (value, key, container) => {
        if (Array.isArray(container) || container instanceof Map) return
        if (!this.#told.has(String(key))) this.#mistakes.push(`${key} was changed and never added`)
        this.#told.set(String(key), value)
      },
      remove: (_value, key, container) => {
        if (Array.isArray(container) || container instanceof Map) return
        if (!this.#told.delete(String(key))) this.#mistakes.push(`${key} was removed and never added`)
      },
    })
  }

  #find(): unknown {
    let at: unknown = this.#mirror.state
    for (const key of this.#path) at = isContainer(at) && Object.hasOwn(at, key) ? at[key] : undefined
    return at
  }

  /** Throws where what was told does not lead to what is there. Lists and Maps are left out. */
  check(): void {
    const at = this.#find()
    const entries = isContainer(at) && !Array.isArray(at) && !(at instanceof Map) ? Object.entries(at) : []
    const path = `at /${this.#path.join('/')}`
    if (this.#mistakes.length > 0) throw new Error(`${path} ${this.#mistakes.join(', ')}`)
    for (const [key, value] of entries) {
      if (!Object.is(this.#told.get(key), value)) throw new Error(`${path} nobody was told what ${key} is now`)
    }
    if (this.#told.size !== entries.length) throw new Error(`${path} more was told than there is`)
  }
}
