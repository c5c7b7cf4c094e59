/**
 * A Proxy that stands for a large record in an owner's state and notes in its log which entries are read and changed. Entries themselves
 * have no Proxy. It costs little where entries are reached by their keys, and much where all are read, so it takes the place of
 * a record only as long as the former is the case; `encoder/watching.ts` decides that.
 */
import { AccessLog, DELETED, SET } from './access-log.js'

const sources = new WeakMap<object, RecordSource>()

type Fields = Record<string, unknown>

/** What is noted of a record, the record, and what stands for it. */
export class RecordSource {
  readonly target: Fields
  readonly face: Fields
  readonly log = new AccessLog()

  constructor(target: Fields) {
    this.target = target
    const { log } = this
    const face = new Proxy(target, {
      get(object, key) {
        const value = object[key as string]
        if (typeof value === 'object' && value !== null && typeof key === 'string') log.noteRead(key)
        return value
      },
      set(object, key, value, receiver) {
        if (typeof key === 'string') log.noteChange(SET, key)
        if (receiver !== face) return Reflect.set(object, key, value, receiver)
        // Faster than by reflection; it throws where that would give false.
        object[key as string] = value
        return true
      },
      deleteProperty(object, key) {
        if (typeof key === 'string') log.noteChange(DELETED, key)
        return delete object[key as string]
      },
      defineProperty(object, key, descriptor) {
        if (typeof key === 'string') log.noteChange(SET, key)
        return Reflect.defineProperty(object, key, descriptor)
      },
      ownKeys(object) {
        log.noteWhole()
        return Reflect.ownKeys(object)
      },
    })
    this.face = face
    new Marked(face, this)
    sources.set(target, this)
  }
}

/** Gives a private field to an object that is there already: nobody else can see it, copy it or stumble over it. */
class Give {
  constructor(object: object) {
    return object
  }
}

class Marked extends Give {
  readonly #source: RecordSource

  constructor(object: object, source: RecordSource) {
    super(object)
    this.#source = source
  }

  static sourceOf(object: object): RecordSource | undefined {
    return #source in object ? object.#source : undefined
  }
}

/** The record that a Proxy stands for; any other object is itself. */
export function targetOf(object: object): object {
  return Marked.sourceOf(object)?.target ?? object
}

/** What notes the accesses to a record, and from now on if nothing does yet. */
export function sourceOfRecord(target: Fields): RecordSource {
  return sources.get(target) ?? new RecordSource(target)
}

/** What notes them already, if anything does. */
export function knownSourceOfRecord(target: object): RecordSource | undefined {
  return sources.get(target)
}
