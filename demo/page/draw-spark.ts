/** Draws a spark: a star in a glow, in pixels at ordinary zoom, around 0, 0. */

let glow: HTMLCanvasElement | null = null

export function drawSpark(c: CanvasRenderingContext2D, worth: number, now: number, phase: number): void {
  const pulse = Math.sin(now / 330 + phase)
  const size = (worth > 1 ? 1.55 : 1) * (1 + pulse * 0.08)
  c.fillStyle = 'rgb(3 8 14 / 28%)'
  c.beginPath()
  c.ellipse(0, 6, 7 * size, 2.6 * size, 0, 0, 7)
  c.fill()
  c.save()
  c.translate(0, -13 - pulse * 2.5)
  c.scale(size, size)
  c.globalCompositeOperation = 'lighter'
  c.globalAlpha = 0.75 + pulse * 0.15
  glow ??= makeGlow()
  c.drawImage(glow, -26, -26, 52, 52)
  c.globalCompositeOperation = 'source-over'
  c.globalAlpha = 1
  c.rotate(Math.sin(now / 700 + phase) * 0.3)
  c.fillStyle = worth > 1 ? '#ffb3f0' : '#ffe9a8'
  star(c, 9.5, 3.6)
  c.fillStyle = '#ffffff'
  star(c, 5.2, 2)
  c.restore()
}

function star(c: CanvasRenderingContext2D, outer: number, inner: number): void {
  c.beginPath()
  for (let i = 0; i < 8; i++) {
    const radius = i % 2 === 0 ? outer : inner
    c.lineTo(Math.sin((i * Math.PI) / 4) * radius, -Math.cos((i * Math.PI) / 4) * radius)
  }
  c.closePath()
  c.fill()
}

function makeGlow(): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 104
  const context = canvas.getContext('2d')
  if (context) {
    const light = context.createRadialGradient(52, 52, 2, 52, 52, 52)
    light.addColorStop(0, 'rgb(255 214 110 / 70%)')
    light.addColorStop(0.4, 'rgb(255 190 80 / 22%)')
    light.addColorStop(1, 'rgb(255 180 60 / 0%)')
    context.fillStyle = light
    context.fillRect(0, 0, 104, 104)
  }
  return canvas
}
