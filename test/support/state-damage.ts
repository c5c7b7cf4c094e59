/**
 * Damages keyframes and patches, and looks at what a mirror makes of them: an error with its code and nothing else, or a
 * state no larger than its bytes can say. Knows nothing of how the bytes are made.
 */
import assert from 'node:assert/strict'
import { canonical } from '../../src/state/format/canonical.js'
import { StateMirror } from '../../src/state/mirror/state-mirror.js'
import { DecodeError } from '../../src/value/decode-error.js'
import type { Dice } from './dice.js'
import { isContainer, sizeOf } from './raw-state.js'

/** How many code units a byte may stand for: a text shares at most 255 with the one before, and takes three bytes. */
const UNITS_PER_BYTE = 255

export interface Damages {
  tried: number
  refused: number
}

export function damage(bytes: Uint8Array, dice: Dice): Uint8Array {
  const at = dice.below(bytes.length)
  const to = at + dice.below(Math.min(16, bytes.length - at) + 1)
  const copy = bytes.slice()
  switch (dice.below(8)) {
    case 0:
    case 1:
      for (let i = dice.below(3); i >= 0; i--) copy[dice.below(copy.length)]! ^= 1 << dice.below(8)
      return copy
    case 2:
      copy[at] = dice.below(256)
      return copy
    case 3:
      return copy.subarray(0, at)
    case 4:
      return Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(to)])
    case 5:
      return Uint8Array.from([...bytes.subarray(0, to), ...bytes.subarray(at)])
    case 6:
      return Uint8Array.from([...bytes.subarray(0, at), dice.below(256), ...bytes.subarray(at)])
    default:
      return Uint8Array.from({ length: dice.below(80) }, (_, i) => (i === 0 ? (bytes[0] ?? 0) : dice.below(256)))
  }
}

/** Damages a patch, and the keyframe before it, `times` times each. */
export function tryDamages(keyframe: Uint8Array, patch: Uint8Array, dice: Dice, times: number, damages: Damages): void {
  const mirror = new StateMirror()
  mirror.on(['players'], { add: () => {}, change: () => {}, remove: () => {} })
  mirror.load(keyframe)
  const before = Buffer.from(canonical(mirror.state))
  const room = weigh(mirror.state)
  for (let i = 0; i < times; i++) {
    const hostile = damage(patch, dice)
    if (isRefused(() => mirror.patch(hostile))) {
      damages.refused++
      // One that is not the next does nothing.
      const isNext = hostile.length > 0 && ((hostile[0] as number) ^ (patch[0] as number)) % 128 === 0
      if (isNext) {
        assert.ok(
          isRefused(() => mirror.patch(patch)),
          'a mirror takes only a keyframe after an error',
        )
      }
    }
    expectBounded(mirror.state, room, hostile.length)
    mirror.load(keyframe)
    assert.ok(before.equals(canonical(mirror.state)), 'a keyframe does not mend what a damaged patch did')
    const { state } = mirror
    const damaged = damage(keyframe, dice)
    if (isRefused(() => mirror.load(damaged))) {
      damages.refused++
      assert.equal(mirror.state, state)
      assert.ok(before.equals(canonical(mirror.state)), 'a refused keyframe changed the state')
    } else {
      expectBounded(mirror.state, room, damaged.length)
      mirror.load(keyframe)
    }
    damages.tried += 2
  }
  assert.deepEqual(Object.keys(Object.prototype), [])
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
}

function isRefused(take: () => void): boolean {
  try {
    take()
    return false
  } catch (error) {
    assert.ok(error instanceof DecodeError && error.code === 'decode-error', String(error))
    return true
  }
}

function expectBounded(state: unknown, before: Weight, byteCount: number): void {
  const { values, units } = weigh(state)
  assert.ok(values <= before.values + byteCount + 1, `${values} values of ${byteCount} bytes`)
  assert.ok(units <= before.units + byteCount * UNITS_PER_BYTE, `${units} code units of ${byteCount} bytes`)
}

interface Weight {
  readonly values: number
  readonly units: number
}

function weigh(state: unknown): Weight {
  return { values: sizeOf(state), units: unitsOf(state) }
}

/** The code units of all keys and texts. */
function unitsOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (!isContainer(value)) return 0
  return Object.keys(value).reduce((sum, key) => sum + key.length + unitsOf(value[key]), 0)
}
