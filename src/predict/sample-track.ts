/**
 * Where one thing was seen, and when: what it shows at any time in between, and a little beyond. Pure: times are given, by the
 * server's clock. Bounded: what lies further back than is shown is forgotten.
 */
import { type Angles, differenceOf, eachNumber, numberAt, setNumberAt } from './number-paths.js'

/** The fields of a thing that are interpolated. */
export type TrackFields = { readonly [name: string]: unknown }

export interface TrackSettings {
  readonly angles: Angles
  /** How long before now things are shown. */
  readonly delayMs: number
  readonly extrapolateMs: number
  readonly snapBeyond: number
}

interface Sample {
  timeMs: number
  fields: TrackFields
}

/** Samples that an interpolator keeps of one object. */
const SAMPLES_MAX = 64
/** From places that were seen within less time no speed is told. */
const SPAN_MS_MIN = 10
/** A clock that went back by more than this is another clock. */
const OTHER_CLOCK_MS = 1_000

export class SampleTrack {
  readonly #settings: TrackSettings
  /** In the order of their times; at least one. */
  #samples: Sample[]

  constructor(settings: TrackSettings, timeMs: number, fields: TrackFields) {
    this.#settings = settings
    this.#samples = [{ timeMs, fields }]
  }

  /** When it was seen first, of what is kept. */
  get sinceMs(): number {
    return (this.#samples[0] as Sample).timeMs
  }

  /** It was seen at that time with these fields, which stay as they are. */
  push(timeMs: number, fields: TrackFields): void {
    const samples = this.#samples
    const last = samples.at(-1) as Sample
    if (timeMs < last.timeMs - OTHER_CLOCK_MS) this.#samples = [{ timeMs, fields }]
    else if (timeMs <= last.timeMs) last.fields = fields
    else if (samples.length > 1 && isSame(last.fields, fields) && isSame((samples.at(-2) as Sample).fields, fields)) {
      // It stands: that it stood before is known already.
      last.timeMs = timeMs
    } else {
      // Where nothing came for so long it was shown standing: it goes on from there, and does not jump on its way.
      const shownMs = timeMs - this.#settings.delayMs
      if (last.timeMs < shownMs) samples.push({ timeMs: shownMs, fields: last.fields })
      samples.push({ timeMs, fields })
      if (samples.length > SAMPLES_MAX) samples.splice(0, samples.length - SAMPLES_MAX)
    }
  }

  /** Forgets what nobody asks for who asks for this time or later. */
  forgetBefore(timeMs: number): void {
    while (this.#samples.length > 2 && (this.#samples[1] as Sample).timeMs <= timeMs) this.#samples.shift()
  }

  /** Moves a copy of the thing to where it is shown at that time. */
  apply(copy: object, timeMs: number): void {
    const samples = this.#samples
    const next = samples.findIndex((sample) => sample.timeMs > timeMs)
    if (next === 0) this.#place(copy, samples[0] as Sample, samples[0] as Sample, 0)
    else if (next < 0) this.#beyond(copy, timeMs)
    else {
      const from = samples[next - 1] as Sample
      const to = samples[next] as Sample
      this.#place(copy, from, to, (timeMs - from.timeMs) / (to.timeMs - from.timeMs))
    }
  }

  /** On as it went, for a while; then back to where it was seen: nothing that arrives may also mean that nothing moved. */
  #beyond(copy: object, timeMs: number): void {
    const { extrapolateMs } = this.#settings
    const last = this.#samples.at(-1) as Sample
    // Not one that came in the same bunch: the two would tell any speed.
    const before = this.#samples.findLast(({ timeMs: at }) => at <= last.timeMs - SPAN_MS_MIN)
    const sinceMs = timeMs - last.timeMs
    const onwardMs = Math.max(0, Math.min(sinceMs, extrapolateMs, 2 * extrapolateMs - sinceMs))
    if (before === undefined || onwardMs === 0) this.#place(copy, last, last, 0)
    else this.#place(copy, before, last, 1 + onwardMs / (last.timeMs - before.timeMs))
  }

  /** At `from`, and that part of the way to `to`. */
  #place(copy: object, from: Sample, to: Sample, part: number): void {
    const { angles, snapBeyond } = this.#settings
    const way = (path: string, was: number): number => differenceOf(was, numberAt(to.fields, path) ?? was, angles[path])
    let snaps = false
    eachNumber(from.fields, (path, was) => {
      snaps ||= Math.abs(way(path, was)) > snapBeyond
    })
    const gone = snaps ? Math.min(1, Math.floor(part)) : part
    eachNumber(from.fields, (path, was) => setNumberAt(copy, path, was + way(path, was) * gone))
  }
}

function isSame(one: TrackFields, other: TrackFields): boolean {
  let same = true
  eachNumber(one, (path, value) => {
    same &&= numberAt(other, path) === value
  })
  return same
}
