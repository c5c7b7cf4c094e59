/** Numbers in their shortest exact form, behind a lead. Whoever calls has seen to room for the longest, and has nothing to hand over. */
import { LEAD, SMALL } from '../../value/value.js'

/** Where the bytes go on. */
export function putNumber(bytes: Uint8Array, view: DataView, at: number, value: number): number {
  if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
    if (value >= 0 && value <= SMALL.integer) {
      bytes[at] = LEAD.integer + value
      return at + 1
    }
    bytes[at] = value < 0 ? LEAD.negative : LEAD.positive
    let rest = value < 0 ? -1 - value : value
    let to = at + 1
    while (rest > 0x7f) {
      bytes[to++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[to++] = rest
    return to
  }
  return putRare(bytes, view, at, value)
}

function putRare(bytes: Uint8Array, view: DataView, at: number, value: number): number {
  if (Number.isSafeInteger(value) && value !== 0) {
    bytes[at] = value < 0 ? LEAD.negative : LEAD.positive
    let rest = value < 0 ? -1 - value : value
    let to = at + 1
    while (rest > 0x7f) {
      bytes[to++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    bytes[to++] = rest
    return to
  }
  if (Math.fround(value) === value) {
    bytes[at] = LEAD.float32
    view.setFloat32(at + 1, value, true)
    return at + 5
  }
  if (value !== value) {
    bytes[at] = LEAD.float32
    view.setUint32(at + 1, 0x7fc00000, true)
    return at + 5
  }
  bytes[at] = LEAD.float64
  view.setFloat64(at + 1, value, true)
  return at + 9
}
