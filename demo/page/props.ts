/**
 * Pictures of what stands and grows in the world, drawn with a few strokes each, in pixels at ordinary zoom, with the foot
 * at 0, 0. They are drawn once per size into small canvases.
 */

export type Draw = (context: CanvasRenderingContext2D, variant: number) => void

export interface Prop {
  readonly width: number
  readonly height: number
  /** Lies on the ground: drawn below everybody. */
  readonly flat?: boolean
  readonly draw: Draw
}

export const PROPS = {
  roundTree: { width: 110, height: 128, draw: (c, v) => tree(c, v, ['#2c5a3a', '#3f7a49', '#5a9a58']) },
  darkTree: { width: 110, height: 128, draw: (c, v) => tree(c, v, ['#22392c', '#2f4f38', '#446a45']) },
  pine: { width: 90, height: 140, draw: (c, v) => pine(c, v, ['#12352d', '#1d4a3c', '#2b6350'], null) },
  snowPine: { width: 90, height: 140, draw: (c, v) => pine(c, v, ['#2b4f5e', '#3d6676', '#4f7d8c'], '#dbe8f2') },
  deadTree: { width: 90, height: 110, draw: deadTree },
  palm: { width: 120, height: 130, draw: palm },
  cactus: { width: 64, height: 84, draw: cactus },
  rock: { width: 96, height: 60, draw: (c, v) => rock(c, v, ['#5d5a55', '#85807a']) },
  iceRock: { width: 96, height: 60, draw: (c, v) => rock(c, v, ['#6d8fae', '#b9d4ea']) },
  lavaRock: { width: 96, height: 60, draw: (c, v) => rock(c, v, ['#221a1e', '#453338']) },
  sandRock: { width: 96, height: 60, draw: (c, v) => rock(c, v, ['#84603c', '#b78a58']) },
  crystal: { width: 84, height: 112, draw: (c, v) => crystal(c, v, 1) },
  shard: { width: 44, height: 56, draw: (c, v) => crystal(c, v, 0.46) },
  bush: { width: 60, height: 46, draw: (c, v) => bush(c, v) },
  glowshroom: { width: 48, height: 50, draw: mushroom },
  reeds: { width: 44, height: 56, draw: reeds },
  tuft: { width: 30, height: 20, flat: true, draw: (c, v) => tuft(c, v, ['#5f9a58', '#7cb268']) },
  dryTuft: { width: 30, height: 20, flat: true, draw: (c, v) => tuft(c, v, ['#8d6f42', '#c29a5f']) },
  fern: { width: 30, height: 20, flat: true, draw: (c, v) => tuft(c, v, ['#2f6a4f', '#3f8561']) },
  iceTuft: { width: 30, height: 20, flat: true, draw: (c, v) => tuft(c, v, ['#a9c4da', '#d6e6f2']) },
  flower: { width: 22, height: 22, flat: true, draw: flower },
  shell: { width: 20, height: 16, flat: true, draw: shell },
  pebbles: { width: 34, height: 18, flat: true, draw: pebbles },
} as const satisfies Record<string, Prop>

export type PropName = keyof typeof PROPS

function shade(c: CanvasRenderingContext2D, radius: number): void {
  c.fillStyle = 'rgb(4 10 16 / 32%)'
  c.beginPath()
  c.ellipse(3, 0, radius, radius * 0.36, 0, 0, 7)
  c.fill()
}

function disc(c: CanvasRenderingContext2D, x: number, y: number, radius: number, fill: string): void {
  c.fillStyle = fill
  c.beginPath()
  c.arc(x, y, radius, 0, 7)
  c.fill()
}

function shape(c: CanvasRenderingContext2D, fill: string, ...points: readonly number[]): void {
  c.fillStyle = fill
  c.beginPath()
  for (let i = 0; i < points.length; i += 2) c.lineTo(points[i] ?? 0, points[i + 1] ?? 0)
  c.closePath()
  c.fill()
}

function tree(c: CanvasRenderingContext2D, variant: number, [dark, middle, light]: [string, string, string]): void {
  const wide = 30 + variant * 4
  shade(c, wide * 0.95)
  shape(c, '#4a3527', -6, 0, -4, -44, 4, -44, 7, 0)
  for (const [x, y, radius] of [
    [-18, -50, 22],
    [18, -52, 21],
    [0, -66, wide * 0.9],
  ] as const)
    disc(c, x, y, radius, dark)
  for (const [x, y, radius] of [
    [-16, -56, 17],
    [15, -58, 16],
    [-2, -72, wide * 0.72],
  ] as const)
    disc(c, x, y, radius, middle)
  for (const [x, y, radius] of [
    [-13, -66, 9],
    [2, -84, wide * 0.36],
    [17, -66, 7],
  ] as const)
    disc(c, x, y, radius, light)
}

