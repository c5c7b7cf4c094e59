/** The signs as drawings on a field of 24 by 24: for buttons and for the bubbles above heads. No font has to have them. */
import type { Emote } from '../emotes.js'

export interface Icon {
  readonly path: string
  readonly colour: string
  /** Drawn as a line, else filled. */
  readonly line?: boolean
}

export const ICONS: Readonly<Record<Emote, Icon>> = {
  heart: {
    colour: '#ff6f86',
    path: 'M12 20.5C5 15.4 2.6 12.3 2.6 8.8 2.6 6 4.8 4 7.3 4c1.9 0 3.6 1.1 4.7 2.9C13.1 5.1 14.8 4 16.7 4c2.5 0 4.7 2 4.7 4.8 0 3.5-2.4 6.6-9.4 11.7z',
  },
  star: { colour: '#ffd25e', path: 'M12 2.5l2.9 6.2 6.7.8-4.9 4.6 1.3 6.7L12 17.5l-6 3.3 1.3-6.7L2.4 9.5l6.7-.8z' },
  note: { colour: '#7fd0ff', path: 'M9 4.5l11-2.5v13.5a3.3 3 0 1 1-2.4-2.9V7l-6.2 1.4v9.7A3.3 3 0 1 1 9 15.2z' },
  smile: {
    colour: '#8be28b',
    line: true,
    path: 'M12 3a9 9 0 1 0 .01 0zM8.7 9.3v1.2M15.3 9.3v1.2M7.8 14.2c2.2 3.2 6.2 3.2 8.4 0',
  },
  bang: { colour: '#ff9b54', path: 'M10 2.5h4l-.8 12h-2.4zM12 17a2.3 2.3 0 1 0 .01 0z' },
  sleep: { colour: '#b9a7ff', line: true, path: 'M4.5 12h7l-7 8.5h7M13.5 3.5h6l-6 7h6' },
}

/** The picture of a sign as an element. */
export function iconElement(emote: Emote): SVGSVGElement {
  const { path, colour, line } = ICONS[emote]
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  const drawn = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  drawn.setAttribute('d', path)
  drawn.setAttribute(line ? 'stroke' : 'fill', colour)
  drawn.setAttribute(line ? 'fill' : 'stroke', 'none')
  drawn.setAttribute('stroke-width', '2.2')
  drawn.setAttribute('stroke-linecap', 'round')
  drawn.setAttribute('stroke-linejoin', 'round')
  svg.append(drawn)
  return svg
}

const drawings = new Map<Emote, Path2D>()

/** Draws a sign around 0, 0. */
export function drawIcon(context: CanvasRenderingContext2D, emote: Emote, size: number): void {
  const { path, colour, line } = ICONS[emote]
  const drawing = drawings.get(emote) ?? new Path2D(path)
  drawings.set(emote, drawing)
  context.save()
  context.scale(size / 24, size / 24)
  context.translate(-12, -12)
  context.lineWidth = 2.2
  context.lineCap = 'round'
  context.lineJoin = 'round'
  context.fillStyle = colour
  context.strokeStyle = colour
  if (line) context.stroke(drawing)
  else context.fill(drawing)
  context.restore()
}
