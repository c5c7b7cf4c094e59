import { type ConnectOptions, connect } from 'centrum/client'
import { createInterpolator, createPredictor } from 'centrum/predict'
import { slowSockets, type Weather } from '../../inspector/page/slow-socket.js'
import { element } from '../page.js'
import type app from './app.js'
import { HEIGHT, type Move, SPEED, step, TICK_MS, type Walker, WIDTH } from './step.js'

const weather: Weather = { latencyMs: 100, stalls: 0.05 }
const { WebSocket } = slowSockets(weather)
const arena = `field/${Math.random().toString(36).slice(2)}` as const
const COLOURS = ['#3182ce', '#dd6b20'] as const
const KEYS: Readonly<Record<string, Move>> = {
  ArrowLeft: { dx: -1, dy: 0 },
  ArrowRight: { dx: 1, dy: 0 },
  ArrowUp: { dx: 0, dy: -1 },
  ArrowDown: { dx: 0, dy: 1 },
}
const pressed = new Set<string>()
let steered = false

addEventListener('keydown', (event) => {
  if (!(event.key in KEYS)) return
  steered = true
  pressed.add(event.key)
  event.preventDefault()
})
addEventListener('keyup', ({ key }) => pressed.delete(key))

/** What one player sees, and how far its own square is behind its keys. */
class Screen {
  readonly #context: CanvasRenderingContext2D
  readonly #words: HTMLElement
  #lagMs = 0

  constructor(title: string) {
    const figure = document.createElement('figure')
    const caption = document.createElement('figcaption')
    caption.textContent = title
    const canvas = document.createElement('canvas')
    canvas.width = WIDTH * 2
    canvas.height = HEIGHT * 2
    canvas.setAttribute('role', 'img')
    canvas.setAttribute('aria-label', title)
    this.#words = document.createElement('p')
    figure.append(caption, canvas, this.#words)
    element('screens').append(figure)
    this.#context = canvas.getContext('2d') as CanvasRenderingContext2D
    this.#context.scale(2, 2)
  }

  /** `meant`: where the inputs that were made lead. */
  draw(
    walkers: Readonly<Record<string, Walker>>,
    ownId: string,
    ids: readonly string[],
    meant: Walker | undefined,
  ): void {
    this.#context.clearRect(0, 0, WIDTH, HEIGHT)
    for (const [i, id] of ids.entries()) {
      const walker = walkers[id]
      if (!walker) continue
      this.#context.fillStyle = COLOURS[i % 2] ?? ''
      this.#context.fillRect(walker.x - 9, walker.y - 9, 18, 18)
      if (id === ownId && meant)
        this.#lagMs += (Math.hypot(walker.x - meant.x, walker.y - meant.y) / SPEED - this.#lagMs) * 0.02
    }
  }

  say(): void {
    this.#words.textContent = `Own: ${Math.round(this.#lagMs)} ms behind the keys.`
  }
}

async function startPlayer(index: number): Promise<() => string> {
  // Taken from a constructor that has event types of its own.
  const options = { WebSocket } as unknown as ConnectOptions
  const connection = connect<typeof app>('/', options)
  const field = await connection.link(arena)
  const name = index === 0 ? 'Blue' : 'Orange'
  const smooth = new Screen(`${name} sees, with prediction and interpolation`)
  const plain = new Screen(`${name} sees, without`)
  const select = (): Walker | undefined => field.state.walkers[connection.clientId]
  const me = createPredictor(field, { message: 'move', select, step, stepMs: TICK_MS, tween: true })
  const others = createInterpolator(field, {
    select: ({ walkers }) => walkers,
    fields: ['x', 'y'],
    // By the time of the state, not of its arrival: what a stall holds up is shown as it was.
    time: (state) => state.now,
    delayMs: 400,
    extrapolateMs: 200,
  })
  setInterval(() => {
    const move = moveOf(index)
    if (move) me.input(move)
  }, TICK_MS)
  const ids = (): string[] => Object.keys(field.state.walkers).sort((a) => (a === first() ? -1 : 1))
  const frame = (nowMs: number): void => {
    const own = me.at(nowMs)
    const shown: Record<string, Walker> = { ...others.at(connection.serverNow()) }
    if (own) shown[connection.clientId] = own
    smooth.draw(shown, connection.clientId, ids(), own)
    plain.draw(field.state.walkers, connection.clientId, ids(), own)
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)
  setInterval(() => {
    smooth.say()
    plain.say()
  }, 500)
  return () => connection.clientId
}

/** Round a square, the other way for the other; or as the keys say. */
function moveOf(index: number): Move | null {
  if (index === 0 && steered) {
    let [dx, dy] = [0, 0]
    for (const key of pressed) {
      dx += KEYS[key]?.dx ?? 0
      dy += KEYS[key]?.dy ?? 0
    }
    return dx === 0 && dy === 0 ? null : { dx, dy }
  }
  const side = Math.floor(performance.now() / 900) % 4
  const turn = index === 0 ? side : 3 - side
  return [KEYS['ArrowRight'], KEYS['ArrowDown'], KEYS['ArrowLeft'], KEYS['ArrowUp']][turn] ?? null
}

let first = (): string => ''
first = await startPlayer(0)
await startPlayer(1)

const latency = element('latency', HTMLInputElement)
const stalls = element('stalls', HTMLInputElement)
function showWeather(): void {
  weather.latencyMs = Number(latency.value) / 2
  weather.stalls = Number(stalls.value) / 100
  element('network').textContent = `${latency.value} ms, with ${stalls.value} % of messages stalled for 400 ms,`
}
latency.addEventListener('input', showWeather)
stalls.addEventListener('input', showWeather)
showWeather()