function pine(
  c: CanvasRenderingContext2D,
  variant: number,
  greens: [string, string, string],
  snow: string | null,
): void {
  const scale = 0.86 + variant * 0.07
  shade(c, 26 * scale)
  c.scale(scale, scale)
  shape(c, '#3d2b22', -5, 0, -4, -22, 4, -22, 5, 0)
  greens.forEach((green, i) => {
    const foot = -16 - i * 30
    const half = 36 - i * 8
    shape(c, green, -half, foot, -half * 0.45, foot - 26, 0, foot - 52, half * 0.45, foot - 26, half, foot, 0, foot + 7)
    if (snow)
      shape(
        c,
        snow,
        -half * 0.42,
        foot - 28,
        0,
        foot - 52,
        half * 0.42,
        foot - 28,
        6,
        foot - 33,
        0,
        foot - 26,
        -7,
        foot - 33,
      )
  })
}

function deadTree(c: CanvasRenderingContext2D, variant: number): void {
  shade(c, 20)
  c.strokeStyle = '#2a2023'
  c.lineCap = 'round'
  const lean = variant * 4 - 6
  for (const [width, ...line] of [
    [9, 0, 0, lean * 0.4, -46],
    [6, lean * 0.4, -40, lean, -82],
    [5, lean * 0.3, -34, -24, -64],
    [4, lean * 0.6, -52, 24, -78],
    [3, -24, -64, -32, -82],
    [3, 24, -78, 34, -86],
  ] as const) {
    c.lineWidth = width
    c.beginPath()
    c.moveTo(line[0], line[1])
    c.lineTo(line[2], line[3])
    c.stroke()
  }
}

function palm(c: CanvasRenderingContext2D, variant: number): void {
  const lean = variant * 7 - 10
  shade(c, 24)
  c.strokeStyle = '#7a5a3c'
  c.lineWidth = 9
  c.lineCap = 'round'
  c.beginPath()
  c.moveTo(0, -2)
  c.quadraticCurveTo(lean * 0.2, -50, lean, -84)
  c.stroke()
  for (let i = 0; i < 7; i++) {
    const angle = (i / 7) * Math.PI * 2 + variant
    const x = lean + Math.cos(angle) * 42
    const y = -86 + Math.sin(angle) * 20 + 12
    c.strokeStyle = i % 2 === 0 ? '#2f7150' : '#46935f'
    c.lineWidth = 8
    c.beginPath()
    c.moveTo(lean, -88)
    c.quadraticCurveTo((lean + x) / 2, Math.min(y, -88) - 14, x, y)
    c.stroke()
  }
  disc(c, lean, -84, 5, '#6b4a2e')
}

function cactus(c: CanvasRenderingContext2D, variant: number): void {
  shade(c, 18)
  c.lineCap = 'round'
  c.lineJoin = 'round'
  for (const [colour, width, shift] of [
    ['#2c5f43', 15, 0],
    ['#468a5c', 6, -3],
  ] as const) {
    c.strokeStyle = colour
    c.lineWidth = width
    c.beginPath()
    c.moveTo(shift, -6)
    c.lineTo(shift, -58 - variant * 4)
    c.stroke()
    c.lineWidth = width * 0.72
    c.beginPath()
    c.moveTo(shift, -24)
    c.lineTo(shift - 18, -26)
    c.lineTo(shift - 18, -42)
    if (variant > 0) {
      c.moveTo(shift, -34)
      c.lineTo(shift + 18, -36)
      c.lineTo(shift + 18, -54)
    }
    c.stroke()
  }
  if (variant > 1) disc(c, -1, -68 - variant * 4, 5, '#e4748f')
}

function rock(c: CanvasRenderingContext2D, variant: number, [dark, light]: [string, string]): void {
  const wide = 22 + variant * 4
  shade(c, wide * 1.15)
  shape(
    c,
    dark,
    -wide,
    0,
    -wide * 0.9,
    -18,
    -wide * 0.3,
    -34 + variant * 2,
    wide * 0.5,
    -30,
    wide,
    -12,
    wide * 0.9,
    1,
    0,
    5,
  )
  shape(c, light, -wide * 0.9, -18, -wide * 0.3, -34 + variant * 2, wide * 0.5, -30, wide * 0.1, -18, -wide * 0.5, -12)
}

