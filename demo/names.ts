/**
 * Names and colours of players: made up, cleaned, and derived. Plain functions, shared by backs, bots and the page.
 */

export const NAME_LENGTH_MAX = 18

const MOODS = [
  'Quiet',
  'Brave',
  'Sleepy',
  'Swift',
  'Mossy',
  'Merry',
  'Curious',
  'Gentle',
  'Lucky',
  'Amber',
  'Dizzy',
  'Tiny',
]
const ANIMALS = ['Otter', 'Heron', 'Badger', 'Lynx', 'Newt', 'Wren', 'Hare', 'Moth', 'Fox', 'Toad', 'Owl', 'Marten']

/** A name for whoever has not chosen one. `random` gives a number from 0 to below 1. */
export function madeUpName(random: () => number): string {
  const pick = (words: readonly string[]): string => words[Math.floor(random() * words.length)] ?? ''
  return `${pick(MOODS)} ${pick(ANIMALS)}`
}

/** Text on one line, without what is invisible or turns the direction of writing; cut to a length in characters. */
export function cleanLine(text: string, lengthMax: number): string {
  const line = text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return Array.from(line).slice(0, lengthMax).join('').trim()
}

export function cleanName(text: string): string {
  return cleanLine(text, NAME_LENGTH_MAX)
}

/** A hue in degrees for an id: the same id, the same colour. */
export function hueOf(id: string): number {
  let hash = 0
  for (let i = 0; i < id.length; i++) hash = (Math.imul(hash, 31) + id.charCodeAt(i)) | 0
  // The golden angle keeps the hues of similar ids apart.
  return Math.round(((hash >>> 0) * 137.508) % 360)
}
