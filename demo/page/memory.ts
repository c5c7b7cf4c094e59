/**
 * What the browser remembers of a player: the name for good, all else for this tab. It works without storage as well, and
 * then forgets.
 */
import { cleanName, madeUpName } from '../names.js'
import type { Passport } from '../passport.js'
import { clamp, middleOf, type Point, WORLD } from '../world.js'

const NAME = 'centrum-demo-name'
const PLAYER = 'centrum-demo-player'
const PASSPORT = 'centrum-demo-passport'
const PLACE = 'centrum-demo-place'

export function rememberedName(): string {
  const name = cleanName(read('localStorage', NAME) ?? '') || madeUpName(Math.random)
  rememberName(name)
  return name
}

export function rememberName(name: string): void {
  write('localStorage', NAME, name)
}

/** Known to this tab only: the same player after a reload. */
export function playerId(): string {
  const known = read('sessionStorage', PLAYER)
  if (known !== null && /^[\w-]{8,64}$/.test(known)) return known
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  const made = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  write('sessionStorage', PLAYER, made)
  return made
}

export function rememberedPassport(): Passport | null {
  const { score, seal } = parsed(PASSPORT)
  return typeof score === 'number' && typeof seal === 'string' ? { score, seal } : null
}

export function rememberPassport(passport: Passport): void {
  write('sessionStorage', PASSPORT, JSON.stringify(passport))
}

/** Where one was, or for the first time somewhere in the meadow. */
export function rememberedPlace(): Point {
  const { x, y } = parsed(PLACE)
  if (typeof x === 'number' && typeof y === 'number') {
    return { x: Math.round(clamp(x, WORLD.left, WORLD.right)), y: Math.round(clamp(y, WORLD.top, WORLD.bottom)) }
  }
  const middle = middleOf('meadow')
  const near = (value: number): number => Math.round(value + (Math.random() - 0.5) * 1_600)
  return { x: near(middle.x), y: near(middle.y) }
}

export function rememberPlace(place: Point): void {
  write('sessionStorage', PLACE, JSON.stringify(place))
}

function parsed(key: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(read('sessionStorage', key) ?? '{}')
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

function read(storage: 'localStorage' | 'sessionStorage', key: string): string | null {
  try {
    return window[storage].getItem(key)
  } catch {
    return null
  }
}

function write(storage: 'localStorage' | 'sessionStorage', key: string, value: string): void {
  try {
    window[storage].setItem(key, value)
  } catch {
    // Forbidden or full: it is remembered until the page is left.
  }
}