function crystal(c: CanvasRenderingContext2D, variant: number, scale: number): void {
  const hue = 250 + variant * 22
  c.scale(scale, scale)
  const halo = c.createRadialGradient(0, -34, 4, 0, -34, 46)
  halo.addColorStop(0, `hsl(${hue} 90% 75% / 30%)`)
  halo.addColorStop(1, `hsl(${hue} 90% 75% / 0%)`)
  disc(c, 0, -34, 46, '#0000')
  c.fillStyle = halo
  c.fill()
  shade(c, 26)
  for (const [x, height, half, lean] of [
    [-15, 48, 9, -10],
    [14, 56, 10, 9],
    [0, 86 - variant * 5, 13, 0],
  ] as const) {
    const neck = -height * 0.72
    shape(c, `hsl(${hue} 55% 46%)`, x - half, -2, x - half + lean, neck, x + lean, -height, x + lean, neck + 12, x, 3)
    shape(c, `hsl(${hue} 75% 68%)`, x + half, -2, x + half + lean, neck, x + lean, -height, x + lean, neck + 12, x, 3)
    shape(c, `hsl(${hue} 90% 84%)`, x + lean, -height, x + half + lean, neck, x + lean, neck + 12)
  }
}

function bush(c: CanvasRenderingContext2D, variant: number): void {
  shade(c, 24)
  for (const [x, y, radius, fill] of [
    [-12, -11, 13, '#2f6a40'],
    [12, -11, 14, '#2f6a40'],
    [0, -17, 16, '#3f8350'],
    [-5, -22, 8, '#5aa163'],
  ] as const) {
    disc(c, x, y, radius, fill)
  }
  if (variant > 0)
    for (const [x, y] of [
      [-12, -14],
      [6, -12],
      [1, -24],
      [15, -17],
    ] as const)
      disc(c, x, y, 2.6, '#e6697a')
}

function mushroom(c: CanvasRenderingContext2D, variant: number): void {
  const hue = 165 + variant * 12
  const halo = c.createRadialGradient(0, -20, 2, 0, -20, 24)
  halo.addColorStop(0, `hsl(${hue} 90% 70% / 45%)`)
  halo.addColorStop(1, `hsl(${hue} 90% 70% / 0%)`)
  c.fillStyle = halo
  c.fillRect(-24, -44, 48, 48)
  for (const [x, height, half] of [
    [-8, 14, 8],
    [7, 23, 11],
  ] as const) {
    shape(c, '#b9cdb8', x - 3, 0, x - 2, -height, x + 2, -height, x + 3, 0)
    c.fillStyle = `hsl(${hue} 70% 62%)`
    c.beginPath()
    c.ellipse(x, -height, half, half * 0.78, 0, Math.PI, 0)
    c.fill()
    disc(c, x - half * 0.3, -height - half * 0.4, half * 0.17, '#eafff6')
  }
}

function reeds(c: CanvasRenderingContext2D, variant: number): void {
  c.lineCap = 'round'
  for (let i = 0; i < 6; i++) {
    const x = i * 6 - 15
    const top = -26 - ((i * 7 + variant * 5) % 20)
    c.strokeStyle = i % 2 === 0 ? '#5f7f4c' : '#7c9a5c'
    c.lineWidth = 2.4
    c.beginPath()
    c.moveTo(x * 0.6, 0)
    c.quadraticCurveTo(x * 0.7, top * 0.6, x, top)
    c.stroke()
    if (i % 3 === 1) {
      c.strokeStyle = '#6d4a2c'
      c.lineWidth = 5
      c.beginPath()
      c.moveTo(x, top + 2)
      c.lineTo(x, top - 7)
      c.stroke()
    }
  }
}

function tuft(c: CanvasRenderingContext2D, variant: number, [dark, light]: [string, string]): void {
  c.lineCap = 'round'
  c.lineWidth = 2
  for (let i = -2; i <= 2; i++) {
    c.strokeStyle = i % 2 === 0 ? dark : light
    c.beginPath()
    c.moveTo(i * 2, 0)
    c.quadraticCurveTo(i * 2.6, -6, i * 4.6, -9 - ((i + variant) & 1) * 4)
    c.stroke()
  }
}

function flower(c: CanvasRenderingContext2D, variant: number): void {
  const petals = ['#f2d06b', '#e78bb0', '#dfe6f5', '#a9a2f0'][variant] ?? '#fff'
  for (let i = 0; i < 5; i++) disc(c, Math.cos(i * 1.257) * 4, -8 + Math.sin(i * 1.257) * 4, 3, petals)
  disc(c, 0, -8, 2.2, variant === 0 ? '#a8672c' : '#f5d564')
}

function shell(c: CanvasRenderingContext2D, variant: number): void {
  c.fillStyle = ['#e9d3c0', '#d9a9a0', '#f0e7da', '#c9b3c4'][variant] ?? '#fff'
  c.beginPath()
  c.arc(0, -2, 6, Math.PI, 0)
  c.lineTo(0, 3)
  c.fill()
}

function pebbles(c: CanvasRenderingContext2D, variant: number): void {
  for (const [x, y, radius] of [
    [-8, -3, 4],
    [1, -2, 3],
    [8, -4 + variant, 5],
  ] as const) {
    disc(c, x, y, radius, 'rgb(210 215 225 / 20%)')
    disc(c, x - 1, y - 1.4, radius * 0.55, 'rgb(235 240 250 / 20%)')
  }
}
