/**
 * Where somebody was when: what arrives each turn, and from it a place for any moment in between. Shown a little late, an
 * avatar moves smoothly although its places come one by one.
 */
import { type Point, TICK_MS } from '../world.js'

interface Sample extends Point {
  readonly at: number
}

const SAMPLES_MAX = 12
/** Farther than this in one turn nobody walks: it is shown as a jump. */
const JUMP = 900

export class Track {
  readonly #samples: Sample[] = []

  /** `crossing`: it was in between two areas, and has walked all the time since the last sample. */
  push(at: number, x: number, y: number, crossing = false): void {
    const last = this.#samples.at(-1)
    if (last?.x === x && last.y === y) return
    if (last && Math.hypot(x - last.x, y - last.y) > JUMP) this.#samples.length = 0
    // Nothing came while it stood still: it has begun to walk a turn ago, not when the last place came.
    else if (last && !crossing && at - last.at > TICK_MS * 1.6)
      this.#samples.push({ x: last.x, y: last.y, at: at - TICK_MS })
    this.#samples.push({ x, y, at })
    if (this.#samples.length > SAMPLES_MAX) this.#samples.splice(0, this.#samples.length - SAMPLES_MAX)
  }

  /** The place at a moment. After the last sample it walks on as before, for `onMs` at most. */
  at(moment: number, onMs = 0): Point {
    const samples = this.#samples
    const last = samples.at(-1)
    const before = samples.at(-2)
    if (last && before && moment > last.at && onMs > 0) {
      const part = Math.min(moment - last.at, onMs) / Math.max(TICK_MS, last.at - before.at)
      return { x: last.x + (last.x - before.x) * part, y: last.y + (last.y - before.y) * part }
    }
    for (let i = samples.length - 1; i > 0; i--) {
      const to = samples[i]
      const from = samples[i - 1]
      if (!to || !from || from.at > moment) continue
      const part = Math.min(1, (moment - from.at) / Math.max(1, to.at - from.at))
      return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part }
    }
    return samples[0] ?? { x: 0, y: 0 }
  }
}
