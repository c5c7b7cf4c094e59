/**
 * The sessions on this front by public id. A session is here twice for a while if its client has returned before its old carrier was
 * found to be lost. Knows nothing of what sessions do.
 */
import type { Identity } from '../protocol/master-frames.js'

interface Identified {
  readonly identity: Identity
}

export class SessionIndex<S extends Identified> {
  /** A set only where there are several of an id. */
  readonly #byId = new Map<string, S | Set<S>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(session: S): void {
    const { sessionId } = session.identity
    const others = this.#byId.get(sessionId)
    if (others instanceof Set) others.add(session)
    else this.#byId.set(sessionId, others === undefined ? session : new Set([others, session]))
    this.#size++
  }

  delete(session: S): void {
    const { sessionId } = session.identity
    const known = this.#byId.get(sessionId)
    if (known === session) this.#byId.delete(sessionId)
    else if (!(known instanceof Set) || !known.delete(session)) return
    else if (known.size === 0) this.#byId.delete(sessionId)
    this.#size--
  }

  /** All of an id, as they are now. */
  of(sessionId: string): readonly S[] {
    return listOf(this.#byId.get(sessionId))
  }

  all(): readonly S[] {
    return [...this.#byId.values()].flatMap(listOf)
  }
}

function listOf<S extends Identified>(known: S | Set<S> | undefined): readonly S[] {
  if (known === undefined) return []
  return known instanceof Set ? [...known] : [known]
}
