/** What flies, glows and fades: bursts, waves, numbers, and what drifts in the air of an area. All of it is only for the eye. */
import { type AreaName, areaAt, clamp, type Point, type Rect } from '../world.js'

interface Mote extends Point {
  x: number
  y: number
  readonly vx: number
  readonly vy: number
  readonly born: number
  readonly lifeMs: number
  readonly size: number
  readonly colour: string
  readonly glows: boolean
  /** Sways from side to side, in units. */
  readonly sway: number
}

interface Wave extends Point {
  readonly born: number
  readonly hue: number
}

interface Word extends Point {
  readonly born: number
  readonly text: string
  readonly colour: string
}

const MOTES_MAX = 420
const WAVE_MS = 800
const WAVE_RADIUS = 900
const WORD_MS = 1_100
/** Motes in the air that begin each second on a screen of ordinary size. */
const AIR_A_SECOND = 14

/** What is in the air: how it moves, in units a second, and looks. */
const AIR: Readonly<
  Record<AreaName, { vx: number; vy: number; size: number; colour: string; glows: boolean; sway: number }>
> = {
  frost: { vx: 90, vy: 230, size: 9, colour: 'rgb(235 245 255 / 80%)', glows: false, sway: 60 },
  shore: { vx: 160, vy: 10, size: 6, colour: 'rgb(225 245 250 / 40%)', glows: false, sway: 30 },
  pines: { vx: 20, vy: 30, size: 8, colour: '#d8f29a', glows: true, sway: 90 },
  embers: { vx: 40, vy: -240, size: 9, colour: '#ff8c3f', glows: true, sway: 50 },
  swamp: { vx: 10, vy: -40, size: 9, colour: '#7ff0c3', glows: true, sway: 110 },
  meadow: { vx: 70, vy: -30, size: 8, colour: 'rgb(255 245 200 / 70%)', glows: false, sway: 70 },
  desert: { vx: 420, vy: 30, size: 6, colour: 'rgb(250 220 170 / 45%)', glows: false, sway: 20 },
  crystal: { vx: 0, vy: -50, size: 10, colour: '#c3aaff', glows: true, sway: 20 },
}

export class Effects {
  #motes: Mote[] = []
  #waves: Wave[] = []
  #words: Word[] = []
  #airDue = 0

  /** Something has been taken by somebody. */
  taken({ x, y }: Point, worth: number, own: boolean): void {
    this.#burst(x, y - 80, own ? 16 : 8, 420, ['#ffd873', '#fff4cf', '#ffb648'])
    this.#words.push({ x, y: y - 160, born: performance.now(), text: `+${worth}`, colour: own ? '#ffe08a' : '#c9d3de' })
  }

  boomed({ x, y }: Point, hue: number): void {
    this.#waves.push({ x, y, hue, born: performance.now() })
    this.#burst(x, y, 26, 1_300, [`hsl(${hue} 95% 72%)`, '#ffffff', `hsl(${hue} 80% 58%)`])
  }

  advance(now: number, dtMs: number, seen: Rect): void {
    this.#motes = this.#motes.filter(({ born, lifeMs }) => now - born < lifeMs)
    this.#waves = this.#waves.filter(({ born }) => now - born < WAVE_MS)
    this.#words = this.#words.filter(({ born }) => now - born < WORD_MS)
    for (const mote of this.#motes) {
      mote.x += (mote.vx * dtMs) / 1_000
      mote.y += (mote.vy * dtMs) / 1_000
    }
    this.#airDue +=
      (dtMs / 1_000) * AIR_A_SECOND * clamp(((seen.right - seen.left) * (seen.bottom - seen.top)) / 16e6, 0.4, 2)
    for (; this.#airDue >= 1; this.#airDue -= 1) this.#breathe(now, seen)
  }

  /** Draws into a context that is measured in units. */
  draw(c: CanvasRenderingContext2D, now: number): void {
    for (const { x, y, hue, born } of this.#waves) {
      const age = Math.max(0, now - born) / WAVE_MS
      const radius = WAVE_RADIUS * (1 - (1 - age) ** 3)
      c.strokeStyle = `hsl(${hue} 95% 78% / ${(1 - age) * 85}%)`
      c.lineWidth = 46 * (1 - age) + 4
      c.beginPath()
      c.ellipse(x, y, radius, radius * 0.8, 0, 0, 7)
      c.stroke()
      c.fillStyle = `hsl(${hue} 90% 70% / ${(1 - age) * 13}%)`
      c.fill()
    }
    for (const mote of this.#motes) {
      const age = Math.max(0, now - mote.born) / mote.lifeMs
      const x = mote.x + Math.sin(now / 600 + mote.born) * mote.sway
      c.globalAlpha = Math.min(1, age * 6) * Math.min(1, (1 - age) * 2.5)
      c.fillStyle = mote.colour
      if (mote.glows) {
        c.globalAlpha *= 0.22
        c.beginPath()
        c.arc(x, mote.y, mote.size * 2.6, 0, 7)
        c.fill()
        c.globalAlpha *= 4
      }
      c.beginPath()
      c.arc(x, mote.y, mote.size, 0, 7)
      c.fill()
    }
    c.globalAlpha = 1
    c.textAlign = 'center'
    c.font = '700 72px ui-sans-serif, system-ui, sans-serif'
    for (const { x, y, born, text, colour } of this.#words) {
      const age = Math.max(0, now - born) / WORD_MS
      c.globalAlpha = 1 - age ** 2
      c.lineWidth = 14
      c.strokeStyle = 'rgb(8 12 18 / 60%)'
      c.fillStyle = colour
      c.strokeText(text, x, y - age * 150)
      c.fillText(text, x, y - age * 150)
    }
    c.globalAlpha = 1
  }

  #burst(x: number, y: number, count: number, speed: number, colours: readonly string[]): void {
    const born = performance.now()
    for (let i = 0; i < count; i++) {
      const angle = Math.random() * 7
      const pace = speed * (0.35 + Math.random())
      this.#add({
        x,
        y,
        vx: Math.cos(angle) * pace,
        vy: Math.sin(angle) * pace * 0.8 - speed * 0.25,
        born,
        lifeMs: 350 + Math.random() * 350,
        size: 8 + Math.random() * 10,
        colour: colours[i % colours.length] ?? '#fff',
        glows: true,
        sway: 0,
      })
    }
  }

  #breathe(born: number, { left, top, right, bottom }: Rect): void {
    const x = left + Math.random() * (right - left)
    const y = top + Math.random() * (bottom - top)
    const { vx, vy, size, ...looks } = AIR[areaAt({ x, y })]
    const wild = 0.5 + Math.random()
    this.#add({
      x,
      y,
      born,
      vx: vx * wild,
      vy: vy * wild,
      size: size * wild,
      lifeMs: 2_600 + Math.random() * 2_600,
      ...looks,
    })
  }

  #add(mote: Mote): void {
    if (this.#motes.length < MOTES_MAX) this.#motes.push(mote)
  }
}
