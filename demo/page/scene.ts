/**
 * Who and what is in sight, from the states of all linked areas together. Somebody who crosses a border is for a moment in
 * no area's state: it is kept a little, so that it walks on without a gap.
 */
import type { Avatar } from '../area.js'
import type { Emote } from '../emotes.js'
import type { AreaLink } from '../sight.js'
import type { Spark } from '../sparks.js'
import type { AreaName, Point } from '../world.js'
import { Track } from './track.js'

export interface Figure {
  readonly id: string
  readonly track: Track
  avatar: Readonly<Avatar>
  area: AreaName
  /** Since when no area has had it in its state, and whether it was walking then; `null` while one has. */
  lost: { readonly at: number; readonly onward: boolean } | null
  /** Where it is drawn in this frame, and how it moves. */
  shown: Point
  moving: number
  facing: number
  emote: { readonly is: Emote; readonly since: number } | null
  words: { readonly text: string; readonly since: number } | null
}

/** How late others are shown, in milliseconds. */
const LATE_MS = 110
/** How fast a picture follows its place, in milliseconds. */
const SMOOTH_MS = 45
/** Farther than this it does not follow, it is there; in units. */
const JUMP = 900
/** How long somebody between two areas walks on, in milliseconds. */
const ONWARD_MS = 350
/** How long somebody who is in no state is still shown. */
const KEPT_MS = 700

export class Scene {
  readonly figures = new Map<string, Figure>()
  readonly sparks = new Map<string, Spark>()
  readonly #areas = new Map<AreaName, AreaLink>()

  /** Follows an area until its link is closed. */
  add(name: AreaName, link: AreaLink): void {
    this.#areas.set(name, link)
    this.#take(name, link)
    link.onChange(() => {
      if (this.#areas.get(name) === link) this.#take(name, link)
    })
    link.on('emoted', ({ id, emote }) => {
      const figure = this.figures.get(id)
      if (figure) figure.emote = { is: emote, since: performance.now() }
    })
    link.onStatus((status) => {
      if (status === 'closed' && this.#areas.get(name) === link) this.#areas.delete(name)
    })
  }

  /** Nothing that was seen is seen any more. */
  clear(): void {
    this.figures.clear()
    this.sparks.clear()
    this.#areas.clear()
  }

  /** Moves all that is shown to where it is at this moment. */
  advance(now: number, dtMs: number, own: { readonly id: string; readonly position: Point } | null): void {
    for (const [id, figure] of this.figures) {
      if (!this.#areas.has(figure.area)) lose(figure, now)
      if (figure.lost && now - figure.lost.at > KEPT_MS) {
        this.figures.delete(id)
        continue
      }
      const next = id === own?.id ? own.position : nextOf(figure, now, dtMs)
      const dx = next.x - figure.shown.x
      const dy = next.y - figure.shown.y
      const speed = Math.hypot(dx, dy) / Math.max(dtMs, 1)
      figure.moving += (Math.min(1, speed / 0.5) - figure.moving) * Math.min(1, dtMs / 90)
      if (speed > 0.06 && Math.abs(dx) > 0.3) figure.facing += (Math.sign(dx) - figure.facing) * Math.min(1, dtMs / 80)
      figure.shown = next
    }
    this.sparks.clear()
    for (const link of this.#areas.values()) {
      for (const [id, spark] of Object.entries(link.state.sparks)) this.sparks.set(id, spark)
    }
  }

  #take(name: AreaName, { state: { avatars } }: AreaLink): void {
    const now = performance.now()
    for (const [id, avatar] of Object.entries(avatars)) {
      const figure = this.figures.get(id)
      if (!figure) this.figures.set(id, newFigure(id, avatar, name, now))
      // The area that somebody has left may be heard after the one that it has entered.
      else if (avatar.crossings >= figure.avatar.crossings) {
        const crossing = figure.area !== name
        figure.avatar = avatar
        figure.area = name
        figure.lost = null
        figure.track.push(now, avatar.x, avatar.y, crossing)
      }
    }
    for (const figure of this.figures.values()) {
      if (figure.area === name && !avatars[figure.id]) lose(figure, now)
    }
  }
}

function lose(figure: Figure, now: number): void {
  figure.lost ??= { at: now, onward: figure.moving > 0.4 }
}

/** A little smoothed. Who is between two areas walks on as before, until the next one says where it is. */
function nextOf({ track, shown, lost }: Figure, now: number, dtMs: number): Point {
  const { x, y } = track.at(now - LATE_MS, lost?.onward ? ONWARD_MS : 0)
  if (Math.hypot(x - shown.x, y - shown.y) > JUMP) return { x, y }
  const part = 1 - Math.exp(-dtMs / SMOOTH_MS)
  return { x: shown.x + (x - shown.x) * part, y: shown.y + (y - shown.y) * part }
}

function newFigure(id: string, avatar: Readonly<Avatar>, area: AreaName, now: number): Figure {
  const track = new Track()
  track.push(now, avatar.x, avatar.y)
  const shown = { x: avatar.x, y: avatar.y }
  return { id, track, avatar, area, lost: null, shown, moving: 0, facing: 1, emote: null, words: null }
}
