/**
 * Where things were shown a moment ago, smoothly: a track for each thing of a collection, from the states that arrived. Pure: it
 * knows no link, and times are given, by the server's clock.
 */
import { copyValue } from './copy-value.js'
import { type TrackFields, SampleTrack, type TrackSettings } from './sample-track.js'

/** Things by their ids. */
export type Things = ReadonlyMap<unknown, object> | { readonly [id: string]: object }

export interface InterpolationSettings extends TrackSettings {
  readonly fields: readonly string[]
}

interface Followed {
  readonly track: SampleTrack
  /** As it is in the newest state that has it. */
  thing: object
  /** Not shown earlier: it came with a state that arrived then. */
  readonly fromMs: number
  /** Not shown from there on: the state that arrived then does not have it any more. */
  untilMs: number
}

export class Interpolation {
  readonly #settings: InterpolationSettings
  readonly #followed = new Map<unknown, Followed>()
  /** Fields with angles among what is copied for tracks. */
  readonly #names: readonly string[]
  #isMap = false
  #isEmpty = true

  constructor(settings: InterpolationSettings) {
    this.#settings = settings
    const turning = Object.keys(settings.angles).map((path) => path.split('.')[0] as string)
    this.#names = [...new Set([...settings.fields, ...turning])]
  }

  /** How many things are followed. */
  get size(): number {
    return this.#followed.size
  }

  /** Begins anew: what was shown is another history. */
  clear(): void {
    this.#followed.clear()
    this.#isEmpty = true
  }

  /** A state arrived at that time. Its things are live objects: what is needed of them is copied. */
  push(timeMs: number, things: Things | undefined): void {
    this.#isMap = things instanceof Map
    const present = new Set<unknown>()
    for (const [id, thing] of entriesOf(things)) {
      present.add(id)
      const followed = this.#followed.get(id)
      const fields = this.#fieldsOf(thing)
      if (followed === undefined || followed.untilMs !== Infinity) {
        // What is there from the beginning was there before.
        const fromMs = this.#isEmpty ? -Infinity : timeMs
        const track = new SampleTrack(this.#settings, timeMs, fields)
        this.#followed.set(id, { track, thing, fromMs, untilMs: Infinity })
      } else {
        followed.thing = thing
        followed.track.push(timeMs, fields)
      }
    }
    this.#isEmpty = false
    const shownMs = timeMs - this.#settings.delayMs
    for (const [id, followed] of this.#followed) {
      if (!present.has(id) && followed.untilMs === Infinity) followed.untilMs = timeMs
      if (followed.untilMs < shownMs) this.#followed.delete(id)
      else followed.track.forgetBefore(shownMs)
    }
  }

  /** Copies of all things as they are shown at that time, in a collection of the same kind. */
  at(nowMs: number): Things {
    const timeMs = nowMs - this.#settings.delayMs
    const shown: [unknown, object][] = []
    for (const [id, { track, thing, fromMs, untilMs }] of this.#followed) {
      if (timeMs < fromMs || timeMs >= untilMs) continue
      const copy: object = copyValue(thing)
      track.apply(copy, timeMs)
      shown.push([id, copy])
    }
    return this.#isMap ? new Map(shown) : (Object.fromEntries(shown as [string, object][]) as Things)
  }

  #fieldsOf(thing: object): TrackFields {
    const fields: Record<string, unknown> = {}
    for (const name of this.#names) fields[name] = copyValue((thing as TrackFields)[name])
    return fields
  }
}

function entriesOf(things: Things | undefined): Iterable<readonly [unknown, object]> {
  if (things === undefined) return []
  return things instanceof Map ? (things as ReadonlyMap<unknown, object>) : Object.entries(things)
}
