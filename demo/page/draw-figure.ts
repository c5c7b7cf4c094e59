/** Draws one player or bot, in pixels at ordinary zoom, with its foot at 0, 0. */
import { drawIcon } from './emote-icons.js'
import type { Figure } from './scene.js'

const EMOTE_MS = 2_400
const WORDS_MS = 6_000
const FONT = "ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"

export interface Looks {
  readonly own: boolean
  readonly leader: boolean
  readonly now: number
}

export function drawFigure(c: CanvasRenderingContext2D, figure: Figure, { own, leader, now }: Looks): void {
  const { avatar, moving, facing } = figure
  c.globalAlpha = avatar.away ? 0.4 : 1
  const stride = now / 95 + avatar.hue
  const bounce = Math.abs(Math.sin(stride)) * 5 * moving
  const breath = Math.sin(now / 520 + avatar.hue) * 0.6 * (1 - moving)
  c.fillStyle = 'rgb(3 8 14 / 38%)'
  c.beginPath()
  c.ellipse(0, 0, 17 - bounce * 0.5, 6.5 - bounce * 0.2, 0, 0, 7)
  c.fill()
  if (own) ring(c, now)
  c.save()
  c.translate(0, -bounce)
  feet(c, avatar.hue, Math.sin(stride) * moving)
  body(c, avatar.hue, avatar.bot, 34 + breath)
  face(c, avatar.bot, facing, now + avatar.hue * 37)
  if (avatar.bot) antenna(c, avatar.hue, now)
  if (leader) crown(c)
  c.restore()
  c.globalAlpha = 1
}

/** The name below, and above what somebody shows or says: drawn over everybody. */
export function drawLabels(c: CanvasRenderingContext2D, { avatar, emote, words }: Figure, { own, now }: Looks): void {
  c.font = `600 12px ${FONT}`
  c.textAlign = 'center'
  c.textBaseline = 'middle'
  c.lineJoin = 'round'
  c.lineWidth = 3.5
  c.strokeStyle = 'rgb(6 11 18 / 72%)'
  c.fillStyle = avatar.bot ? '#b8c4d2' : own ? '#fff3cf' : '#f3f6fa'
  const name = avatar.away ? `${avatar.name} …` : avatar.name
  c.strokeText(name, 0, 17)
  c.fillText(name, 0, 17)
  if (emote && now - emote.since < EMOTE_MS) {
    const age = now - emote.since
    const grown = Math.min(1, age / 130) * (1 + 0.25 * Math.exp(-age / 120) * Math.sin(age / 40))
    c.save()
    c.globalAlpha = Math.min(1, (EMOTE_MS - age) / 300)
    c.translate(0, -66 - age / 260)
    c.scale(grown, grown)
    c.fillStyle = 'rgb(14 20 30 / 88%)'
    c.beginPath()
    c.roundRect(-18, -18, 36, 34, 12)
    c.moveTo(-6, 15)
    c.lineTo(0, 23)
    c.lineTo(6, 15)
    c.fill()
    c.translate(0, -1)
    drawIcon(c, emote.is, 24)
    c.restore()
  } else if (words && now - words.since < WORDS_MS) {
    c.globalAlpha = Math.min(1, (WORDS_MS - now + words.since) / 500)
    bubble(c, words.text)
    c.globalAlpha = 1
  }
}

function ring(c: CanvasRenderingContext2D, now: number): void {
  const pulse = 1 + Math.sin(now / 300) * 0.05
  c.strokeStyle = 'rgb(255 233 176 / 85%)'
  c.lineWidth = 2
  c.beginPath()
  c.ellipse(0, 0, 23 * pulse, 9.5 * pulse, 0, 0, 7)
  c.stroke()
}

function feet(c: CanvasRenderingContext2D, hue: number, stride: number): void {
  c.fillStyle = `hsl(${hue} 45% 28%)`
  for (const side of [-1, 1]) {
    c.beginPath()
    c.ellipse(side * 7, -2 + side * stride * 3, 5.5, 3.6, 0, 0, 7)
    c.fill()
  }
}

function body(c: CanvasRenderingContext2D, hue: number, bot: boolean, height: number): void {
  const skin = c.createLinearGradient(0, -height, 0, 0)
  skin.addColorStop(0, bot ? `hsl(${hue} 22% 74%)` : `hsl(${hue} 78% 70%)`)
  skin.addColorStop(1, bot ? `hsl(${hue} 20% 44%)` : `hsl(${hue} 62% 45%)`)
  c.fillStyle = skin
  c.strokeStyle = bot ? `hsl(${hue} 25% 22%)` : `hsl(${hue} 55% 22%)`
  c.lineWidth = 1.8
  c.beginPath()
  if (bot) c.roundRect(-15, -height, 30, height - 2, 9)
  else {
    c.moveTo(-15.5, -9)
    c.bezierCurveTo(-18, -height * 0.8, -11, -height, 0, -height)
    c.bezierCurveTo(11, -height, 18, -height * 0.8, 15.5, -9)
    c.bezierCurveTo(14, 0.5, -14, 0.5, -15.5, -9)
  }
  c.fill()
  c.stroke()
  c.fillStyle = 'rgb(255 255 255 / 24%)'
  c.beginPath()
  c.ellipse(-6, -height + 8, 4.5, 3, -0.5, 0, 7)
  c.fill()
}

function face(c: CanvasRenderingContext2D, bot: boolean, facing: number, time: number): void {
  const look = facing * 3.6
  if (bot) {
    c.fillStyle = '#101722'
    c.beginPath()
    c.roundRect(-10 + look * 0.5, -26, 20, 10, 5)
    c.fill()
  }
  // A blink now and then.
  const open = time % 3_900 < 130 ? 0.15 : 1
  for (const side of [-1, 1]) {
    const x = side * 5 + look
    c.fillStyle = bot ? '#8ef5e4' : '#fff'
    c.beginPath()
    c.ellipse(x, -21, bot ? 2 : 4.3, (bot ? 2.6 : 5) * open, 0, 0, 7)
    c.fill()
    if (bot || open < 1) continue
    c.fillStyle = '#16202c'
    c.beginPath()
    c.arc(x + facing * 1.5, -20.5, 2.3, 0, 7)
    c.fill()
  }
}

function antenna(c: CanvasRenderingContext2D, hue: number, now: number): void {
  c.strokeStyle = `hsl(${hue} 25% 30%)`
  c.lineWidth = 2
  c.beginPath()
  c.moveTo(0, -34)
  c.lineTo(Math.sin(now / 240 + hue) * 1.5, -43)
  c.stroke()
  c.fillStyle = `hsl(${hue} 90% ${62 + Math.sin(now / 300 + hue) * 14}%)`
  c.beginPath()
  c.arc(Math.sin(now / 240 + hue) * 1.5, -44.5, 3, 0, 7)
  c.fill()
}

function crown(c: CanvasRenderingContext2D): void {
  c.fillStyle = '#ffd25e'
  c.strokeStyle = '#8a6116'
  c.lineWidth = 1.2
  c.beginPath()
  for (const [x, y] of [
    [-9, -33],
    [-10, -44],
    [-4.5, -38],
    [0, -47],
    [4.5, -38],
    [10, -44],
    [9, -33],
  ] as const)
    c.lineTo(x, y)
  c.closePath()
  c.fill()
  c.stroke()
}

function bubble(c: CanvasRenderingContext2D, text: string): void {
  c.font = `500 12.5px ${FONT}`
  const lines = wrapped(c, text, 190, 3)
  const width = Math.max(...lines.map((line) => c.measureText(line).width)) + 22
  const height = lines.length * 16 + 11
  const foot = -54
  c.fillStyle = 'rgb(240 244 250 / 95%)'
  c.beginPath()
  c.roundRect(-width / 2, foot - height, width, height, 11)
  c.moveTo(-6, foot - 0.5)
  c.lineTo(0, foot + 7)
  c.lineTo(6, foot - 0.5)
  c.fill()
  c.fillStyle = '#131b27'
  lines.forEach((line, i) => c.fillText(line, 0, foot - height + 14 + i * 16))
}

/** The text in lines no wider than given; what does not fit is cut. */
function wrapped(c: CanvasRenderingContext2D, text: string, widthMax: number, linesMax: number): string[] {
  const lines: string[] = ['']
  for (const word of text.split(' ').flatMap((long) => long.match(/.{1,22}/gu) ?? [])) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trim()
    if (lines.at(-1) === '' || c.measureText(longer).width <= widthMax) lines[lines.length - 1] = longer
    else if (lines.length < linesMax) lines.push(word)
    else {
      lines[lines.length - 1] += ' …'
      break
    }
  }
  return lines
}
